/// Cuts a POP3 server's bytes into lines and multi-line answers (RFC 1939 §3). Memory is bounded: of a line no more than
/// `longestLine` is kept, of a mail no more than is asked for.
struct POP3Reader {
    static let longestLine = 1024

    private var bytes: [UInt8] = []
    private var start = 0
    /// The line that has begun, and whether it is still whole.
    private var line: [UInt8] = []

    mutating func append(_ received: UnsafeRawBufferPointer) {
        bytes.removeSubrange(..<start)
        start = 0
        bytes.append(contentsOf: received)
    }

    /// The next line, as much of it as is kept, without its end; nil when more bytes are needed.
    mutating func nextLine() -> [UInt8]? {
        let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n"))
        line += bytes[start..<(end ?? bytes.count)].prefix(Self.longestLine - line.count)
        start = end.map { $0 + 1 } ?? bytes.count
        guard end != nil else { return nil }
        defer { line = [] }
        return line.last == UInt8(ascii: "\r") ? Array(line.dropLast()) : line
    }

    /// Goes on with a mail; true at its end.
    mutating func read(into mail: inout POP3Mail) -> Bool {
        while start < bytes.count {
            defer { start += 1 }
            if mail.take(bytes[start]) { return true }
        }
        return false
    }
}

/// A mail as it comes, byte by byte: dots at a line's begin are single again, and the line of a dot is its end.
struct POP3Mail {
    private let longest: Int
    private(set) var content: [UInt8] = []
    private var place = Place.lineStart

    private enum Place { case lineStart, dot, dotReturn, line }

    init(longest: Int) { self.longest = longest }

    /// True at the end.
    mutating func take(_ byte: UInt8) -> Bool {
        switch (place, byte) {
        case (.lineStart, UInt8(ascii: ".")): place = .dot
        case (.dot, UInt8(ascii: "\r")): place = .dotReturn
        case (.dot, UInt8(ascii: "\n")), (.dotReturn, UInt8(ascii: "\n")): return true
        case (.dotReturn, _):
            keep(UInt8(ascii: "\r"))
            keep(byte)
        default: keep(byte)
        }
        return false
    }

    private mutating func keep(_ byte: UInt8) {
        if content.count < longest { content.append(byte) }
        place = byte == UInt8(ascii: "\n") ? .lineStart : .line
    }
}
