/// Cuts a relay's bytes into replies (RFC 5321 §4.2), whatever it sends and however it is cut up.
///
/// Memory is bounded: a reply of more than `longest` bytes and a code that is not one are `Garbled`, after which the
/// connection is worth nothing. All lines of a reply ought to bear one code (RFC 5321 §4.2.1); where they do not, the last
/// one counts, and `isUnanimous` says whether they are of one kind at least. Text is only made of replies that somebody
/// asks for.
package struct SMTPReplyReader: Sendable {
    /// What the relay sends is not SMTP.
    package struct Garbled: Error, Equatable {}

    /// A whole reply that still lies in the reader: valid until the next `append`.
    package struct Found: Sendable {
        /// The last line's.
        package let code: Int
        /// All lines say yes, or all say later, or all say no.
        package let isUnanimous: Bool
        fileprivate let lines: Range<Int>
    }

    /// RFC 5321 §4.5.3.1.5 allows 512 bytes a line; relays write novels, within reason.
    package static let longest = 16 * 1024

    private var bytes: [UInt8] = []
    /// Where the first reply not yet handed out begins, and how far it has been looked through, in whole lines.
    private var start = 0
    private var lineStart = 0
    private var searched = 0
    /// The first digit of the reply's first line, and whether the others begin with it.
    private var kind = 0
    private var isUnanimous = true

    package init() {}

    package mutating func append(_ received: UnsafeRawBufferPointer) {
        if start == bytes.count {
            bytes.removeAll(keepingCapacity: true)
            (start, lineStart, searched) = (0, 0, 0)
        }
        bytes.append(contentsOf: received)
    }

    /// The next whole reply; nil when more bytes are needed.
    package mutating func next() throws(Garbled) -> Found? {
        while let end = endOfLine() {
            let line = lineStart..<(end > lineStart && bytes[end - 1] == UInt8(ascii: "\r") ? end - 1 : end)
            let isFirst = lineStart == start
            // An empty line within a reply says nothing.
            let (code, isLast) = line.isEmpty && !isFirst ? (kind * 100, false) : try Self.head(of: bytes[line])
            if isFirst { kind = code / 100 }
            isUnanimous = isFirst || (isUnanimous && code / 100 == kind)
            lineStart = end + 1
            guard lineStart - start <= Self.longest else { throw Garbled() }
            guard isLast else { continue }
            defer { start = lineStart }
            return Found(code: code, isUnanimous: isUnanimous, lines: start..<lineStart)
        }
        guard bytes.count - start <= Self.longest else { throw Garbled() }
        return nil
    }

    /// Whether part of a reply has come and its end has not.
    package var isInsideReply: Bool { start < bytes.count }

    package func reply(_ found: Found, to command: SMTPCommand) -> SMTPReply {
        SMTPReply(code: found.code, lines: bytes[found.lines], to: command)
    }

    private mutating func endOfLine() -> Int? {
        while searched < bytes.count {
            defer { searched += 1 }
            if bytes[searched] == UInt8(ascii: "\n") { return searched }
        }
        return nil
    }

    /// `250-`, `250 ` or a bare `250`.
    private static func head(of line: ArraySlice<UInt8>) throws(Garbled) -> (code: Int, isLast: Bool) {
        guard line.count >= 3 else { throw Garbled() }
        var code = 0
        for byte in line.prefix(3) {
            guard let digit = decimal(byte) else { throw Garbled() }
            code = code * 10 + digit
        }
        guard 200...599 ~= code else { throw Garbled() }
        switch line.dropFirst(3).first {
        case nil, UInt8(ascii: " "): return (code, true)
        case UInt8(ascii: "-"): return (code, false)
        default: throw Garbled()
        }
    }
}

extension SMTPReply {
    package static let longestText = 500

    /// A whole reply as it came; nil where it is none, or says yes and no.
    package init?(parsing bytes: [UInt8], to command: SMTPCommand) {
        var reader = SMTPReplyReader()
        bytes.withUnsafeBytes { reader.append($0) }
        guard let found = try? reader.next(), found.isUnanimous || found.code >= 400 else { return nil }
        self = reader.reply(found, to: command)
    }

    /// `lines` are known to be lines that begin with `code`.
    fileprivate init(code: Int, lines: ArraySlice<UInt8>, to command: SMTPCommand) {
        var enhanced: EnhancedStatus?
        var text: [UInt8] = []
        for line in lines.split(separator: UInt8(ascii: "\n")) where line.count >= 3 {
            var rest = line.dropFirst(4)
            if let (status, after) = EnhancedStatus.leading(rest), status.class == code / 100 {
                enhanced = enhanced ?? status
                rest = after
            }
            if !text.isEmpty { text.append(UInt8(ascii: " ")) }
            for byte in rest where byte != UInt8(ascii: "\r") && text.count < Self.longestText {
                text.append(0x20...0x7E ~= byte ? byte : UInt8(ascii: "?"))
            }
            if text.count >= Self.longestText { break }
        }
        self.init(code: code, enhanced: enhanced, text: String(decoding: text, as: UTF8.self), to: command)
    }
}

extension EnhancedStatus {
    /// The status at the head of a reply's line (RFC 2034 §4) and what follows it; RFC 3463 §2 allows up to three digits
    /// for subject and detail.
    fileprivate static func leading(_ line: ArraySlice<UInt8>) -> (EnhancedStatus, ArraySlice<UInt8>)? {
        let word = line.prefix { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\r") }
        let parts = word.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].count == 1, parts[1].count <= 3, parts[2].count <= 3,
            let `class` = number(parts[0]), let subject = number(parts[1]), let detail = number(parts[2])
        else { return nil }
        return (EnhancedStatus(class: `class`, subject: subject, detail: detail), line.dropFirst(word.count + 1))
    }
}

private func number(_ digits: ArraySlice<UInt8>) -> Int? {
    guard !digits.isEmpty else { return nil }
    var value = 0
    for byte in digits {
        guard let digit = decimal(byte) else { return nil }
        value = value * 10 + digit
    }
    return value
}

private func decimal(_ byte: UInt8) -> Int? {
    UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte ? Int(byte - UInt8(ascii: "0")) : nil
}
