/// One thing that an IMAP server says (RFC 3501 §7).
struct IMAPResponse: Equatable {
    /// `*`, `+`, or the tag of the command that it ends.
    let tag: String
    let content: Content

    enum Content: Equatable {
        /// `OK [UIDVALIDITY 7] ready`
        case status(Status)
        /// `12 FETCH (…)`, `3 EXISTS`: the number, the word, what follows.
        case message(UInt32, String, [IMAPValue])
        /// `CAPABILITY …`, `SEARCH …`: the word, what follows.
        case data(String, [IMAPValue])
    }

    struct Status: Equatable {
        /// `OK`, `NO`, `BAD`, `BYE`, `PREAUTH`.
        let word: String
        /// `UIDVALIDITY`, in upper case, and its argument.
        let code: String?
        let argument: String
        let text: String
    }

    static let statusWords: Set<String> = ["OK", "NO", "BAD", "BYE", "PREAUTH"]
}

indirect enum IMAPValue: Equatable {
    case atom(String)
    case string([UInt8])
    case list([IMAPValue])

    var number: UInt32? { if case .atom(let text) = self { UInt32(text) } else { nil } }
    var word: String? { if case .atom(let text) = self { text.uppercased() } else { nil } }
    var items: [IMAPValue] { if case .list(let items) = self { items } else { [] } }
}

/// Reads what stands in a response's lines; literals were taken out by the `IMAPReader`, and stand there by number.
struct IMAPResponseParser {
    /// What the server sends is not IMAP.
    struct Garbled: Error, Equatable {}

    private static let deepest = 16

    private let line: [UInt8]
    private var literals: ArraySlice<[UInt8]>
    private var place = 0

    /// `line`: without its end; where a literal stood, a NUL stands, which no line may hold.
    static func parse(_ line: [UInt8], literals: [[UInt8]]) throws(Garbled) -> IMAPResponse {
        var parser = IMAPResponseParser(line: line, literals: literals[...])
        return try parser.response()
    }

    private init(line: [UInt8], literals: ArraySlice<[UInt8]>) {
        self.line = line
        self.literals = literals
    }

    /// Whether it is a line of words for people, in which `{5}` is no literal's beginning.
    static func isStatus(_ line: some Collection<UInt8>) -> Bool {
        if line.first == UInt8(ascii: "+") { return true }
        let words = line.split(separator: 0x20, maxSplits: 2)
        return words.count > 1
            && IMAPResponse.statusWords.contains(String(decoding: words[1], as: UTF8.self).uppercased())
    }

    private mutating func response() throws(Garbled) -> IMAPResponse {
        guard let tag = atom(), !tag.utf8.isEmpty else { throw Garbled() }
        skipBlanks()
        if tag == "+" { return IMAPResponse(tag: tag, content: .status(status("OK"))) }
        guard let word = atom()?.uppercased(), !word.utf8.isEmpty else { throw Garbled() }
        skipBlanks()
        if IMAPResponse.statusWords.contains(word) { return IMAPResponse(tag: tag, content: .status(status(word))) }
        guard tag == "*" else { throw Garbled() }
        guard let number = UInt32(word) else { return IMAPResponse(tag: tag, content: .data(word, try values())) }
        guard let kind = atom()?.uppercased(), !kind.utf8.isEmpty else { throw Garbled() }
        return IMAPResponse(tag: tag, content: .message(number, kind, try values()))
    }

    private mutating func status(_ word: String) -> IMAPResponse.Status {
        var (code, argument): (String?, String) = (nil, "")
        if place < line.count, line[place] == UInt8(ascii: "["),
            let end = line[place...].firstIndex(of: UInt8(ascii: "]"))
        {
            let parts = line[(place + 1)..<end].split(separator: 0x20, maxSplits: 1)
            code = parts.first.map { String(said: $0).uppercased() }
            argument = parts.count > 1 ? String(decoding: parts[1], as: UTF8.self) : ""
            place = end + 1
        }
        return IMAPResponse.Status(word: word, code: code, argument: argument, text: String(said: line[place...]))
    }

    // MARK: Values

    private mutating func values() throws(Garbled) -> [IMAPValue] {
        let values = try values(depth: 0)
        guard place == line.count else { throw Garbled() }
        return values
    }

    /// To the end, or to the bracket that closes them.
    private mutating func values(depth: Int) throws(Garbled) -> [IMAPValue] {
        guard depth < Self.deepest else { throw Garbled() }
        var values: [IMAPValue] = []
        while true {
            skipBlanks()
            guard place < line.count, line[place] != UInt8(ascii: ")") else { return values }
            values.append(try value(depth: depth))
            // What stands right behind a string shows that its length was wrong.
            if case .string = values.last, place < line.count, line[place] != 0x20, line[place] != UInt8(ascii: ")") {
                throw Garbled()
            }
        }
    }

    private mutating func value(depth: Int) throws(Garbled) -> IMAPValue {
        switch line[place] {
        case UInt8(ascii: "("):
            place += 1
            let items = try values(depth: depth + 1)
            guard place < line.count else { throw Garbled() }
            place += 1
            return .list(items)
        case UInt8(ascii: "\""): return .string(try quoted())
        case 0:
            guard let literal = literals.popFirst() else { throw Garbled() }
            place += 1
            return .string(literal)
        default:
            guard let atom = atom(), !atom.utf8.isEmpty else { throw Garbled() }
            return .atom(atom)
        }
    }

    private mutating func quoted() throws(Garbled) -> [UInt8] {
        var bytes: [UInt8] = []
        place += 1
        while place < line.count {
            let byte = line[place]
            place += 1
            if byte == UInt8(ascii: "\"") { return bytes }
            guard byte == UInt8(ascii: "\\") else {
                bytes.append(byte)
                continue
            }
            guard place < line.count else { break }
            bytes.append(line[place])
            place += 1
        }
        throw Garbled()
    }

    /// What `BODY[HEADER.FIELDS (TO)]<0>` has in its square brackets belongs to it.
    private mutating func atom() -> String? {
        let start = place
        var brackets = 0
        scan: while place < line.count {
            switch line[place] {
            case UInt8(ascii: "["): brackets += 1
            case UInt8(ascii: "]"): brackets = max(0, brackets - 1)
            case 0x20, UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "\""):
                if brackets == 0 { break scan }
            case 0: break scan
            default: break
            }
            place += 1
        }
        return place > start ? String(decoding: line[start..<place], as: UTF8.self) : nil
    }

    private mutating func skipBlanks() {
        while place < line.count, line[place] == 0x20 { place += 1 }
    }
}
