import Mail
import Rendering
import Testing

@Suite struct CampaignFileTests {
    static func file(_ front: String, _ body: String = "Hello.\n") -> String { "---\n\(front)\n---\n\(body)" }

    @Test func `a campaign's file is read`() throws {
        let file = try CampaignFile(
            "\u{FEFF}---\r\nsubject: \"Sensors: in spring\"\r\npreheader: Three things\r\nlist: news\r\nlanguage: nn\r\n---\r\n# Hello\r\n\r\nx\r\n"
        )
        #expect(file.subject == "Sensors: in spring" && file.preheader == "Three things")
        #expect(file.list == "news" && file.language?.code == "nb")
        #expect(file.body == "# Hello\n\nx\n" && file.firstLine == 7)
    }

    static let bad: [(String, line: Int?, says: String)] = [
        ("", 1, "the first line must be ---"), ("# Hello", 1, "the first line must be ---"),
        ("---\nsubject: a\nHello", 1, "no end"),
        (file("preheader: a"), 1, "subject is missing"), (file("subject: \"\""), 2, "subject is empty"),
        (file("subject: a\nsubjct: b"), 3, "did you mean subject?"),
        (file("subject: a\nsender: b"), 3, "known are subject, preheader, list, language"),
        (file("subject: [a]"), 2, "must be one line"), (file("subject: \"a\\r\\nBcc: x\""), 2, "line break"),
        (file("subject: " + String(repeating: "a", count: 2_000)), 2, "subject has 2000 characters: 200 at most"),
        (file("subject: " + String(repeating: "a", count: 201)), 2, "201 characters"),
        (file("subject: {{name}}"), 2, "quotes"), (file("subject: a\n bad: [b"), 3, "not YAML"),
        (file("subject: \"a"), 2, "not YAML"), (file("subject: a\nsubject: b"), nil, "only once"),
        (file("- a"), 2, "key: value"), (file("subject: a\nlist: News!"), 3, "short name"),
        (file("subject: a\nlanguage: klingon"), 3, "code"),
        (
            file("subject: a", String(repeating: "x", count: 300_000)), nil,
            "has 300019 bytes, and 128000 (128 KB) are the most"
        ),
        (file("subject: a", "x\n\u{1B}[31mred"), 5, "U+001B"), (file("subject: a", "x\u{7}"), 4, "U+0007"),
        (file("subject: a", "a\n\nb\u{202E}c"), 6, "RIGHT-TO-LEFT OVERRIDE (U+202E)"),
        (file("subject: a", "\u{2066}c"), 4, "U+2066"),
        (file("subject: a", "{{#name}}\nx\n{{/nam}}"), 6, "(opened on line 4)"),
        (file("subject: a", ""), nil, "the text is empty"),
        (file("subject: a", "\n{{#name}}\nx"), 5, "{{#name}} is never closed"),
        (file("subject: a", "x\n{{nam}}"), 5, "{{nam}} is not known here: use {{name}}"),
        (file("subject: a", "{{{name}}}"), 4, "write {{name}}"),
        (file("subject: a", "{{>secret}}"), 4, "cannot"), (file("subject: a", "{{name"), 4, "not closed by }}"),
        (file("subject: a", "x\n\n[a](https://a.example/?n={{name}})"), 6, "would tell who reads"),
        (file("subject: a", "\n![](http://a.example/a.png)"), 5, "the image is not https"),
        (file("subject: a", "[a](/b)"), 4, "has no host"),
        (file("subject: a", "[a](javascript:alert)"), 4, "not allowed"),
        (file("subject: a", "![a](data:image/png;base64,AA)"), 4, "not allowed"),
        (file("subject: a\nlanguage: fr"), nil, "there is no language fr"),
        (file("subject: a", String(repeating: "> ", count: 500) + "x"), nil, "nested too deeply"),
        (file("subject: a", String(repeating: "{{#name}}", count: 500)), 4, "nested too deeply"),
        (file("list: news\nsubject: \"{{nme}}\""), 3, "subject: {{nme}} is not known"),
    ]

    @Test(arguments: bad) func `what keeps a campaign from being sent is said, and where`(
        text: String, line: Int?, says: String
    ) throws {
        let findings = try lint(text)
        #expect(
            findings.contains {
                $0.severity == .error && $0.message.contains(says) && (line == nil || $0.line == line)
            }, "\(findings)")
    }

    @Test(arguments: ["{{nam}}", "{{#nam}}x{{/nam}}", "{{#name}}"]) func `a wrong tag is told once`(_ body: String)
        throws
    {
        let findings = try lint(Self.file("subject: a", body))
        #expect(findings.count == 1 && !findings[0].message.contains("empty"), "\(findings)")
    }

    static let doubtful: [(String, line: Int?, says: String)] = [
        (file("subject: a", "a\n<b>c</b>"), 5, "HTML is left out"),
        (file("subject: a", "[a](http://a.example)"), 4, "use https"),
        (file("subject: a", "x\n\n![](https://a.example/a.png)"), 6, "alternative text"),
        (file("subject: a", "# a\n\n### b"), 6, "level 2"),
        (file("subject: a", "{{#name}}\na\n{{/name}}\n\n[a](http://a.example)"), 8, "use https"),
        (file("subject: a", "[](https://a.example)"), 4, "no words"),
    ]

    @Test(arguments: doubtful) func `what an editor should know does not keep it`(
        text: String, line: Int?, says: String
    ) throws {
        let findings = try lint(text)
        #expect(
            findings.contains {
                $0.severity == .warning && $0.message.contains(says) && (line == nil || $0.line == line)
            }, "\(findings)")
        #expect(!findings.contains { $0.severity == .error }, "\(findings)")
    }

    @Test func `a good file has no findings`() throws {
        let body =
            "# Hello {{name}}{{^name}}there{{/name}}\n\n<!-- note -->\n[a](https://a.example) <mailto:a@b.example> ![x](https://a.example/x.png)\n"
        #expect(try lint(Self.file("subject: \"News for {{name}}\"\nlist: news", body)) == [])
    }

    @Test func `any file is survived`() throws {
        let pieces = [
            "---\n", "subject: ", "a", "\n", "{{", "}}", "name", "#", "^", "/", "[", "](", ")", "<", ">", "`", "- ",
            "\u{301}", "é", "\r", "| a |\n|---|\n", "&", "{{name}}", "http://", ": ", "\"", "\t", "![",
        ]
        let templates = try Fixture.templates(), letterhead = try Fixture.letterhead(),
            language = try #require(Language("en"))
        var state: UInt64 = 7
        for _ in 0..<1_500 {
            var text = "---\nsubject: a\n---\n"
            for _ in 0..<25 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                text += pieces[Int(state >> 33) % pieces.count]
            }
            guard
                let mail = try? templates.compile(
                    try CampaignFile(text).draft(language: language, letterhead: letterhead))
            else { continue }
            CompiledMailTests.check(mail.render(try Fixture.values("Ann\" <b>")))
        }
    }

    private func lint(_ text: String) throws -> [Finding] {
        try Fixture.templates().lint(text, language: try #require(Language("en")), letterhead: try Fixture.letterhead())
    }
}
