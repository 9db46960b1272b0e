internal import CCmark
import Foundation

/// A version of the published privacy policy as its author writes it: YAML front matter (`version`, `effective`, and
/// `language`, if it says which) and Markdown.
package struct PolicyText: Sendable {
    /// 1 to 40 letters, digits, dots and hyphens: it stands in an address.
    package let version: String
    /// A day, `2026-11-01`.
    package let effective: String
    /// What the text is written in; the words around it are the reader's.
    package let language: Language?
    package let markdown: String

    /// Of Markdown, in bytes.
    package static let longest = 200_000

    package enum Problem: Error, Equatable, CustomStringConvertible {
        case frontMatter
        case version
        case day(String)
        case otherDay(file: String, asked: String)
        case language(String)
        case empty
        case tooLong
        case excess(MarkdownExcess)

        package var description: String {
            switch self {
            case .frontMatter:
                "must begin with ---, then `version: \"1\"` and `effective: 2026-11-01`, then another ---, then the text in Markdown"
            case .version: "needs a `version` of 1 to 40 letters, digits, dots and hyphens, in quotes"
            case .day(let text): "needs a day such as 2026-11-01 from which it counts, not “\(text.prefix(20))”"
            case .otherDay(let file, let asked): "says effective: \(file), but \(asked) was asked for: make them agree"
            case .language(let text): "names no language: write `language: en`, not “\(text.prefix(20))”"
            case .empty: "has no text below its front matter"
            case .tooLong: "is longer than \(PolicyText.longest / 1000) KB"
            case .excess(let excess): "asks for too much: \(excess.words)"
            }
        }
    }

    /// - Parameter effective: the day where the file names none.
    package init(_ source: String, effective asked: String? = nil) throws(Problem) {
        guard source.utf8.count <= Self.longest else { throw .tooLong }
        guard let text = try? FrontedText(source), let entries = try? FrontMatterYAML.entries(text.head) else {
            throw .frontMatter
        }
        func value(_ key: String) -> String? { entries.first { $0.key == key }?.text }
        guard let version = value("version"), Self.isVersion(version) else { throw .version }
        let own = value("effective")
        guard let effective = own ?? asked else { throw .frontMatter }
        guard Self.isDay(effective) else { throw .day(effective) }
        if let asked, asked != effective { throw .otherDay(file: effective, asked: asked) }
        self.version = version
        self.effective = effective
        language = value("language").flatMap { Language($0) }
        if language == nil, let named = value("language") { throw .language(named) }
        markdown = text.body
        guard markdown.utf8.contains(where: { $0 > 0x20 }) else { throw .empty }
        if let excess = MarkdownExcess(in: markdown) { throw .excess(excess) }
    }

    /// CommonMark's HTML without raw HTML and without dangerous links, as cmark makes it by default.
    package static func html(_ markdown: String) -> String {
        guard let html = cmark_markdown_to_html(markdown, markdown.utf8.count, CMARK_OPT_DEFAULT) else { return "" }
        defer { free(html) }
        return String(cString: html)
    }

    package static func isVersion(_ text: String) -> Bool {
        (1...40).contains(text.utf8.count) && text.utf8.first != UInt8(ascii: ".")
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }

    /// One that the calendar has, in its only spelling.
    package static func isDay(_ text: String) -> Bool {
        guard text.utf8.count == 10, let date = try? Date(text, strategy: .iso8601.year().month().day()) else {
            return false
        }
        return date.formatted(.iso8601.year().month().day()).utf8.elementsEqual(text.utf8)
    }
}
