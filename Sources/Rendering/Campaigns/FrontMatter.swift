internal import Mail
internal import Yams

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
            split(Self.lines(of: text))
        }
    }

    private mutating func split(_ lines: [[UInt8]]) {
        guard lines.first?.isFence ?? false else {
            return fail(1, "the first line must be ---, then `subject: …`, then another ---")
        }
        guard let end = lines.dropFirst().firstIndex(where: \.isFence) else {
            return fail(1, "the front matter has no end: write --- on a line of its own below it")
        }
        body = String(decoding: Array(lines[(end + 1)...].joined(separator: [0x0A])), as: UTF8.self)
        firstLine = end + 2
        read(String(decoding: Array(lines[1..<end].joined(separator: [0x0A])), as: UTF8.self))
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

    private mutating func read(_ yaml: String) {
        do {
            guard let node = try Yams.compose(yaml: yaml) else { return }
            guard let mapping = node.mapping else { return fail(2, "the front matter must be lines of `key: value`") }
            for (key, value) in mapping {
                take(key.scalar?.string ?? "", value, line: (key.mark?.line ?? 1) + 1)
            }
        } catch let YamlError.parser(_, problem, mark, _) {
            fail(mark.line + 1, "the front matter is not YAML (\(problem)): put text with special characters in quotes")
        } catch let YamlError.scanner(_, problem, mark, _) {
            fail(mark.line + 1, "the front matter is not YAML (\(problem)): put text with special characters in quotes")
        } catch {
            fail(2, "the front matter is not YAML: put text with special characters in quotes, and each key only once")
        }
    }

    private mutating func take(_ key: String, _ value: Node, line: Int) {
        guard Self.known.contains(key) else {
            let known = Self.known.joined(separator: ", ")
            let advice =
                Spelling.nearest(to: key, among: Self.known).map { "did you mean \($0)?" } ?? "known are \(known)"
            return add(.error, line, "“\(key.prefix(40))” is not known: \(advice)")
        }
        guard let text = value.scalar?.string else {
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

extension [UInt8] {
    /// Three hyphens, and white space at most behind them.
    fileprivate var isFence: Bool {
        starts(with: Array("---".utf8)) && dropFirst(3).allSatisfy { $0 == 0x20 || $0 == 0x09 }
    }
}
