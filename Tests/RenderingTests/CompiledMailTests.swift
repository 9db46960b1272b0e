import Foundation
import Mail
import Rendering
import Testing

@Suite struct CompiledMailTests {
    static let body = """
        # Hello {{name}}{{^name}}there{{/name}}

        Some *words* with a [link](https://example.org/a?b=c&d=e), `code` and ~~nothing~~.{{#name}} Only for **{{name}}**.{{/name}}

        - one
        - two
          1. deep

        > quoted
        > lines

        | a | b |
        |---|--:|
        | 1 | {{name}} |

        ![A sensor](https://example.org/a.png)

        [Read more](https://example.org/more "button")

        .dot

        From here
        """
    static let names: [String?] = [
        nil, "Ann", "\"\u{301} onload=\u{301}", "Åse & <b>Bo</b>", "👩‍👩‍👧‍👦 👍🏽", "عمر بن", ".dot", "From Ann", "=41",
        String(repeating: "é", count: 100),
        String(repeating: "ა", count: 100), "Ann\\", "{{name}} {{unsubscribe_url}} [x](y)", "--=_courant_",
        "Xz4qAAq9Zx",
    ]

    @Test func `a heading is underlined as far as its words go, whoever reads it`() throws {
        let mail = try Fixture.templates().compile(try Fixture.draft("# Hello {{name}}{{^name}}there{{/name}}"))
        let read = try Reader.read(
            try [nil, "Åse", "Ann of the long name"].map { mail.render(try Fixture.values($0)) })
        for (name, message) in zip(["there", "Åse", "Ann of the long name"], read) {
            let line = String(repeating: "=", count: "Hello \(name)".count)
            #expect(message.text.contains("Hello \(name)\n\(line)\n"), "\(message.text)")
        }
    }

    @Test func `every mail is read without defects by somebody else's parser`() throws {
        let mail = try Fixture.templates().compile(
            try Fixture.draft(Self.body, subject: "Nytt på våren, {{name}}", preheader: "Vi lærte tre ting"))
        let read = try Reader.read(try Self.names.map { mail.render(try Fixture.values($0)) })
        for (name, message) in zip(Self.names, read) {
            #expect(message.defects == [])
            #expect(message.types == ["multipart/alternative", "text/plain", "text/html"])
            #expect(message.headers["to"] == ["ann@example.org"] && message.headers["list-post"] == ["NO"])
            #expect(message.headers["list-unsubscribe-post"] == ["List-Unsubscribe=One-Click"])
            #expect(
                message.headers["list-unsubscribe"]?.first?.hasPrefix("<https://news.example.org/unsubscribe/") ?? false
            )
            #expect(message.headers["bcc"] == nil)
            let subject = ("Nytt på våren, " + (name ?? "")).trimmingCharacters(in: .whitespaces)
            #expect(message.headers["subject"] == [subject])
            if let name {
                #expect(message.text.contains("Hello \(name)\n") && message.text.contains("Only for \(name)."))
                #expect(
                    message.html.utf8.firstRange(of: "Hello <bdi>\(HTMLEscaping.escape(name))</bdi></h1>".utf8) != nil)
            } else {
                #expect(message.text.contains("Hello there\n") && !message.text.contains("Only for"))
            }
            #expect(message.text.contains(".dot\n") && message.text.contains("From here\n"))
        }
    }

    @Test func `the bytes are what a relay wants`() throws {
        let templates = try Fixture.templates()
        let mail = try templates.compile(
            try Fixture.draft(Self.body, subject: "\(String(repeating: "på ", count: 40)){{name}}"))
        for name in Self.names { Self.check(mail.render(try Fixture.values(name))) }
        Self.check(mail.render(try Fixture.values(to: "åse@example.org")))
    }

    static func check(_ bytes: [UInt8]) {
        #expect(
            bytes.allSatisfy { (0x20...0x7E).contains($0) || [0x09, 0x0A, 0x0D].contains($0) }
                && bytes.suffix(2) == [0x0D, 0x0A])
        var lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
        lines.removeLast()
        for line in lines {
            #expect(line.last == 0x0D && !line.dropLast().contains(0x0D))
            #expect(line.first != UInt8(ascii: ".") && line.count <= 150)
        }
        let body = lines.drop { $0 != [0x0D] }
        #expect(body.allSatisfy { $0.count <= 77 })
    }

    @Test func `each kind has its own headers`() throws {
        let templates = try Fixture.templates()
        let others: [MailVariable: String] = [
            .confirmURL: "https://a.example/confirm/x", .refuseURL: "https://a.example/refuse",
            .receipt: "line 1\nline <2>", .lists: "News",
            .expiresHours: "72", .siteURL: "https://a.example/", .privacyPageURL: "https://a.example/privacy",
        ]
        let values = try Fixture.values(others: others)
        let read = try Reader.read(
            try [MailKind.confirm, .welcome, .alreadySubscribed].map { kind in
                try templates.mail(kind, language: try #require(Language("sv")), letterhead: try Fixture.letterhead())
                    .render(values)
            })
        let (confirm, welcome, already) = (read[0], read[1], read[2])
        #expect(
            read.allSatisfy {
                $0.defects.isEmpty && $0.headers["auto-submitted"] == ["auto-generated"]
                    && $0.headers["content-language"] == ["sv"]
            })
        #expect(
            confirm.headers["list-unsubscribe"] == nil && confirm.headers["list-id"] != nil
                && confirm.headers["list-post"] == nil)
        #expect(
            confirm.html.contains(
                "<a class=\"c-button\" style=\"padding:1px\" href=\"https://a.example/confirm/x\">OK</a>"))
        #expect(confirm.text.contains("OK:\nhttps://a.example/confirm/x\n"))
        #expect(welcome.text.contains("line 1\nline <2>\n") && welcome.html.contains("line 1\nline &lt;2&gt;"))
        #expect(
            welcome.headers["subject"] == ["Welcome to Nytt, på norsk"] && welcome.headers["list-unsubscribe"] != nil)
        #expect(
            already.text.contains("Blåbær & Sønn <AS>, Gata 1") && already.html.contains("Blåbær &amp; Sønn &lt;AS&gt;")
        )
    }

    @Test func `raw HTML and strange links are left out`() throws {
        let mail = try Fixture.templates().compile(
            try Fixture.draft("a <b onclick=x>b</b> <!-- note -->\n\n<script>x</script>\n\nhttp://example.org\n"))
        let html = mail.preview(try Fixture.values()).html
        #expect(!html.contains("<b") && !html.contains("script") && !html.contains("note"))
        #expect(mail.warnings.map(\.line) == [1, 3, 5], "\(mail.warnings)")
    }

    @Test func `a preview is the mail that would be sent`() throws {
        let mail = try Fixture.templates().compile(try Fixture.draft(Self.body))
        let (_, _, html, text) = mail.preview(try Fixture.values("Åse"))
        #expect(text.hasPrefix("Hello Åse\r\n=") && html.hasPrefix("<html lang=\"nb\">"))
        #expect(text.contains("a | b\r\n1 | Åse") && text.contains("> quoted lines"))
    }

    @Test func `a newsletter ends with its unsubscribe link or is refused`() throws {
        let footer = "[Unsubscribe]({{unsubscribe_url}})\n\n[later](https://example.org)"
        let problems = Fixture.problems(["mail/footer-newsletter.md": footer])
        #expect(problems.contains { $0.contains("last paragraph") } && problems.contains { $0.contains("last link") })
    }

    @Test func `a newsletter that mailboxes would cut is refused`() throws {
        let templates = try Fixture.templates()
        let paragraph = String(repeating: "word ", count: 200) + "\n\n"
        let (large, huge) = (String(repeating: paragraph, count: 91), String(repeating: paragraph, count: 105))
        #expect(try templates.compile(try Fixture.draft(large)).warnings.contains { $0.message.contains("KB") })
        #expect(throws: LintFailure.self) { try templates.compile(try Fixture.draft(huge)) }
    }

    static let injections = ["a\r\nBcc: x@y.no", "a\nb", "a\rb", "a\u{0}", "a\u{2028}b"]

    @Test(arguments: injections) func `no field lets a line break into the headers`(text: String) throws {
        let templates = try Fixture.templates()
        #expect(throws: LintFailure.self) { try templates.compile(try Fixture.draft("x", subject: text)) }
        var draft = try Fixture.draft("x {{name}}", preheader: text)
        draft.letterhead.organisation.name = text
        draft.constants = [.list: text]
        var values = try Fixture.values("Ann")
        values.name = text
        let read = try Reader.read([try templates.compile(draft).render(values)])
        #expect(read[0].defects == [] && read[0].headers["bcc"] == nil)
    }
}
