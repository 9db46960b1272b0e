/// More than a Markdown text may ask for. What could cost more than its own length is found before it is parsed, in one
/// walk over the bytes; the rest while the tree is read.
package enum MarkdownExcess: Sendable, Equatable {
    /// Nobody nests that deeply, and the writers recurse.
    case depth
    /// cmark-gfm goes back to a paragraph's beginning for each line that could begin a table, and would take minutes for a
    /// text made of nothing else.
    case tables
    /// cmark-gfm fills each row up to the width of its table's head: two kilobytes of head and as many of rows are a
    /// million cells.
    case cells
    /// What stands between two empty lines: cmark takes quadratic time for some of it.
    case paragraph
    /// Links by reference: cmark-gfm copies a definition's address and title to each link that uses it.
    case references
    /// Words, links, cells and whatever else a tree is made of.
    case parts

    static let deepest = 40
    static let mostTables = 100
    static let mostCells = 10_000
    static let longestParagraph = 32_000
    static let mostReferred = 8_000_000
    static let mostParts = 20_000

    /// What is wrong, and what to do.
    package var words: String {
        switch self {
        case .depth: "lists or quotes are nested too deeply: flatten them"
        case .tables: "there are over \(Self.mostTables) tables: use fewer"
        case .cells: "the tables come to over \(Self.mostCells) cells: use fewer columns, or link to the figures"
        case .paragraph: "over \(Self.longestParagraph / 1_000) KB stand there without an empty line: put some in"
        case .references:
            "links by reference come to over \(Self.mostReferred / 1_000_000) MB: shorten their addresses, or use fewer"
        case .parts: "it has over \(Self.mostParts) words, links and other parts: shorten it"
        }
    }

    /// Nil where the text may be parsed.
    package init?(in source: String) {
        var walk = Walk()
        walk.read(Array(source.utf8))
        guard let found = walk.found else { return nil }
        self = found
    }

    /// Counts as if each table and each definition went on to the next empty line, so never too little.
    private struct Walk {
        private var tables = 0
        private var cells = 0
        /// Of the widest table since the last empty line.
        private var width = 0
        private var paragraph = 0
        /// Bytes of the definition that may have begun.
        private var definition: Int?
        private var longestDefinition = 0
        /// As many links at the most.
        private var brackets = 0
        private(set) var found: MarkdownExcess?

        /// LF, CRLF and CR all end a line.
        mutating func read(_ text: [UInt8]) {
            var start = 0
            for (index, byte) in text.enumerated() where byte == 0x0A || byte == 0x0D {
                let isSecondHalf = byte == 0x0A && index > 0 && text[index - 1] == 0x0D
                if !isSecondHalf { line(text[start..<index]) }
                start = index + 1
                if found != nil { return }
            }
            line(text[start...])
        }

        private mutating func line(_ bytes: ArraySlice<UInt8>) {
            guard !bytes.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) else {
                return (width, paragraph, definition) = (0, 0, nil)
            }
            paragraph += bytes.count + 1
            if paragraph > MarkdownExcess.longestParagraph { found = .paragraph }
            countReferences(bytes)
            if Self.isRule(bytes) {
                tables += 1
                width = max(width, bytes.count { $0 == UInt8(ascii: "|") } + 1)
                if tables > MarkdownExcess.mostTables { found = .tables }
                cells += width
            }
            cells += width
            if cells > MarkdownExcess.mostCells { found = .cells }
        }

        private mutating func countReferences(_ bytes: ArraySlice<UInt8>) {
            for index in bytes.indices {
                if bytes[index] == UInt8(ascii: "]") {
                    brackets += 1
                    if bytes[(index + 1)...].first == UInt8(ascii: ":") { definition = 0 }
                }
                definition? += 1
                longestDefinition = max(longestDefinition, definition ?? 0)
            }
            if longestDefinition * brackets > MarkdownExcess.mostReferred { found = .references }
        }

        /// Whether it may part a table's head from its rows: hyphens, with pipes or colons.
        private static func isRule(_ line: ArraySlice<UInt8>) -> Bool {
            line.allSatisfy { "|:-> \t\u{B}\u{C}".utf8.contains($0) } && line.contains(UInt8(ascii: "-"))
                && line.contains { $0 == UInt8(ascii: "|") || $0 == UInt8(ascii: ":") }
        }
    }
}
