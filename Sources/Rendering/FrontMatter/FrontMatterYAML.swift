/// Reads a front matter: lines of `key: text`, as YAML writes them.
///
/// That is all of YAML that is taken from other people. Text may be plain, in quotes, folded (`>-`), or go on in indented
/// lines; comments and empty lines are passed over. There are no anchors, aliases, tags, merge keys, lists or maps, so that
/// no text means more than it says: reading goes over the bytes once.
struct FrontMatterYAML {
    struct Entry: Equatable {
        let key: String
        /// Nil where something else than text stands there: a list, a map, an anchor.
        let text: String?
        /// Among the lines, from 1.
        let line: Int
    }

    struct Problem: Error, Equatable {
        let line: Int
        let message: String
    }

    /// In bytes: more than the longest subject and preheader take.
    static let longest = 2_048

    private let lines: [[UInt8]]
    private var index = 0
    private var entries: [Entry] = []

    static func entries(_ lines: [[UInt8]]) throws(Problem) -> [Entry] {
        guard lines.reduce(0, { $0 + $1.count + 1 }) <= longest else {
            throw Problem(line: 1, message: "the front matter is over \(longest / 1024) KB: shorten it")
        }
        var reader = FrontMatterYAML(lines: lines)
        try reader.read()
        return reader.entries
    }

    private init(lines: [[UInt8]]) { self.lines = lines }

    private mutating func read() throws(Problem) {
        while index < lines.count {
            let line = lines[index]
            index += 1
            if !line.isPassedOver { try readEntry(line) }
        }
    }

    private mutating func readEntry(_ line: [UInt8]) throws(Problem) {
        let number = index
        guard let colon = line[...].colon, !line[0].isBlank, line[0] != UInt8(ascii: "-") else {
            throw Problem(line: number, message: "the front matter must be lines of `key: value`")
        }
        let key = String(decoding: line[..<colon].trimmed, as: UTF8.self)
        guard !entries.contains(where: { $0.key.utf8.elementsEqual(key.utf8) }) else {
            throw Problem(line: number, message: "“\(key.prefix(40))” stands there twice: write each key only once")
        }
        let text = try text(line[(colon + 1)...].trimmed, number)
        entries.append(Entry(key: key, text: text, line: number))
    }

    private mutating func text(_ value: ArraySlice<UInt8>, _ number: Int) throws(Problem) -> String? {
        switch value.first {
        case UInt8(ascii: "\""): return try doubleQuoted(value.dropFirst(), number)
        case UInt8(ascii: "'"): return try singleQuoted(value.dropFirst(), number)
        case UInt8(ascii: ">") where value.elementsEqual(">".utf8) || value.elementsEqual(">-".utf8):
            return Self.joined(following(hasComments: false))
        case let first? where "[]{},&*!|>%@`".utf8.contains(first),
            let first? where "-?".utf8.contains(first) && value.dropFirst().first?.isBlank ?? true:
            _ = following(hasComments: true)
            return nil
        default: return try plain([value] + following(hasComments: true), number)
        }
    }

    /// The indented lines that follow, without their indentation.
    private mutating func following(hasComments: Bool) -> [ArraySlice<UInt8>] {
        var found: [ArraySlice<UInt8>] = []
        while index < lines.count, lines[index].first?.isBlank ?? true {
            let line = lines[index][...].trimmed
            index += 1
            if !hasComments || line.first != UInt8(ascii: "#") { found.append(line) }
        }
        return found
    }

    private func plain(_ parts: [ArraySlice<UInt8>], _ number: Int) throws(Problem) -> String {
        let parts = parts.map(\.withoutComment)
        if let place = parts.firstIndex(where: { $0.colon != nil }) {
            throw Self.notYAML(number + place, "a colon with a space behind it stands in plain text")
        }
        return Self.joined(parts)
    }

    private static func joined(_ parts: [ArraySlice<UInt8>]) -> String {
        String(decoding: Array(parts.filter { !$0.isEmpty }.joined(separator: [0x20])), as: UTF8.self)
    }

    private static func notYAML(_ line: Int, _ why: String) -> Problem {
        Problem(
            line: line, message: "the front matter is not YAML (\(why)): put text with special characters in quotes")
    }

    // MARK: Quotes

    private func singleQuoted(_ value: ArraySlice<UInt8>, _ number: Int) throws(Problem) -> String {
        var (text, rest) = ([UInt8](), value)
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "'") {
                guard rest.first == byte else { return try ended(text, rest, number) }
                rest.removeFirst()
            }
            text.append(byte)
        }
        throw Self.notYAML(number, "a quote is not closed on its line")
    }

    private func doubleQuoted(_ value: ArraySlice<UInt8>, _ number: Int) throws(Problem) -> String {
        var (text, rest) = ([UInt8](), value)
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "\""): return try ended(text, rest, number)
            case UInt8(ascii: "\\"):
                guard let character = Self.escaped(&rest) else {
                    throw Self.notYAML(number, "a \\ is followed by what names no character")
                }
                text += character
            default: text.append(byte)
            }
        }
        throw Self.notYAML(number, "a quote is not closed on its line")
    }

    /// Nothing but a comment stands behind a closed quote.
    private func ended(_ text: [UInt8], _ rest: ArraySlice<UInt8>, _ number: Int) throws(Problem) -> String {
        guard rest.withoutComment.isEmpty else { throw Self.notYAML(number, "something stands behind the quote") }
        return String(decoding: text, as: UTF8.self)
    }

    /// YAML 1.2 §5.7.
    private static func escaped(_ rest: inout ArraySlice<UInt8>) -> [UInt8]? {
        guard let kind = rest.popFirst() else { return nil }
        guard let digits = digits[kind] else { return escapes[kind].map { [$0] } }
        let code = rest.prefix(digits)
        rest = rest.dropFirst(digits)
        guard code.count == digits, let value = UInt32(String(decoding: code, as: UTF8.self), radix: 16) else {
            return nil
        }
        return Unicode.Scalar(value).map { Array(String(Character($0)).utf8) }
    }

    private static let digits: [UInt8: Int] = [
        UInt8(ascii: "x"): 2, UInt8(ascii: "u"): 4, UInt8(ascii: "U"): 8,
    ]

    private static let escapes: [UInt8: UInt8] = [
        UInt8(ascii: "\""): UInt8(ascii: "\""), UInt8(ascii: "\\"): UInt8(ascii: "\\"),
        UInt8(ascii: "/"): UInt8(ascii: "/"), UInt8(ascii: " "): 0x20, UInt8(ascii: "t"): 0x09,
        UInt8(ascii: "n"): 0x0A, UInt8(ascii: "r"): 0x0D, UInt8(ascii: "0"): 0, UInt8(ascii: "a"): 7,
        UInt8(ascii: "b"): 8, UInt8(ascii: "e"): 0x1B, UInt8(ascii: "f"): 0x0C, UInt8(ascii: "v"): 0x0B,
    ]
}

extension UInt8 {
    fileprivate var isBlank: Bool { self == 0x20 || self == 0x09 }
}

extension [UInt8] {
    /// Empty, or a comment.
    fileprivate var isPassedOver: Bool {
        let words = self[...].trimmed
        return words.isEmpty || words.first == UInt8(ascii: "#")
    }
}

extension ArraySlice<UInt8> {
    /// The first that ends a key: with a space or nothing behind it.
    fileprivate var colon: Int? {
        indices.first { self[$0] == UInt8(ascii: ":") && ($0 + 1 == endIndex || self[$0 + 1].isBlank) }
    }

    fileprivate var trimmed: Self {
        var rest = drop(while: \.isBlank)
        while let last = rest.last, last.isBlank { rest.removeLast() }
        return rest
    }

    /// What stands before a `#` that begins a comment.
    fileprivate var withoutComment: Self {
        let comment = indices.first {
            self[$0] == UInt8(ascii: "#") && ($0 == startIndex || self[$0 - 1].isBlank)
        }
        return self[..<(comment ?? endIndex)].trimmed
    }
}
