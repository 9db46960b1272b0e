internal import Foundation
internal import Mail
internal import Mustache

/// One language's mail texts.
struct MailTemplates: Sendable {
    var layout = MailLayout()
    /// Bodies and footers by file name without its ending.
    var markdown: [String: String] = [:]
}

/// Reads the templates' directory and writes down all that is wrong with it. What the directory lacks is read from where the
/// shipped templates are, file by file, and a language's strings one by one.
struct TemplateLoader {
    /// The first that has a file counts.
    private let layers: [URL]
    private(set) var problems = ProblemList()
    private(set) var locales: Locales
    private(set) var pages: [Language: MustacheLibrary] = [:]
    private(set) var mails: [Language: MailTemplates] = [:]
    private(set) var styles = MailStyles()
    private(set) var assets: [String: Asset] = [:]

    init(directory: URL, shipped: URL?, first: Language?) {
        layers = [directory] + [shipped].compactMap(\.self)
        locales = Locales(first: first)
    }

    mutating func load(_ requiredKeys: [String]) {
        loadLocales(requiredKeys)
        let pageSources = texts(in: "pages", ending: ".mustache")
        for page in Page.allCases where pageSources[page.rawValue] == nil {
            problems.add("pages/\(page.rawValue).mustache", nil, "is missing")
        }
        let mailSources = texts(in: "mail", ending: ".md")
        check(mailSources)
        let layout = text("mail/layout.mustache")
        for language in locales.languages {
            loadPages(pageSources, language)
            loadMails(mailSources, layout, language)
        }
        if let source = text("mail/styles.yaml") { styles.read(source, file: "mail/styles.yaml", &problems) }
        loadAssets()
    }

    private mutating func loadLocales(_ requiredKeys: [String]) {
        for name in names(in: "locales", ending: ".yaml") {
            guard let language = Language(name), language.code == name else {
                problems.add("locales/\(name).yaml", nil, "is not named for a language")
                continue
            }
            loadLocale("locales/\(name).yaml", language)
        }
        if locales.languages.isEmpty { problems.add("locales", nil, "holds no language") }
        locales.check(&problems)
        let subjects = MailKind.templated.map { "mail.\($0.key).subject" }
        for language in locales.languages {
            for key in requiredKeys + subjects where locales.text(key, language) == nil {
                problems.add("locales/\(language).yaml", nil, "\(key) is missing; the service needs it")
            }
        }
    }

    /// The shipped strings, and over them one's own. An own file that is empty takes the language away.
    private mutating func loadLocale(_ file: String, _ language: Language) {
        let sources = files(file).map { try? Data(contentsOf: $0) }
        if sources.count > 1, sources[0]?.isEmpty == true { return }
        for source in sources.reversed() {
            guard let source = text(source, file) else { continue }
            locales.read(source, file: file, language: language, &problems)
        }
    }

    private mutating func loadPages(_ sources: [String: String], _ language: Language) {
        _ = WebContentType.registered
        let localiser = Localiser(locales: locales, language: language, target: .html)
        var library = MustacheLibrary()
        var trees: [String: MustacheTree] = [:]
        for (name, source) in sources.sorted(by: { $0.key < $1.key }) {
            let file = "pages/\(name).mustache"
            let text = localiser.localise(source, file: file, &problems)
            do throws(MustacheTree.Problem) {
                trees[name] = try MustacheTree(text)
            } catch {
                problems.add(file, error.line, error.words())
                continue
            }
            do {
                try library.register(WebContentType.pragma + text, named: name)
            } catch {
                problems.add(file, nil, "cannot be read: \(error)")
            }
        }
        check(trees)
        pages[language] = library
    }

    private mutating func check(_ trees: [String: MustacheTree]) {
        var check = PageCheck(sources: trees)
        for page in Page.allCases { check.check(page, &problems) }
        for name in trees.keys.sorted() where !check.used.contains(name) {
            problems.add("pages/\(name).mustache", nil, "is used by no page")
        }
    }

    private mutating func check(_ mails: [String: String]) {
        let footers = MailKind.allCases.flatMap { kind in Ground.allCases.map { kind.footer($0) } }
        let known = Set(MailKind.templated.map(\.rawValue) + footers)
        for name in known.sorted() where mails[name] == nil { problems.add("mail/\(name).md", nil, "is missing") }
        for name in mails.keys.sorted() where !known.contains(name) {
            problems.add("mail/\(name).md", nil, "is used by no mail")
        }
    }

    private mutating func loadMails(_ sources: [String: String], _ layout: String?, _ language: Language) {
        var mails = MailTemplates()
        let localiser = Localiser(locales: locales, language: language, target: .markdown)
        for (name, source) in sources.sorted(by: { $0.key < $1.key }) {
            mails.markdown[name] = localiser.localise(source, file: "mail/\(name).md", &problems)
        }
        if let layout {
            let file = "mail/layout.mustache"
            let localiser = Localiser(locales: locales, language: language, target: .html)
            mails.layout = MailLayout(localiser.localise(layout, file: file, &problems), file: file, &problems)
        }
        self.mails[language] = mails
    }

    private mutating func loadAssets() {
        for name in names(in: "assets") {
            guard let data = data("assets/\(name)") else {
                problems.add("assets/\(name)", nil, "cannot be read")
                continue
            }
            guard let asset = Asset(bytes: Array(data), name: name) else {
                problems.add(
                    "assets/\(name)", nil,
                    "is of a kind that is not served: \(Asset.types.keys.sorted().joined(separator: " "))")
                continue
            }
            assets[name] = asset
        }
    }

    private func names(in folder: String) -> [String] {
        let found = layers.flatMap {
            (try? FileManager.default.contentsOfDirectory(atPath: $0.appending(path: folder).path)) ?? []
        }
        return Set(found).filter { !$0.utf8.starts(with: ".".utf8) }.sorted()
    }

    /// Without their ending.
    private func names(in folder: String, ending: String) -> [String] {
        names(in: folder).filter { $0.utf8.reversed().starts(with: ending.utf8.reversed()) }.map { name in
            String(name.utf8.dropLast(ending.utf8.count)) ?? name
        }
    }

    private mutating func texts(in folder: String, ending: String) -> [String: String] {
        var texts: [String: String] = [:]
        for name in names(in: folder, ending: ending) { texts[name] = text("\(folder)/\(name)\(ending)") }
        return texts
    }

    /// One's own first; each that is there.
    private func files(_ path: String) -> [URL] {
        layers.map { $0.appending(path: path) }.filter { FileManager.default.fileExists(atPath: $0.path) }
    }

    /// An own file that cannot be read is not passed over.
    private func data(_ path: String) -> Data? { files(path).first.flatMap { try? Data(contentsOf: $0) } }

    private mutating func text(_ path: String) -> String? {
        text(data(path), path)
    }

    private mutating func text(_ data: Data?, _ path: String) -> String? {
        guard let data else {
            problems.add(path, nil, "is missing or cannot be read")
            return nil
        }
        guard let text = String(validating: data, as: UTF8.self) else {
            problems.add(path, nil, "is not UTF-8")
            return nil
        }
        return text
    }
}

extension Letterhead {
    /// Somebody to write as while templates are tried.
    static var sample: Letterhead? {
        guard let from = Correspondent("Courant <news@example.org>"), let phrase = try? HeaderText("News"),
            let list = ListID(phrase: phrase, identifier: "news.example.org")
        else { return nil }
        let organisation = Organisation(name: "Courant", address: "1 Street", contact: "info@example.org")
        return Letterhead(from: from, list: list, organisation: organisation)
    }
}
