import Foundation
import Mail
import Rendering
import Testing

/// A small set of templates in a directory of its own, to be changed and broken by each test as it likes.
struct Fixture {
    static let files: [String: String] = {
        var files = [
            "pages/layout.mustache":
                "<html lang=\"{{language}}\"><title>{{$title}}{{/title}}</title>{{$content}}{{/content}}{{>foot}}</html>",
            "pages/foot.mustache":
                "<a href=\"{{policy_url}}\" title=\"{{organisation.name}}\">[[policy]]</a>{{#languages}}<i>{{name}}</i>{{/languages}}",
            "pages/policy.mustache":
                "{{<layout}}{{$content}}{{{text}}}{{#earlier}}{{version}}{{/earlier}}{{/content}}{{/layout}}",
            "mail/layout.mustache":
                "<html lang=\"{{language}}\"><title>{{subject}}</title>{{#preheader}}<div>{{preheader}}</div>{{/preheader}}{{{content}}}<hr>{{{footer}}}</html>\n",
            "mail/styles.yaml":
                "p: \"margin:0\"\na: \"color:#00f\"\nfooter-p: \"font-family:'A B'\"\nbutton: \"padding:1px\"\n",
            "mail/confirm.md":
                "# [[mail.confirm.heading]]\n\n{{lists}}\n\n[OK]({{confirm_url}} \"button\")\n\n[no]({{refuse_url}}) {{expires_hours}}\n",
            "mail/welcome.md": "Hi, **{{list}}**.\n\n```\n{{receipt}}\n```\n\n[leave]({{unsubscribe_url}})\n",
            "mail/already-subscribed.md": "{{list}} [site]({{site_url}}) [leave]({{unsubscribe_url}})\n",
            "mail/footer-transactional.md":
                "{{organisation_name}}, {{organisation_address}}, [{{organisation_contact}}](mailto:{{organisation_contact}})\n",
            "mail/footer-newsletter.md": "{{organisation_name}}, {{organisation_address}}\n\n[[mail.leave]]\n",
            "assets/style.css": "p{}", "assets/logo.svg": "<svg/>",
        ]
        for page in Page.allCases where page != .policy {
            files["pages/\(page.rawValue).mustache"] = "{{<layout}}{{$title}}[[title]]{{/title}}{{/layout}}"
        }
        files["pages/subscribe.mustache"] =
            "{{<layout}}{{$content}}<input value=\"{{email}}\">{{#lists}}<b>{{title}}</b>{{/lists}}{{#errors.email}}<p>{{errors.email}}</p>{{/errors.email}}{{/content}}{{/layout}}"
        // Every other kind that the service has says the least.
        for kind in MailKind.templated where files["mail/\(kind.rawValue).md"] == nil {
            files["mail/\(kind.rawValue).md"] = "Hello\n"
        }
        files["mail/footer-rights.md"] = files["mail/footer-transactional.md"]
        files["mail/footer-notice.md"] = files["mail/footer-newsletter.md"]
        files["mail/footer-test.md"] = files["mail/footer-newsletter.md"]
        files["mail/footer-interest.md"] = files["mail/footer-newsletter.md"]
        for name in ["welcome", "import", "brought"] {
            files["mail/footer-\(name).md"] = files["mail/footer-transactional.md"]
        }
        let others = MailKind.templated.map(\.key).filter { !["confirm", "welcome", "already"].contains($0) }
        let subjects = others.map { "  \($0): {subject: \"Hello\"}\n" }.joined()
        for (code, title) in [("en", "News & more"), ("nb", "Nytt <b>"), ("sv", "Nytt")] {
            files["locales/\(code).yaml"] = """
                title: "\(title)"
                policy: "{{organisation.name}} “\(code)”"
                greeting: "Hello {{who}}"
                no: "a key that YAML takes for false"
                mail:
                  leave: "[Unsubscribe]({{unsubscribe_url}})"
                  confirm: {subject: "Confirm", heading: "One step"}
                  welcome: {subject: "Welcome to {{list}}"}
                  already: {subject: "You are with {{list}}"}
                """ + "\n" + subjects
        }
        return files
    }()

    static func templates(_ changes: [String: String?] = [:], requiredKeys: [String] = []) throws -> Templates {
        var files = Self.files
        for (path, text) in changes { files[path] = text }
        return try withDirectory(of: files) { try Templates(directory: $0, requiredKeys: requiredKeys) }
    }

    /// One's own files over the fixture's.
    static func templates(own: [String: String]) throws -> Templates {
        try withDirectory(of: files) { shipped in
            try withDirectory(of: own) { try Templates(directory: $0, shipped: shipped) }
        }
    }

    private static func withDirectory<Value>(of files: [String: String], _ body: (URL) throws -> Value) throws -> Value
    {
        let directory = FileManager.default.temporaryDirectory.appending(path: "courant-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: directory) }
        for (path, text) in files {
            let file = directory.appending(path: path)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
        }
        return try body(directory)
    }

    /// What is said about templates that are wrong.
    static func problems(_ changes: [String: String?]) -> [String] {
        do {
            _ = try templates(changes)
            return []
        } catch let error as TemplateProblems {
            return error.problems.map(\.description)
        } catch {
            return ["\(error)"]
        }
    }

    static func letterhead() throws -> Letterhead {
        let phrase = try HeaderText("Nytt, på norsk")
        let list = try #require(ListID(phrase: phrase, identifier: "news.lists.example.org"))
        return Letterhead(
            from: try #require(Correspondent("Blåbær & Sønn <news@example.org>")),
            replyTo: Correspondent("us@example.org"),
            list: list,
            help: HeaderURI("https://example.org/help"), owner: HeaderURI("mailto:us@example.org"),
            feedbackID: FeedbackID(["news"], sender: "courant"),
            organisation: .init(name: "Blåbær & Sønn <AS>", address: "Gata 1, 0150 Oslo", contact: "us@example.org"))
    }

    static func draft(_ body: String, subject: String = "Sensors in spring", preheader: String = "") throws -> MailDraft
    {
        MailDraft(
            kind: .newsletter, language: try #require(Language("nb")), subject: subject, preheader: preheader,
            body: body, letterhead: try letterhead())
    }

    static func values(
        _ name: String? = nil, to address: String = "ann@example.org", others: [MailVariable: String] = [:]
    ) throws -> MailValues {
        MailValues(
            recipient: try EmailAddress(address), messageID: MessageID(unique: "abc.1", domain: "mail.example.org"),
            date: MailDate(Date(timeIntervalSince1970: 1_700_000_000)), name: try name.map { try PersonName($0) },
            unsubscribeURL: HeaderURI("https://news.example.org/unsubscribe/" + String(repeating: "Ab3-_", count: 18)),
            others: others)
    }
}
