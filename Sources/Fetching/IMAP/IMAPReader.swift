/// Cuts an IMAP server's bytes into responses, whatever it sends and however it is cut up. A literal is taken by its count
/// (RFC 3501 §4.3): nothing that stands in a mail is ever read as something that the server says.
///
/// Memory is bounded: a line, a literal and all literals of a response have their longest.
struct IMAPReader {
    static let longestLine = 64 * 1024
    private static let mostLiterals = 16

    private let longestLiteral: Int
    private var bytes: [UInt8] = []
    private var start = 0
    private var searched = 0
    /// The response that has begun.
    private var line: [UInt8] = []
    private var literals: [[UInt8]] = []
    /// How much of the last literal is still to come.
    private var missing = 0

    init(longestLiteral: Int) { self.longestLiteral = longestLiteral }

    mutating func append(_ received: UnsafeRawBufferPointer) {
        if start > 0 {
            bytes.removeSubrange(..<start)
            searched -= start
            start = 0
        }
        bytes.append(contentsOf: received)
    }

    /// The next whole response; nil when more bytes are needed.
    mutating func next() throws(IMAPResponseParser.Garbled) -> IMAPResponse? {
        while true {
            guard takeLiteral(), let piece = try takeLine() else { return nil }
            guard !piece.contains(0) else { throw IMAPResponseParser.Garbled() }
            line += piece
            guard line.count <= Self.longestLine else { throw IMAPResponseParser.Garbled() }
            if let length = try literalLength(at: piece) {
                try begin(length)
                continue
            }
            defer { (line, literals) = ([], []) }
            // Some servers send one at times.
            if line.isEmpty { continue }
            return try IMAPResponseParser.parse(line, literals: literals)
        }
    }

    /// False while some of it is still to come.
    private mutating func takeLiteral() -> Bool {
        let count = min(missing, bytes.count - start)
        if count > 0 {
            literals[literals.count - 1] += bytes[start..<(start + count)]
            start += count
            searched = max(searched, start)
            missing -= count
        }
        return missing == 0
    }

    /// Without its end.
    private mutating func takeLine() throws(IMAPResponseParser.Garbled) -> [UInt8]? {
        guard let end = bytes[searched...].firstIndex(of: UInt8(ascii: "\n")) else {
            searched = bytes.count
            guard bytes.count - start <= Self.longestLine else { throw IMAPResponseParser.Garbled() }
            return nil
        }
        defer { (start, searched) = (end + 1, end + 1) }
        let last = end > start && bytes[end - 1] == UInt8(ascii: "\r") ? end - 1 : end
        return Array(bytes[start..<last])
    }

    /// Of `… {2337}`, where the line goes on behind so many bytes.
    private func literalLength(at piece: [UInt8]) throws(IMAPResponseParser.Garbled) -> Int? {
        guard piece.last == UInt8(ascii: "}"), !IMAPResponseParser.isStatus(line),
            let open = piece.lastIndex(of: UInt8(ascii: "{"))
        else { return nil }
        var digits = piece[(open + 1)..<(piece.count - 1)]
        if digits.last == UInt8(ascii: "+") { digits.removeLast() }
        guard !digits.isEmpty, digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        guard digits.count < 10, let length = Int(String(decoding: digits, as: UTF8.self)), length <= longestLiteral
        else { throw IMAPResponseParser.Garbled() }
        return length
    }

    private mutating func begin(_ length: Int) throws(IMAPResponseParser.Garbled) {
        let total = literals.reduce(length) { $0 + $1.count }
        guard literals.count < Self.mostLiterals, total <= longestLiteral + Self.longestLine else {
            throw IMAPResponseParser.Garbled()
        }
        if let open = line.lastIndex(of: UInt8(ascii: "{")) { line.removeSubrange(open...) }
        if line.last == UInt8(ascii: "~") { line.removeLast() }
        line.append(0)
        literals.append([])
        literals[literals.count - 1].reserveCapacity(length)
        missing = length
    }
}
