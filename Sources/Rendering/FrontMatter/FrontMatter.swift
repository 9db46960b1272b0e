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
        if text.utf8.count > CampaignFile.largestFile {
            fail(nil, "the file is over \(CampaignFile.largestFile / 1_000) KB: shorten it")
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
