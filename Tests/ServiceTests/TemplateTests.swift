import CourantTesting
import Foundation
import Mail
import Newsletter
import Rendering
import Testing

@testable import Web

/// The templates that Courant comes with: every page and mail in every language. Some are stored in `Tests/Snapshots`: all
/// of a language that has a folder of pages, of others the mails that are there. After a change that is meant, look at what
/// COURANT_WRITE_SNAPSHOTS=1 has written and commit it.
@Suite struct TemplateTests {
    static let templates = Result {
        try Templates(directory: .repository.appending(path: "templates"), requiredKeys: WebServices.localeKeys)
    }
    static let languages = Language.shipped

    @Test func `they load without problems, a language for each file`() throws {
        #expect(try Self.templates.get().languages.map(\.code) == Self.languages && Self.languages.count >= 6)
    }

    @Test func `the house's own language stands first, and must be there`() throws {
        let directory = URL.repository.appending(path: "templates")
        let norwegian = try Templates(directory: directory, first: Language("nb"))
        #expect(norwegian.languages.first?.code == "nb" && Set(norwegian.languages.map(\.code)) == Set(Self.languages))
        #expect(throws: TemplateProblems.self) { try Templates(directory: directory, first: Language("xx")) }
    }

    @Test(arguments: [
        ("en", "6 January 2026 at 13:00"), ("nb", "6. januar 2026 kl. 13:00"), ("sv", "6 januari 2026 kl. 13:00"),
        ("da", "6. januar 2026 kl. 13.00"), ("de", "6. Januar 2026 um 13:00 Uhr"),
        ("fi", "6. tammikuuta 2026 klo 13.00"),
    ])
    func `a moment is told in words, by the house's clock, with its zone`(_ code: String, _ words: String) throws {
        let zone = try #require(TimeZone(identifier: "Europe/Oslo"))
        let moment = try Self.templates.get().moment(
            Date(timeIntervalSince1970: 1_767_700_800), language: #require(Language(code)), zone: zone)
        #expect(moment.hasPrefix("\(words) (") && moment.hasSuffix(")") && !moment.contains("2026-"), "\(moment)")
    }

    @Test(arguments: languages) func `a day is told in words, and what is none stays`(_ code: String) throws {
        let language = try #require(Language(code))
        let day = language.day("2026-12-31")
        #expect(day.contains("31") && day.contains("2026") && day.contains(/\p{L}{5}/) && !day.contains("12-"))
        #expect(language.day("soon") == "soon")
    }

    /// Long sentences that say the same in two languages have been forgotten in one.
    @Test(arguments: languages) func `no sentence is left in another language`(_ code: String) throws {
        func sentences(_ code: String) throws -> Set<Substring> {
            let file = URL.repository.appending(path: "templates/locales/\(code).yaml")
            let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
            return Set(lines.compactMap { $0.split(separator: ": ", maxSplits: 1).last }.filter { $0.count > 40 })
        }
        for other in Self.languages where other != code {
            #expect(try sentences(code).isDisjoint(with: sentences(other)), "\(code), \(other)")
        }
    }

    // MARK: Pages

    struct Sample: Sendable, CustomTestStringConvertible {
        let page: Page
        let variant: String
        /// The page's own values, made when they are asked for.
        let values: @Sendable () -> [String: Any]
        var testDescription: String { variant.isEmpty ? page.rawValue : "\(page.rawValue)-\(variant)" }

        init(_ page: Page, _ variant: String = "", _ values: @escaping @Sendable () -> [String: Any] = { [:] }) {
            (self.page, self.variant, self.values) = (page, variant, values)
        }
    }

    @Test func `every page is among the samples`() {
        #expect(Set(Self.pages.map(\.page)) == Set(Page.allCases))
    }

    @Test(arguments: pages, languages) func `a page looks as it did`(_ sample: Sample, _ code: String) throws {
        let page = try render(sample, code)
        #expect(
            page.hasPrefix("<!doctype html>") && page.contains("<html lang=\"\(code)\"") && page.contains("</html>"))
        #expect(
            !page.contains("{{") && !page.contains("[[") && !page.contains("<script>alert") && !page.contains(" style=")
        )
        // Nothing comes from elsewhere: what is loaded begins with our own slash.
        #expect(!page.contains(/(?:src|<link[^>]*href)="(?!\/)/))
        #expect(!page.contains(/<script(?![^>]*src="\/assets\/)/) && !page.contains(/\son[a-z]+="/))
        guard Self.pictured.contains(code) else { return }
        try Snapshot("pages/\(code)/\(sample.testDescription).html").compare(page)
    }

    /// Below a path an address without it would lead to somebody else's site.
    @Test func `no template writes an address of ours without its base`() throws {
        let files = TidyTests.files("templates", "mustache")
        #expect(files.count > 20)
        for file in files {
            #expect(!file.text.contains(/(?:href|src|srcset|action|data-[a-z-]+)="\//), "\(file.path)")
        }
    }

    /// Languages whose every page and mail is stored.
    static let pictured =
        (try? FileManager.default.contentsOfDirectory(
            atPath: URL.repository.appending(path: "Tests/Snapshots/pages").path)) ?? []

    private func render(_ sample: Sample, _ code: String) throws -> String {
        let everywhere: [String: Any] = [
            "language": code, "base": "", "policy_url": "/policy", "privacy_url": "/privacy",
            "organisation": [
                "name": "Example & Sons AS", "address": "Storgata 1, 0155 Oslo", "contact": "privacy@example.org",
            ],
            "languages": Self.languages.map {
                ["code": $0, "name": $0.uppercased(), "href": "/?locale=\($0)", "current": $0 == code] as [String: Any]
            },
        ]
        return try Self.templates.get()
            .page(sample.page, language: #require(Language(code)), everywhere.merging(sample.values()) { $1 })
    }

    // MARK: Mails

    static let mails = [
        "confirm", "import-confirm", "brought-confirm", "welcome", "already-subscribed", "still-interested",
        "first-notice",
        "announcement",
        "privacy-link",
        "privacy-fingerprint", "change-address", "change-notice", "restriction-lifted", "notice", "newsletter",
        "newsletter-no-name", "newsletter-interest",
    ]

    @Test(arguments: mails, languages) func `a mail reads as it did`(_ name: String, _ code: String) throws {
        let bytes = try mail(name, code)
        let text = String(decoding: bytes, as: UTF8.self)
        #expect(
            bytes.allSatisfy { $0 < 0x80 }
                && !text.utf8.split(separator: UInt8(ascii: "\n")).contains { $0.count > 998 })
        let readable = String(decoding: QuotedPrintable.decode(bytes[...]), as: UTF8.self)
        #expect(!readable.contains("{{") && !readable.contains("[[") && !readable.contains("<img"))
        // Line ends as a text file has them.
        let snapshot = Snapshot("mails/\(code)/\(name).eml")
        guard Self.pictured.contains(code) || snapshot.exists else { return }
        try snapshot.compare(text.replacing("\r\n", with: "\n"))
    }

    @Test func `Python's strict parser finds no defect in any mail`() async throws {
        let directory = try URL.temporary()
        for code in Self.languages {
            for name in Self.mails {
                try Data(mail(name, code)).write(to: directory.appending(path: "\(code)-\(name).eml"))
            }
        }
        let said = String(
            decoding: try Subprocess("/usr/bin/python3", ["-c", Self.parser, directory.path]).outputNow(), as: UTF8.self
        )
        #expect(said == "\(Self.mails.count * Self.languages.count) mails\n", "\(said)")
    }

    /// `raise_on_defect` is on in the strict policy; headers are parsed when they are looked at.
    private static let parser = """
        import email, email.policy, glob, sys
        policy = email.policy.strict.clone(linesep='\\r\\n')
        paths = sorted(glob.glob(sys.argv[1] + '/*.eml'))
        for path in paths:
            mail = email.message_from_bytes(open(path, 'rb').read(), policy=policy)
            for part in mail.walk():
                assert not part.defects, (path, part.defects)
                for name, value in part.items():
                    assert not value.defects, (path, name, value.defects)
            plain, html = mail.get_body(('plain',)).get_content(), mail.get_body(('html',)).get_content()
            assert [p.get_content_type() for p in mail.iter_parts()] == ['text/plain', 'text/html'], path
            assert mail['to'].addresses[0].addr_spec == 'ann@example.org', path
            assert mail['from'].addresses[0].display_name == 'Bl\\u00e5b\\u00e6r & S\\u00f8nn', path
            assert mail['message-id'] and mail['date'].datetime and mail['subject'], path
            assert '</html>' in html and plain.strip(), path
            if any(kind in path for kind in ('newsletter', 'interested', 'first-notice', 'announcement')):
                link = mail['list-unsubscribe'].strip()[1:-1]
                assert mail['list-unsubscribe-post'] == 'List-Unsubscribe=One-Click' and link.startswith('https://'), path
                assert plain.rstrip().endswith(link), (path, plain[-300:])
                assert html.rindex('href=') == html.index(link) - 6 or html.rindex(link) > 0, path
        print(len(paths), 'mails')
        """

    private func mail(_ name: String, _ code: String) throws -> [UInt8] {
        let (templates, language) = (try Self.templates.get(), try #require(Language(code)))
        let compiled: CompiledMail
        if name.hasPrefix("newsletter") {
            let file = try CampaignFile(TestApp.issue)
            let ground: Ground = name == "newsletter-interest" ? .interest : .consent
            var draft = file.draft(language: language, letterhead: try letterhead(ground))
            draft.constants[.privacyPageURL] = "https://news.example.org/privacy"
            compiled = try templates.compile(draft)
        } else {
            compiled = try templates.mail(
                #require(MailKind(rawValue: name)), language: language, letterhead: letterhead(),
                constants: [
                    .siteURL: "https://news.example.org", .privacyPageURL: "https://news.example.org/privacy",
                    .policyURL: "https://news.example.org/policy/2", .version: "2",
                    .effective: language.day("2026-11-01"),
                ])
        }
        return compiled.render(try values(name == "newsletter" ? "Zoë Ångström" : nil, language))
    }

    private func letterhead(_ ground: Ground = .consent) throws -> Letterhead {
        Letterhead(
            from: try #require(Correspondent("Blåbær & Sønn <news@example.org>")),
            replyTo: Correspondent("us@example.org"),
            list: ListID(phrase: try HeaderText("Nytt, på norsk"), identifier: "news.list-id.example.org"),
            help: HeaderURI("https://news.example.org/"), owner: HeaderURI("mailto:privacy@example.org"),
            organisation: .init(
                name: "Blåbær & Sønn AS", address: "Storgata 1, 0155 Oslo", contact: "privacy@example.org"),
            ground: ground)
    }

    private func values(_ name: String?, _ language: Language) throws -> MailValues {
        let token = String(repeating: "Ab3-_", count: 8)
        return MailValues(
            recipient: try EmailAddress("ann@example.org"),
            messageID: MessageID(unique: "snapshot", domain: "example.org"),
            date: MailDate(Date(timeIntervalSince1970: 1_767_700_800)), name: try name.map { try PersonName($0) },
            unsubscribeURL: HeaderURI("https://news.example.org/unsubscribe/\(token)"),
            others: [
                .confirmURL: "https://news.example.org/confirm/\(token)",
                .refuseURL: "https://news.example.org/confirm/\(token)/refuse",
                .policyURL: "https://news.example.org/policy",
                .keepURL: "https://news.example.org/keep/\(token)", .until: language.day("2026-12-01"),
                .source: "the trade register of 2026", .days: "365", .day: language.day("2026-01-06"),
                .relation: "business partner", .relays: "mail.example.org",
                .wording: "I would like the newsletter & agree that my address is stored.",
                .privacyURL: "https://news.example.org/privacy/\(token)",
                .changeURL: "https://news.example.org/address/\(token)",
                .lists: "Example News, Events & more", .list: "Example News", .expiresHours: "72",
                .receipt:
                    "Courant consent receipt, version 1\nList: news\nAsked: 2026-01-06T12:00:00Z\nSignature: \(token)",
            ])
    }
}

/// A stored text: written when asked for, compared otherwise.
struct Snapshot {
    let file: URL
    private let name: String

    init(_ name: String) {
        self.name = name
        file = .repository.appending(path: "Tests/Snapshots/\(name)")
    }

    var exists: Bool { FileManager.default.fileExists(atPath: file.path) }

    func compare(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        if ProcessInfo.processInfo.environment["COURANT_WRITE_SNAPSHOTS"] != nil {
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
            return
        }
        let stored = try? String(contentsOf: file, encoding: .utf8)
        guard let stored, !stored.utf8.elementsEqual(text.utf8) else {
            #expect(
                stored != nil, "there is no \(name): write it with COURANT_WRITE_SNAPSHOTS=1",
                sourceLocation: sourceLocation)
            return
        }
        let lines = [stored, text].map { $0.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) }
        let first = zip(lines[0], lines[1]).enumerated().first { !$1.0.utf8.elementsEqual($1.1.utf8) }
        let (was, now) = first.map { ($1.0, $1.1) } ?? ("\(lines[0].count) lines", "\(lines[1].count) lines")
        Issue.record(
            "\(name):\((first?.offset ?? 0) + 1) was \(was) and is \(now); if that is meant: COURANT_WRITE_SNAPSHOTS=1",
            sourceLocation: sourceLocation)
    }
}
