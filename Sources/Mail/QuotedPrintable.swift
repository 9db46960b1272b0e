/// Quoted-printable (RFC 2045 §6.7) for UTF-8 text: lines of at most 76 octets, no UTF-8 sequence split over two lines,
/// no line that begins with a dot (SMTP would double it) or with `From ` (an mbox would quote it).
///
/// A text is encoded piece by piece: what is known beforehand once, what is known per mail each time. `breakLine` puts
/// a soft line break between them, so that no piece need know the length of its neighbour.
package struct QuotedPrintable: Sendable {
    package private(set) var bytes: [UInt8]
    private var column = 0

    package init(reserving capacity: Int = 0) {
        bytes = []
        bytes.reserveCapacity(capacity)
    }

    /// Encodes text; CRLF, CR and LF become CRLF.
    package mutating func append(_ text: some Collection<UInt8>) {
        if text.withContiguousStorageIfAvailable({ encode($0) }) == nil {
            Array(text).withUnsafeBufferPointer { encode($0) }
        }
    }

    private mutating func encode(_ text: UnsafeBufferPointer<UInt8>) {
        var index = 0
        while index < text.count {
            let byte = text[index]
            let next = index + 1
            switch byte {
            case _ where byte.isAlwaysPlain:
                index = run(text, from: index)
                continue
            case 0x0D where next < text.count && text[next] == 0x0A: break
            case 0x0A, 0x0D: endLine()
            case 0x20, 0x09:
                // White space may not stand at the end of a line (rule 3).
                let isLast = next == text.count || text[next] == 0x0A || text[next] == 0x0D
                isLast ? escape(byte) : plain(byte)
            case UInt8(ascii: "."): plain(byte)
            case UInt8(ascii: "F"): startsWithFrom(text[index...]) ? escape(byte) : plain(byte)
            case 0x80...:
                index = sequence(text, from: index)
                continue
            default: escape(byte)
            }
            index = next
        }
    }

    /// Copies as many bytes that need nothing as the line has room for; says where they end.
    private mutating func run(_ text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
        makeRoom(1)
        let limit = min(text.count, start + 75 - column)
        var end = start + 1
        while end < limit, text[end].isAlwaysPlain { end += 1 }
        bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[start..<end]))
        column += end - start
        return end
    }

    /// A soft line break, unless the line is empty.
    package mutating func breakLine() {
        guard column > 0 else { return }
        bytes.append(UInt8(ascii: "="))
        endLine()
    }

    private mutating func endLine() {
        bytes.append(0x0D)
        bytes.append(0x0A)
        column = 0
    }

    private mutating func plain(_ byte: UInt8) {
        makeRoom(1)
        // At a line's beginning, SMTP would double it; the line may have been broken just now.
        if column == 0, byte == UInt8(ascii: ".") { return escape(byte) }
        bytes.append(byte)
        column += 1
    }

    private mutating func escape(_ byte: UInt8) {
        makeRoom(3)
        bytes.append(UInt8(ascii: "="))
        bytes.append(Self.hex(byte >> 4))
        bytes.append(Self.hex(byte & 15))
        column += 3
    }

    /// One UTF-8 sequence, kept on one line; says where it ends.
    private mutating func sequence(_ text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
        var end = start + 1
        while end < text.count, text[end] & 0xC0 == 0x80, end - start < 4 { end += 1 }
        makeRoom(3 * (end - start))
        for index in start..<end { escape(text[index]) }
        return end
    }

    /// 75, for the `=` of a soft break needs the 76th.
    private mutating func makeRoom(_ count: Int) {
        if column + count > 75 { breakLine() }
    }

    private func startsWithFrom(_ text: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
        (column == 0 || column == 75) && text.starts(with: Self.from)
    }

    private static let from = Array("From ".utf8)

    static func hex(_ value: UInt8) -> UInt8 { value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "A") + value - 10 }
}

extension QuotedPrintable {
    /// Appends one value on lines of its own, between soft line breaks, to a mail whose last line is ended.
    package static func append(_ value: [UInt8], to mail: inout [UInt8]) {
        var coder = QuotedPrintable()
        swap(&coder.bytes, &mail)
        coder.append(value)
        coder.breakLine()
        swap(&coder.bytes, &mail)
    }

    /// Decodes leniently, as a reader should: what is no escape stays as it is.
    package static func decode(_ bytes: some Collection<UInt8>) -> [UInt8] {
        let input = Array(bytes)
        var output: [UInt8] = []
        output.reserveCapacity(input.count)
        var index = 0
        while index < input.count {
            guard input[index] == UInt8(ascii: "=") else {
                output.append(input[index])
                index += 1
                continue
            }
            let rest = input[(index + 1)...]
            if rest.starts(with: [0x0D, 0x0A]) {
                index += 3
            } else if rest.first == 0x0A {
                index += 2
            } else if rest.count >= 2, let high = value(rest[index + 1]), let low = value(rest[index + 2]) {
                output.append(high << 4 | low)
                index += 3
            } else {
                output.append(input[index])
                index += 1
            }
        }
        return output
    }

    private static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}

extension UInt8 {
    /// Printable, and nothing that a line's beginning or end could change.
    fileprivate var isAlwaysPlain: Bool {
        switch self {
        case UInt8(ascii: "="), UInt8(ascii: "."), UInt8(ascii: "F"): false
        default: (0x21...0x7E).contains(self)
        }
    }
}
