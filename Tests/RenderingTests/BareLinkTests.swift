import Foundation
import Mail
import Rendering
import Testing

@Suite struct BareLinkTests {
    static let texts: [(String, href: String?)] = [
        ("see https://a.example/x_y_z?b=c&d.", "https://a.example/x_y_z?b=c&amp;d"),
        ("(https://a.example/)", "https://a.example/"),
        ("https://a.example/w_(x)", "https://a.example/w_(x)"), ("**https://a.example**", "https://a.example"),
        ("<https://a.example/y>", "https://a.example/y"), ("[words](https://a.example/z)", "https://a.example/z"),
        ("xhttps://a.example", nil), ("https://", nil), ("`https://a.example`", nil), ("www.a.example", nil),
        ("[https://b.example](https://a.example)", "https://a.example"),
        ("https://blå.example/ø", "https://xn--bl-zia.example/%C3%B8"),
    ]

    @Test(arguments: texts) func `an address that somebody pasted is a link`(text: String, href: String?) throws {
        let mail = try Fixture.templates().compile(try Fixture.draft(text))
        let html = mail.preview(try Fixture.values()).html
        let links = html.components(separatedBy: "<a ").dropFirst()
        #expect(links.count == (href == nil ? 1 : 2), "\(html)")
        if let href { #expect(links.first?.contains("href=\"\(href)\"") ?? false, "\(html)") }
    }

    static let hostile = [
        "www._", "|\n|-\n", "![[]()", "~~a", "_(", "[", "> ", "* a\n  ", "http://a", "{{#name}}x{{/name}}",
    ]

    @Test(.timeLimit(.minutes(20)), arguments: hostile) func `a hostile text takes no minute`(piece: String) throws {
        let text = String(repeating: piece, count: 60_000 / piece.utf8.count)
        _ = try? Fixture.templates().compile(try Fixture.draft(text))
    }
}
