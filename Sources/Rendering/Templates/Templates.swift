package import Foundation
internal import Mustache
import Synchronization

/// All that Courant shows and writes to people: pages, mails, words in each language, and the files that pages refer to.
///
/// Everything under `templates/` is read once, when the service starts, and checked as a whole: a string that a language
/// lacks, a partial that does not exist, a section that is not closed, a variable that no page or mail gives. A visitor
/// never meets such a fault; whoever starts the service is told all of them at once, with file and line. Rendering reads no
/// file and cannot fail. Whoever was given them shows others from the moment at which those are taken over.
package struct Templates: Sendable {
    private let held: Held

    private var contents: Contents { held.contents.withLock(\.self) }

    private final class Held: Sendable {
        let contents: Mutex<Contents>

        init(_ contents: Contents) { self.contents = Mutex(contents) }
    }

    /// All of one reading.
    private final class Contents: Sendable {
        let languages: [Language]
        let assets: [String: Asset]
        let locales: Locales
        let pages: [Language: MustacheLibrary]
        let mails: [Language: MailTemplates]
        let styles: MailStyles
        let number: Int

        private static let count = Atomic(0)

        init(_ loader: TemplateLoader) {
            number = Self.count.wrappingAdd(1, ordering: .relaxed).newValue
            languages = loader.locales.languages
            assets = loader.assets
            locales = loader.locales
            pages = loader.pages
            mails = loader.mails
            styles = loader.styles
        }

        /// Itself if we have it, or the house's.
        func nearest(_ language: Language) -> Language {
            languages.contains(language) ? language : languages.first ?? language
        }
    }

    /// The house's own first: it is what others are compared with, and what is shown to who asks for none that is here.
    package var languages: [Language] { contents.languages }

    /// By name, below `/assets/`.
    package var assets: [String: Asset] { contents.assets }

    /// Differs for each reading: what was made of another one is out of date.
    package var reading: Int { contents.number }

    /// `shipped` has what the directory lacks; `requiredKeys` are the locale keys that code asks for by name; `first` must be among the
    /// languages.
    package init(
        directory: URL, shipped: URL? = nil, requiredKeys: [String] = [], first: Language? = nil
    ) throws(TemplateProblems) {
        var loader = TemplateLoader(directory: directory, shipped: shipped, first: first)
        loader.load(requiredKeys)
        held = Held(Contents(loader))
        var problems = loader.problems
        if problems.problems.isEmpty { tryMails(&problems) }
        guard problems.problems.isEmpty else { throw TemplateProblems(problems: problems.problems) }
    }

    /// From now on, everybody who holds these shows what `others` were read to be.
    package func takeOver(_ others: Templates) {
        let contents = others.contents
        held.contents.withLock { $0 = contents }
    }

    /// A page as HTML. `context` holds what `Page.variables` lists: strings, numbers, booleans, dictionaries, arrays.
    package func page(_ page: Page, language: Language, _ context: [String: Any]) -> String {
        let contents = contents
        return contents.pages[contents.nearest(language)]?.render(context, withTemplate: page.rawValue) ?? ""
    }

    /// A string of the locale with its variables filled in, as plain text: escape it for where it goes. A key that no
    /// locale has is its own text; name it in `requiredKeys` to be told at start.
    package func string(_ key: String, language: Language, values: [String: String] = [:]) -> String {
        let contents = contents
        guard let text = contents.locales.text(key, contents.nearest(language)) else { return key }
        guard let tree = try? MustacheTree(text) else { return text }
        return tree.filled(values)
    }

    /// A mail that somebody wrote, with this service's footer and layout, ready to be rendered for each recipient.
    package func compile(_ draft: MailDraft) throws(LintFailure) -> CompiledMail {
        try Self.compile(draft, contents)
    }

    private static func compile(_ draft: MailDraft, _ contents: Contents) throws(LintFailure) -> CompiledMail {
        guard let templates = contents.mails[draft.language] else {
            let known = contents.languages.map(\.code).joined(separator: ", ")
            throw LintFailure(findings: [Finding(.error, "there is no language \(draft.language): use one of \(known)")]
            )
        }
        let footer = templates.markdown[draft.kind.footer(draft.letterhead.ground)] ?? ""
        return try MailCompiler(draft, footer: footer, layout: templates.layout, styles: contents.styles).compile()
    }

    /// One of the service's own mails.
    package func mail(
        _ kind: MailKind, language: Language, letterhead: Letterhead, constants: [MailVariable: String] = [:]
    ) throws(LintFailure) -> CompiledMail {
        let contents = contents
        let language = contents.nearest(language)
        let locales = contents.locales
        let draft = MailDraft(
            kind: kind, language: language, subject: locales.text("mail.\(kind.key).subject", language) ?? "",
            preheader: locales.text("mail.\(kind.key).preheader", language) ?? "",
            body: contents.mails[language]?.markdown[kind.rawValue] ?? "", letterhead: letterhead, constants: constants)
        return try Self.compile(draft, contents)
    }

    /// Compiles each of our own mails once, and an empty newsletter, to see that they can be.
    private func tryMails(_ problems: inout ProblemList) {
        guard let letterhead = Letterhead.sample else { return }
        for language in languages {
            for kind in MailKind.templated {
                do throws(LintFailure) {
                    _ = try mail(kind, language: language, letterhead: letterhead)
                } catch {
                    for finding in error.findings {
                        problems.add("mail/\(kind.rawValue).md", finding.line, "(\(language)) \(finding.message)")
                    }
                }
            }
            for ground in Ground.allCases {
                var letterhead = letterhead
                letterhead.ground = ground
                let draft = MailDraft(
                    kind: .newsletter, language: language, subject: "–", body: "–", letterhead: letterhead)
                do throws(LintFailure) {
                    _ = try compile(draft)
                } catch {
                    let file = "mail/\(MailKind.newsletter.footer(ground)).md"
                    for finding in error.findings { problems.add(file, nil, "(\(language)) \(finding.message)") }
                }
            }
        }
    }
}
