import Foundation
import Mail
import Rendering
import Testing

/// Texts that were written to harm: each costs its author an answer, and nobody else anything.
@Suite struct HostileTextTests {
    // MARK: Stand-ins

    /// What entities, comments and emphasis melt into something that looks like a stand-in.
    static let forged = [
        "Xz4**q**", "Xz4&#113;", "Xz4&#113;ZZq9Zx", "Xz4{{! }}qZZq9Zx", "Xz4<!-- -->q", "Xz4{{!}}q00q9Zx",
        "![x](https://e.example/Xz4&#113;AHq9Zx)", "https://evil.example/?u=Xz4<!-- -->qAAq9Zx",
        "```\nXz4{{! }}q\n```",
    ]

    @Test(arguments: forged) func `a forged stand-in is text`(body: String) throws {
        let mail = try Fixture.templates().compile(try Fixture.draft(body))
        let (_, _, html, text) = mail.preview(try Fixture.values("Ann"))
        #expect(html.contains("Xz4") && !html.contains("Ann") && !text.contains("Ann"))
        // The footer's, and nothing else.
        #expect(html.components(separatedBy: "/unsubscribe/").count == 2)
        #expect(text.replacing("=\r\n", with: "").components(separatedBy: "/unsubscribe/").count == 2)
    }

    @Test func `a forged stand-in in the subject is text`() throws {
        let mail = try Fixture.templates().compile(try Fixture.draft("x", subject: "Xz4{{! }}qZZq9Zx"))
        #expect(String(decoding: mail.render(try Fixture.values("Ann")), as: UTF8.self).contains("Xz4qZZq9Zx"))
    }

    @Test func `a link to the reader's own pages cannot be smuggled past the lint`() throws {
        // Every variable's number, in the places where a mail program would fetch it.
        for first in "AB" {
            for second in "ABCDEFGHIJKLMNOPQRSTUVWXYZ" {
                let body = "![x](Xz4&#113;\(first)\(second)q9Zx)"
                let findings = try lint("---\nsubject: S\n---\n\(body)\n")
                #expect(findings.contains { $0.message.contains("has no host") })
            }
        }
    }

    @Test func `a mail is the same whenever it is compiled`() throws {
        let draft = try Fixture.draft("Hello {{name}}, [a](https://a.example)", subject: "For {{name}}")
        let templates = try Fixture.templates()
        let first = try templates.compile(draft).render(try Fixture.values("Ann"))
        #expect(try templates.compile(draft).render(try Fixture.values("Ann")) == first)
    }

    // MARK: Amplification

    static func table(columns: Int, rows: Int) -> String {
        String(repeating: "|a", count: columns) + "\n" + String(repeating: "|-", count: columns) + "\n"
            + String(repeating: "|b\n", count: rows)
    }

    struct Text: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let body: String
        let says: String

        init(_ name: String, _ body: String, says: String) {
            (testDescription, self.body, self.says) = (name, body, says)
        }
    }

    static let amplified = [
        Text("1500 × 1500 cells", table(columns: 1_500, rows: 1_500), says: "cells"),
        Text("2000 × 2000 cells", table(columns: 2_000, rows: 2_000), says: "cells"),
        Text("20000 × 10000 cells", table(columns: 20_000, rows: 10_000), says: "empty line"),
        Text("101 × 101 cells", table(columns: 101, rows: 101), says: "cells"),
        Text(
            "cells in a quote", "> " + table(columns: 1_500, rows: 1_500).replacing("\n", with: "\n> "), says: "cells"),
        Text("cells behind CRs", table(columns: 500, rows: 500).replacing("\n", with: "\r"), says: "cells"),
        Text("tables", String(repeating: "|a|b\n|:-\u{C}|-\u{B}\n\n", count: 101), says: "U+000C"),
        Text(
            "a long address by reference",
            "[a]: https://a.example/" + String(repeating: "u", count: 20_000) + "\n\n"
                + String(repeating: "[a]\n\n", count: 10_000), says: "by reference"),
        Text(
            "a long title by reference",
            "[a]: /x \"" + String(repeating: "t\n", count: 10_000) + "\"\n\n"
                + String(repeating: "![a] ", count: 5_000), says: "by reference"),
        Text("unclosed pictures", String(repeating: "![[]()", count: 20_000), says: "empty line"),
        Text("parts", String(repeating: "*a*\n\n", count: 20_000), says: "other parts"),
        Text("quotes", String(repeating: "> ", count: 50_000), says: "empty line"),
        Text("lists", String(repeating: "- ", count: 5_000) + "x", says: "nested too deeply"),
        Text(
            "entities", String(repeating: String(repeating: "\"", count: 1_000) + "\n\n", count: 80),
            says: "over 400 KB: over 100 KB"),
    ]

    @Test(arguments: amplified) func `what would cost more than its length is refused`(text: Text) throws {
        let findings = try lint("---\nsubject: S\n---\n\(text.body)")
        #expect(
            findings.contains { $0.severity == .error && $0.message.contains(text.says) }, "\(findings.prefix(3))")
    }

    @Test func `an ordinary table, list and reference are not`() throws {
        let body = """
            \(Self.table(columns: 12, rows: 60))

            [one] and [two], \(String(repeating: "[one], ", count: 50))

            [one]: https://a.example/\(String(repeating: "u", count: 200)) "One"
            [two]: https://b.example/
            """
        #expect(try lint("---\nsubject: S\n---\n\(body)") == [])
    }

    @Test func `findings without end are a hundred and how many more`() throws {
        let findings = try lint("---\nsubject: S\n---\n" + String(repeating: "[a](/b)\n\n", count: 3_000))
        #expect(findings.count == 101 && findings.last?.message.contains("2900 more") == true)
    }

    // MARK: Front matter

    /// Nested aliases as a key: each level costs nine times the one before.
    static func bomb(_ levels: Int) -> String {
        let names = Array("abcdefghijklm").map(String.init)
        var yaml = "a: &a [x,x,x,x,x,x,x,x,x]\n"
        for (before, name) in zip(names, names.dropFirst()).prefix(levels) {
            yaml += "\(name): &\(name) [\(Array(repeating: "*\(before)", count: 9).joined(separator: ","))]\n"
        }
        return yaml + "? *\(names[levels])\n: y"
    }

    static let yaml: [(String, says: String)] = [
        (bomb(5), "key: value"), (bomb(8), "key: value"), (bomb(11), "key: value"),
        ("subject: &a x\npreheader: *a", "one line of text"), ("<<: *a\nsubject: x", "is not known"),
        ("subject: !!binary aGk=", "one line of text"), ("subject: {a: b}", "one line of text"),
        ("subject:\n  a: &b x", "not YAML"), ("? subject\n: x", "key: value"),
        ("subject: x\npreheader: " + String(repeating: "a", count: 2_048), "over 2 KB"),
        (String(repeating: "a", count: 3_000) + ": x", "over 2 KB"),
        ("subject: |\n  a\n  b", "one line of text"), ("subject: \"\\ud800\"", "names no character"),
        ("subject: \"\\x4\"", "names no character"), ("subject: \"a\" b", "behind the quote"),
        ("subject: 'a", "not closed"),
    ]

    @Test(arguments: yaml) func `front matter is lines of text and nothing else`(front: String, says: String) throws {
        let findings = try lint("---\n\(front)\n---\nHello\n")
        #expect(findings.contains { $0.severity == .error && $0.message.contains(says) }, "\(findings)")
        #expect(throws: PolicyText.Problem.self) { try PolicyText("---\n\(front)\n---\nHello\n") }
    }

    static let subjects: [(String, subject: String)] = [
        ("subject: AT&T *and* <<us>> 100 % # not this", "AT&T *and* <<us>> 100 %"),
        ("subject: 'It''s \"on\"'", "It's \"on\""),
        ("# note\n\nsubject : \"\\u00e5 \\\"x\\\" \\\\ \\x41\"  # note", "å \"x\" \\ A"),
        ("subject: goes\n  on\n\n  here\npreheader: x", "goes on here"),
        ("subject: >-\n  folded: #1\n  text", "folded: #1 text"),
        ("subject: 2026", "2026"), ("subject: https://a.example:80/#x", "https://a.example:80/#x"),
        ("subject: -5 °C", "-5 °C"),
    ]

    @Test(arguments: subjects) func `what people write there is read as YAML has it`(front: String, subject: String)
        throws
    {
        #expect(try CampaignFile("---\n\(front)\n---\nHello\n").subject == subject)
    }

    // MARK: Fuzzing

    static let pieces = [
        "Xz4", "q", "ZZq9Zx", "&#113;", "{{! }}", "{{name}}", "{{#name}}", "{{/name}}", "**", "<!-- -->", "|a", "|-",
        "\n|b",
        "\n", "\n\n", "> ", "- ", "1. ", "    ", "\t", "[a]", "[a]: ", "\"", "'", "![", "](", "https://a.example/",
        "\r",
        "\u{0}", "\u{2028}", "é", "\u{301}", "&a ", "*a", "? ", ": ", "<<: ", "{", "}", ":-", "\u{C}", "~~", "`",
        "```\n",
    ]

    @Test func `any text that is put together from such pieces is survived`() throws {
        let templates = try Fixture.templates(), letterhead = try Fixture.letterhead()
        let language = try #require(Language("en")), values = try Fixture.values("Ann")
        var seeded = Seeded(state: 11)
        for _ in 0..<1_500 {
            func text(_ count: Int) -> String {
                (0..<count).map { _ in Self.pieces[Int(seeded.next() >> 33) % Self.pieces.count] }.joined()
            }
            let file = "---\nsubject: \(text(4))\n\(text(4))\n---\n\(text(60))"
            _ = templates.lint(file, language: language, letterhead: letterhead)
            let body = text(60)
            if let mail = try? templates.compile(try Fixture.draft(body)) {
                CompiledMailTests.check(mail.render(values))
            }
            _ = try? PolicyText("---\nversion: \(text(3))\neffective: 2026-01-01\n\(text(3))\n---\n\(body)")
            _ = PolicyText.html(body)
        }
    }

    private func lint(_ text: String) throws -> [Finding] {
        try Fixture.templates().lint(text, language: try #require(Language("en")), letterhead: try Fixture.letterhead())
    }
}

/// Numbers that are the same on every run.
private struct Seeded: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state
    }
}
