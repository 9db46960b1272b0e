/// A piece of a file of people as the service takes it: a table of its own, in UTF-8, with a first line that names the columns.
package struct Part: Equatable, Sendable {
    /// From 1.
    package let number: Int
    package let text: String
    /// Of the file that it was made of: where each of its lines behind the first came from.
    package let lines: [Int]

    /// Of the file, for a line of the part as the service counts them.
    package func line(_ number: Int) -> Int? {
        number >= 2 && number - 2 < lines.count ? lines[number - 2] : lines.first
    }
}

/// Gathers rows to parts. The same rows become the same parts each time, so that an upload that broke off can go on.
package struct PartWriter {
    private let head: String
    private var text = ""
    private var lines: [Int] = []
    private var count = 0

    /// Well below what a proxy lets through, and few enough rows for one transaction.
    package static let longestPart = 65_536
    package static let mostRows = 1_000

    package init(columns: [String]) { head = Self.line(columns) }

    /// The part that this row has made full.
    package mutating func add(_ fields: [String], line: Int) -> Part? {
        text += Self.line(fields)
        lines.append(line)
        return text.utf8.count >= Self.longestPart || lines.count >= Self.mostRows ? take() : nil
    }

    /// What is left at the end.
    package mutating func finish() -> Part? { lines.isEmpty ? nil : take() }

    private mutating func take() -> Part {
        count += 1
        defer { (text, lines) = ("", []) }
        return Part(number: count, text: head + text, lines: lines)
    }

    /// On one line, whatever stands in a cell, so that lines can be counted.
    private static func line(_ fields: [String]) -> String {
        fields.map { field in
            let flat = String(String.UnicodeScalarView(field.unicodeScalars.map { $0.isBreak ? " " : $0 }))
            guard flat.utf8.contains(where: { $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: ",") }) else {
                return flat
            }
            return "\"" + flat.replacing("\"", with: "\"\"") + "\""
        }.joined(separator: ",") + "\n"
    }
}

extension Unicode.Scalar {
    fileprivate var isBreak: Bool { self == "\n" || self == "\r" }
}
