import Foundation
import Rendering
import Testing

/// One's own templates over those that came with the program, file by file and word by word.
@Suite struct TemplateOverlayTests {
    private static func page(_ templates: Templates, _ language: String) throws -> String {
        templates.page(
            .requested, language: try #require(Language(language)),
            ["language": language, "organisation": ["name": "A"]])
    }

    @Test func `with no file of one's own all is as it came`() throws {
        let (own, shipped) = (try Fixture.templates(own: [:]), try Fixture.templates())
        #expect(own.languages == shipped.languages && own.assets.keys.sorted() == shipped.assets.keys.sorted())
        for language in ["en", "nb", "sv"] {
            #expect(try Self.page(own, language) == Self.page(shipped, language))
        }
    }

    @Test func `one word of a language is changed, and no other`() throws {
        let templates = try Fixture.templates(own: ["locales/nb.yaml": "title: Vårt"])
        #expect(try Self.page(templates, "nb").contains("<title>Vårt</title>"))
        #expect(try Self.page(templates, "nb").contains("A “nb”"))
        #expect(try Self.page(templates, "sv") == Self.page(Fixture.templates(), "sv"))
    }

    @Test func `a page of one's own takes the place of the shipped one`() throws {
        let page = try Self.page(try Fixture.templates(own: ["pages/requested.mustache": "<b>[[title]]</b>"]), "sv")
        #expect(page.hasPrefix("<b>") && !page.contains("<title>"))
    }

    @Test func `a language whose own file is empty is not spoken`() throws {
        #expect(try Fixture.templates(own: ["locales/nb.yaml": ""]).languages.map(\.code) == ["en", "sv"])
    }

    @Test func `what is wrong with an own file is told`() throws {
        #expect(throws: TemplateProblems.self) { try Fixture.templates(own: ["pages/error.mustache": "{{#status}}"]) }
        #expect(throws: TemplateProblems.self) { try Fixture.templates(own: ["locales/nb.yaml": "titel: x"]) }
    }
}
