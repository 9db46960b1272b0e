internal import CCmark
import Foundation
internal import Yams

/// A version of the published privacy policy: YAML front matter (`version`, `effective`) and Markdown.
package struct PolicyText: Sendable {
    package let version: String
    /// A day, `2026-11-01`.
    package let effective: String
    /// CommonMark's HTML without raw HTML and without dangerous links, as cmark makes it by default.
    package let html: String

    package enum Problem: Error, CustomStringConvertible {
        case frontMatter

        package var description: String {
            "must begin with ---, then `version: \"1\"` and `effective: 2026-11-01`, then another ---, then the text in Markdown"
        }
    }

    package init(_ source: String) throws(Problem) {
        let lines = source.split(omittingEmptySubsequences: false) { $0.isNewline }
        guard lines.first == "---", let end = lines.dropFirst().firstIndex(of: "---"),
            let front = try? Yams.compose(yaml: lines[1..<end].joined(separator: "\n"))?.mapping,
            let version = front["version"]?.scalar?.string, !version.isEmpty,
            let effective = front["effective"]?.scalar?.string, Self.isDay(effective)
        else { throw .frontMatter }
        self.version = version
        self.effective = effective
        html = Self.html(lines[(end + 1)...].joined(separator: "\n"))
    }

    private static func isDay(_ text: String) -> Bool {
        (try? Date(text, strategy: .iso8601.year().month().day())) != nil
    }

    private static func html(_ markdown: String) -> String {
        guard let html = cmark_markdown_to_html(markdown, markdown.utf8.count, CMARK_OPT_DEFAULT) else { return "" }
        defer { free(html) }
        return String(cString: html)
    }
}
