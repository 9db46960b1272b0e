package import Foundation
internal import Mustache

/// All that Courant shows and writes to people: pages, mails, words in each language, and the files that pages refer to.
///
/// Everything under `templates/` is read once, when the service starts, and checked as a whole: a string that a language
/// lacks, a partial that does not exist, a section that is not closed, a variable that no page or mail gives. A visitor
/// never meets such a fault; whoever starts the service is told all of them at once, with file and line. From then on
/// this is a value: rendering reads no file and cannot fail.
package struct Templates: Sendable {
    /// The house's own first: it is what others are compared with, and what is shown to who asks for none that is here.
    package let languages: [Language]
    /// By name, below `/assets/`.
    package let assets: [String: Asset]

    private let locales: Locales
    private let pages: [Language: MustacheLibrary]
    private let mails: [Language: MailTemplates]
    private let styles: MailStyles

    /// `shipped` has what the directory lacks; `requiredKeys` are the locale keys that code asks for by name; `first` must be among the
    /// languages.
    package init(
        directory: URL, shipped: URL? = nil, requiredKeys: [String] = [], first: Language? = nil
    ) throws(TemplateProblems) {
        var loader = TemplateLoader(directory: directory, shipped: shipped, first: first)
        loader.load(requiredKeys)
        languages = loader.locales.languages
        assets = loader.assets
        locales = loader.locales
        pages = loader.pages
        mails = loader.mails
        styles = loader.styles
        var problems = loader.problems
        if problems.problems.isEmpty { tryMails(&problems) }
        guard problems.problems.isEmpty else { throw TemplateProblems(problems: problems.problems) }
    }

    /// A page as HTML. `context` holds what `Page.variables` lists: strings, numbers, booleans, dictionaries, arrays.
    package func page(_ page: Page, language: Language, _ context: [String: Any]) -> String {
        pages[nearest(language)]?.render(context, withTemplate: page.rawValue) ?? ""
    }

    /// A string of the locale with its variables filled in, as plain text: escape it for where it goes. A key that no
    /// locale has is its own text; name it in `requiredKeys` to be told at start.
    package func string(_ key: String, language: Language, values: [String: String] = [:]) -> String {
        guard let text = locales.text(key, nearest(language)) else { return key }
        guard let tree = try? MustacheTree(text) else { return text }
        return tree.filled(values)
    }

    /// A mail that somebody wrote, with this service's footer and layout, ready to be rendered for each recipient.
    package func compile(_ draft: MailDraft) throws(LintFailure) -> CompiledMail {
        guard let templates = mails[draft.language] else {
            let known = languages.map(\.code).joined(separator: ", ")
            throw LintFailure(findings: [Finding(.error, "there is no language \(draft.language): use one of \(known)")]
            )
        }
        let footer = templates.markdown[draft.kind.footer(draft.letterhead.ground)] ?? ""
        return try MailCompiler(draft, footer: footer, layout: templates.layout, styles: styles).compile()
    }

    /// One of the service's own mails.
    package func mail(
        _ kind: MailKind, language: Language, letterhead: Letterhead, constants: [MailVariable: String] = [:]
    ) throws(LintFailure) -> CompiledMail {
        let language = nearest(language)
        let draft = MailDraft(
            kind: kind, language: language, subject: locales.text("mail.\(kind.key).subject", language) ?? "",
            preheader: locales.text("mail.\(kind.key).preheader", language) ?? "",
            body: mails[language]?.markdown[kind.rawValue] ?? "", letterhead: letterhead, constants: constants)
        return try compile(draft)
    }

    /// Itself if we have it, or the house's.
    private func nearest(_ language: Language) -> Language {
        languages.contains(language) ? language : languages.first ?? language
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
