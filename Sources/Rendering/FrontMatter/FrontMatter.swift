internal import Mail

/// The lines between two `---` at a campaign's head, and what is wrong with them.
struct FrontMatter {
    private static let known = ["subject", "preheader", "list", "language"]

    private(set) var findings: [Finding] = []
    private(set) var body = ""
    private(set) var firstLine = 1
    /// There was nothing to read keys from; complaints about missing ones would only confuse.
    private(set) var isBroken = false
    private var values: [String: (text: String, line: Int)] = [:]

    init(_ text: String) {
        let (size, largest) = (text.utf8.count, SourceSize.largest)
        if size > largest {
            fail(nil, "the file has \(size) bytes, and \(largest) (\(largest / 1_000) KB) are the most: shorten it")
        } else {
            read(text)
        }
    }

    private mutating func read(_ text: String) {
        do throws(FrontedText.Problem) {
            let text = try FrontedText(text)
            (body, firstLine) = (text.body, text.firstLine)
            take(text.head)
        } catch .noBeginning {
            fail(1, "the first line must be ---, then `subject: …`, then another ---")
        } catch {
            fail(1, "the front matter has no end: write --- on a line of its own below it")
        }
    }

    private mutating func take(_ head: [[UInt8]]) {
        do throws(FrontMatterYAML.Problem) {
            for entry in try FrontMatterYAML.entries(head) { take(entry.key, entry.text, line: entry.line + 1) }
        } catch {
            fail(error.line + 1, error.message)
        }
    }

    private mutating func take(_ key: String, _ text: String?, line: Int) {
        guard Self.known.contains(key) else {
            let known = Self.known.joined(separator: ", ")
            let advice =
                Spelling.nearest(to: key, among: Self.known).map { "did you mean \($0)?" } ?? "known are \(known)"
            return add(.error, line, "“\(key.prefix(40))” is not known: \(advice)")
        }
        guard let text else {
            return add(.error, line, "\(key) must be one line of text: put it in quotes")
        }
        values[key] = (text, line)
    }

    /// One line of text that people read.
    mutating func line(_ key: String, longest: Int) -> String? {
        guard let (text, line) = values[key] else { return nil }
        do throws(HeaderText.Problem) {
            let clean = try HeaderText(text).text
            guard clean.count <= longest else { throw .tooLong }
            return clean
        } catch {
            switch error {
            case .missing: if key == "subject" { add(.error, line, "subject is empty: write one") }
            case .tooLong: add(.error, line, "\(key) has \(text.count) characters: \(longest) at most")
            case .unprintable:
                add(.error, line, "\(key) holds a line break or another character that is not seen: take it out")
            }
            return nil
        }
    }

    func place(of key: String) -> Int? { values[key]?.line }

    /// What no reader sees but moves what they do see, or rings and colours a terminal; once a line.
    mutating func refuseUnseen() {
        for (index, line) in body.utf8.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
            guard let scalar = Substring(line).unicodeScalars.first(where: \.isOutOfPlace) else { continue }
            add(.error, firstLine + index, "\(scalar.title) is not seen, and has no place in a mail: take it out")
        }
    }

    mutating func slug(_ key: String) -> String? {
        guard let (text, line) = values[key] else { return nil }
        let isSlug =
            (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
        if !isSlug { add(.error, line, "\(key) must be a list’s short name, such as news") }
        return isSlug ? text : nil
    }

    mutating func language(_ key: String) -> Language? {
        guard let (text, line) = values[key] else { return nil }
        guard let language = Language(text) else {
            add(.error, line, "\(key) must be a language’s code, such as nb")
            return nil
        }
        return language
    }

    mutating func add(_ severity: Finding.Severity, _ line: Int?, _ message: String) {
        findings.append(Finding(severity, line: line, message))
    }

    private mutating func fail(_ line: Int?, _ message: String) {
        isBroken = true
        add(.error, line, message)
    }
}

extension Unicode.Scalar {
    /// A control, or what turns the direction of the writing beside it.
    fileprivate var isOutOfPlace: Bool {
        switch value {
        case 0x09: false
        case 0x202A...0x202E, 0x2066...0x2069: true
        default: properties.generalCategory == .control
        }
    }

    /// `RIGHT-TO-LEFT OVERRIDE (U+202E)`; a control character has no name.
    fileprivate var title: String {
        let digits = String(value, radix: 16, uppercase: true)
        let code = "U+" + String(repeating: "0", count: max(0, 4 - digits.utf8.count)) + digits
        return properties.name.map { "\($0) (\(code))" } ?? "the character \(code)"
    }
}
