/// How a table is written: found out before it is read.
package struct TableShape: Equatable, Sendable {
    package var encoding = TextEncoding.utf8
    package var separator = UInt8(ascii: ",")
    /// Before the one that names the columns.
    package var linesToSkip = 0
    /// Each line is one cell, whatever stands in it.
    package var isLines = false

    package init() {}

    /// `head` is the file's beginning, in UTF-8.
    package mutating func readHead(_ head: some Sequence<UInt8>, asLines: Bool = false) {
        isLines = asLines
        if asLines { return }
        let lines = Self.lines(of: head)
        guard let first = lines.first else { return }
        // Excel's own note of its separator.
        if first.count == 5, first.starts(with: Array("sep=".utf8)) || first.starts(with: Array("SEP=".utf8)) {
            (separator, linesToSkip) = (first[4], 1)
            return
        }
        let line = lines.first { !$0.isEmpty } ?? []
        separator = Self.separator(of: line)
        isLines = Self.isMailbox(line) || Self.areMailboxes(lines)
    }

    /// Addresses alone, or with their names, and nothing that names columns.
    private static func areMailboxes(_ lines: [[UInt8]]) -> Bool {
        let lines = lines.filter { !$0.isEmpty }
        // The last may be cut off.
        let whole = lines.count > 1 ? lines.dropLast() : lines[...]
        return whole.contains(where: isMailbox) && whole.allSatisfy { isMailbox($0) || isAddress($0) }
    }

    private static func isAddress(_ line: [UInt8]) -> Bool {
        line.count { $0 == UInt8(ascii: "@") } == 1
            && !line.contains { $0 <= 0x20 || $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: ";") }
    }

    /// `Ann Lee <ann@example.org>` is one cell, also with a comma in it.
    private static func isMailbox(_ line: [UInt8]) -> Bool {
        line.last { $0 != 0x20 } == UInt8(ascii: ">") && line.count { $0 == UInt8(ascii: "@") } == 1
    }

    private static func lines(of text: some Sequence<UInt8>) -> [[UInt8]] {
        var (lines, isQuoted) = ([[UInt8]](), false)
        var line: [UInt8] = []
        for byte in text {
            if byte == UInt8(ascii: "\"") { isQuoted.toggle() }
            guard !isQuoted, byte == 0x0A || byte == 0x0D else {
                line.append(byte)
                continue
            }
            lines.append(line)
            line = []
        }
        return lines + [line]
    }

    /// Which of them the line has most of, outside quotation marks.
    private static func separator(of line: [UInt8]) -> UInt8 {
        var (counts, isQuoted) = ([UInt8: Int](), false)
        for byte in line {
            if byte == UInt8(ascii: "\"") { isQuoted.toggle() }
            if !isQuoted { counts[byte, default: 0] += 1 }
        }
        let candidates = Array(",;\t|".utf8)
        return candidates.reduce(candidates[0]) { (counts[$1] ?? 0) > (counts[$0] ?? 0) ? $1 : $0 }
    }
}
