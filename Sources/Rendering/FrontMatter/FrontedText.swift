internal import Mail

/// A text below front matter: the lines between its two fences of `---`, and what follows them.
struct FrontedText {
    let head: [[UInt8]]
    let body: String
    /// The line on which `body` begins, from 1.
    let firstLine: Int

    enum Problem: Error { case noBeginning, noEnd }

    init(_ text: String) throws(Problem) {
        let lines = Self.lines(of: text)
        guard lines.first?.isFence ?? false else { throw .noBeginning }
        guard let end = lines.dropFirst().firstIndex(where: \.isFence) else { throw .noEnd }
        head = Array(lines[1..<end])
        body = String(decoding: Array(lines[(end + 1)...].joined(separator: [0x0A])), as: UTF8.self)
        firstLine = end + 2
    }

    /// LF, CRLF and CR all end a line; a byte order mark is no part of the first.
    private static func lines(of text: String) -> [[UInt8]] {
        var lines: [[UInt8]] = [[]]
        var previous: UInt8 = 0
        for byte in text.utf8.starts(with: [0xEF, 0xBB, 0xBF]) ? text.utf8.dropFirst(3) : text.utf8[...] {
            switch byte {
            case 0x0A where previous == 0x0D: break
            case 0x0A, 0x0D: lines.append([])
            default: lines[lines.count - 1].append(byte)
            }
            previous = byte
        }
        return lines
    }
}

extension [UInt8] {
    /// Three hyphens, and white space at most behind them.
    fileprivate var isFence: Bool {
        starts(with: Array("---".utf8)) && dropFirst(3).allSatisfy { $0 == 0x20 || $0 == 0x09 }
    }
}
