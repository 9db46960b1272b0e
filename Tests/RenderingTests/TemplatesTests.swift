import Foundation
import Rendering
import Testing

@Suite struct TemplatesTests {
    @Test func `a page is rendered in each language`() throws {
        let templates = try Fixture.templates()
        #expect(templates.languages.map(\.code) == ["en", "nb", "sv"])
        let page = templates.page(
            .requested, language: try #require(Language("nb")), ["language": "nb", "organisation": ["name": "A"]])
        #expect(page.contains("<title>Nytt &lt;b&gt;</title>") && page.contains("A “nb”"))
    }

    @Test func `a value cannot leave its place, whatever mark follows it`() throws {
        let templates = try Fixture.templates()
        let mark = "\u{301}"
        let hostile = "\"\(mark) onfocus=alert(1) '\(mark) <\u{200D}script>\u{FE0F} &\(mark)"
        let context: [String: Any] = [
            "email": hostile, "organisation": ["name": hostile], "lists": [["title": hostile]],
        ]
        let page = templates.page(.subscribe, language: try #require(Language("en")), context)
        #expect(page.utf8.count { $0 == UInt8(ascii: "\"") } == 8)
        #expect(page.utf8.firstRange(of: "<script".utf8) == nil && page.utf8.firstRange(of: "<\u{200D}".utf8) == nil)
        #expect(page.utf8.count { $0 == UInt8(ascii: "'") } == 0)
    }

    static let broken: [([String: String?], says: String)] = [
        (["locales/nb.yaml": "title: x"], "locales/nb.yaml: greeting is missing; en.yaml has it"),
        (
            ["pages/error.mustache": "a\n[[nowhere]]"],
            "pages/error.mustache:2: [[nowhere]]: locales/en.yaml has no such key"
        ),
        (
            ["pages/error.mustache": "a\n\n{{#status}}"],
            "pages/error.mustache:3: {{#status}} is never closed: add {{/status}}"
        ),
        (
            ["pages/error.mustache": "{{#status}}\n{{/title}}{{/status}}"],
            "pages/error.mustache:2: {{/title}} stands where {{/status}} belongs (opened on line 1)"
        ),
        (["pages/error.mustache": "\n{{sttus}}"], "pages/error.mustache:2: {{sttus}} is no variable of the page error"),
        (
            ["pages/error.mustache": "{{organisation.nam}}"],
            "pages/error.mustache:1: {{organisation.nam}} is no variable of the page error"
        ),
        (
            ["pages/error.mustache": "{{{detail}}}"],
            "pages/error.mustache:1: {{{detail}}} is not HTML made by us: write {{detail}}"
        ),
        (["pages/error.mustache": "{{>nowhere}}"], "pages/error.mustache:1: there is no pages/nowhere.mustache"),
        (
            ["pages/error.mustache": "{{<layout}}{{$contant}}{{/contant}}{{/layout}}"],
            "pages/error.mustache:1: pages/layout.mustache has no block {{$contant}}"
        ),
        (
            ["pages/error.mustache": "{{=<% %>=}}"],
            "pages/error.mustache:1: {{=…=}} is not allowed: the delimiters are always {{ and }}"
        ),
        (["pages/foot.mustache": "{{>foot}}"], "pages/foot.mustache:1: foot includes itself"),
        (["pages/foot.mustache": "\n{{action}}"], "pages/foot.mustache:2: {{action}} is no variable of the page error"),
        (["pages/spare.mustache": "x"], "pages/spare.mustache: is used by no page"),
        (["pages/confirm.mustache": nil], "pages/confirm.mustache: is missing"),
        (["mail/confirm.md": nil], "mail/confirm.md: is missing"),
        (["mail/spare.md": "x"], "mail/spare.md: is used by no mail"),
        (
            ["mail/confirm.md": "a\n{{name}}"],
            "mail/confirm.md:2: (en) {{name}} is not known here: use {{confirm_url}}, {{refuse_url}}, {{code}}, {{lists}}, {{expires_hours}}, {{wording}}, or take it out"
        ),
        (
            ["mail/footer-newsletter.md": "bye"],
            "mail/footer-newsletter.md: (en) the HTML's last link is not the unsubscribe link: end the footer with it"
        ),
        (["mail/layout.mustache": "{{{subject}}}"], "mail/layout.mustache:1: write {{subject}}"),
        (["mail/layout.mustache": "{{name}}"], "mail/layout.mustache:1: {{name}} is no variable of the mail's layout"),
        (["mail/styles.yaml": "blink: \"x\""], "mail/styles.yaml:1: blink is no element that a mail has"),
        (
            ["mail/styles.yaml": "p: 'x\"y'"],
            "mail/styles.yaml:1: p holds what a style attribute cannot: \" < > & or a line break"
        ),
        (
            ["assets/a.exe": "x"],
            "assets/a.exe: is of a kind that is not served: .css .ico .jpg .js .json .png .svg .txt .webp .woff2 .yaml"
        ),
        (["locales/klingon.yaml": "x: y"], "locales/klingon.yaml: is not named for a language"),
    ]

    @Test(arguments: broken) func `what is wrong with a template is said when it is loaded`(
        changes: [String: String?], says: String
    ) {
        let problems = Fixture.problems(changes)
        #expect(problems.contains(says), "\(problems)")
    }

    @Test func `all that is wrong is said at once`() {
        #expect(
            Fixture.problems([
                "pages/error.mustache": "{{a}}\n{{b}}", "pages/policy.mustache": nil, "mail/confirm.md": nil,
            ]).count == 4)
    }

    @Test func `a string of the locale is filled in`() throws {
        let templates = try Fixture.templates(requiredKeys: ["greeting"])
        let english = try #require(Language("en"))
        #expect(templates.string("greeting", language: english, values: ["who": "<Ann>"]) == "Hello <Ann>")
        #expect(templates.string("no", language: english).contains("false"))
        #expect(throws: TemplateProblems.self) { try Fixture.templates(requiredKeys: ["nowhere"]) }
    }

    @Test func `an asset's validator changes with its bytes`() throws {
        let (one, other) = (try Fixture.templates(), try Fixture.templates(["assets/style.css": "q{}"]))
        #expect(one.assets["style.css"]?.contentType == "text/css; charset=utf-8")
        #expect(one.assets["style.css"]?.etag != other.assets["style.css"]?.etag)
        #expect(one.assets["logo.svg"]?.etag == other.assets["logo.svg"]?.etag)
    }

    static let asked: [(String, String?)] = [
        ("nb-NO,nb;q=0.9,en;q=0.8", "nb"), ("no", "nb"), ("nn-NO", "nb"), ("de, sv;q=0.1, en;q=0.5", "en"), ("*", "en"),
        ("de", nil), ("", nil),
        ("sv;q=0", nil), ("en;q=abc, sv", "sv"), ("EN-gb", "en"), ("sv ; q=0.2 , nb ; q=0.3", "nb"), ("en;q=2", nil),
        (";;;,,,=", nil),
    ]

    @Test(arguments: asked) func `the visitor's browser is listened to`(header: String, code: String?) {
        let ours = ["en", "nb", "sv"].compactMap { Language($0) }
        #expect(Language.preferred(acceptLanguage: header, among: ours)?.code == code)
    }

    @Test func `any header is survived`() {
        let ours = ["en", "nb"].compactMap { Language($0) }
        var random = SystemRandomNumberGenerator()
        for _ in 0..<5_000 {
            let pieces = (0..<Int.random(in: 0...20, using: &random)).map { _ in
                ["en", "nb", ";q=", "0.5", ",", "*", "é", "\u{301}", " ", "nan", "inf", "-"].randomElement(
                    using: &random) ?? ""
            }
            let language = Language.preferred(acceptLanguage: pieces.joined(), among: ours)
            #expect(language.map(ours.contains) ?? true)
        }
    }
}
