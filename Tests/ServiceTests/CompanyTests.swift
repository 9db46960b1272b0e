import CourantTesting
import Foundation
import Mail
import Newsletter
import Rendering
import SQLStore
import Testing
import Wiring

/// A company is kept where the list asks for it, and goes wherever the name goes.
@Suite struct CompanyTests {
    static let company = "Quuxworth & Søn A/S"
    static let words = ["Quuxworth", "quuxworth & søn"]

    /// With `news`, which asks, and `events`, which does not.
    private static func start() async throws -> TestApp {
        let app = try await TestApp.start()
        try await app.ask(company: true)
        try await app.createList("events", title: "Events")
        return app
    }

    private static func companies(_ app: TestApp, _ address: String = "ann@example.org") async throws -> [String?] {
        try await app.find(address).subscriptions.map(\.person.company?.text)
    }

    @Test func `a company is kept on the list that asks for it, and on no other`() async throws {
        let app = try await Self.start()
        try await app.subscribe("ann@example.org", name: "Ann", company: Self.company, lists: ["news", "events"])
        #expect(try await Self.companies(app) == [Self.company, nil])
        #expect(try await app.find("ann@example.org").subscriptions.map(\.person.name?.text) == ["Ann", "Ann"])
    }

    @Test func `a list asks for nothing until somebody says so, and then it is in the store`() async throws {
        let app = try await TestApp.start()
        #expect(try await !app.courant.lists.all()[0].list.asksCompany)
        try await app.ask(company: true)
        #expect(try await app.courant.store.read { try $0.lists().map(\.asksCompany) } == [true])
        #expect(try await app.audited(.editList).count == 1)
        try await app.ask(company: false)
        #expect(try await app.courant.store.read { try $0.lists().map(\.asksCompany) } == [false])
        #expect(try await app.createList("partners", asksCompany: true).asksCompany)
    }

    @Test func `a repeated sign-up has a company of its own, which its link brings`() async throws {
        let app = try await Self.start()
        try await app.signUp("ann@example.org", company: "Acme")
        app.clock.advance(.seconds(601))
        try await app.signUp("ann@example.org", company: Self.company)
        try await app.deliverAllMail()
        let held = try await app.find("ann@example.org")
        #expect(held.subscriptions[0].person.company?.text == "Acme")
        #expect(held.subscriptions[0].typedCompanies == [Self.company])
        #expect(String(decoding: try app.courant.rights.export(held).json(), as: UTF8.self).contains(Self.company))
        let links = app.relay.mails(to: "ann@example.org").compactMap { $0.token(after: "/confirm/") }
        _ = try await app.courant.subscriptions.confirm(try #require(links.last.flatMap { Token($0) }))
        #expect(try await Self.companies(app) == [Self.company])
    }

    @Test func `no mail before the confirmation shows what a stranger typed`() async throws {
        let app = try await Self.start()
        try await app.subscribe("ann@example.org", name: "Ann", company: Self.company)
        #expect(app.relay.mails.count == 2 && app.relay.mails.allSatisfy { !$0.text.contains("Quuxworth") })
    }

    // MARK: Corrected

    @Test func `it is corrected on the lists that ask, or taken away`() async throws {
        let app = try await Self.start()
        try await app.subscribe("ann@example.org", name: "Ann", company: "Acme", lists: ["news", "events"])
        let link = try await app.privacyLink("ann@example.org")
        try await app.courant.rights.rectify(.link(link), company: CompanyName(Self.company))
        #expect(try await Self.companies(app) == [Self.company, nil])
        try await app.courant.rights.rectify(.link(link), name: PersonName("Anna"))
        #expect(try await Self.companies(app) == [Self.company, nil])
        try await app.courant.rights.rectify(.link(link), company: nil)
        #expect(try await Self.companies(app) == [nil, nil])
        #expect(try await app.find("ann@example.org").subscriptions.map(\.person.name?.text) == ["Anna", "Anna"])
    }

    @Test func `where no list asks for it there is none to correct`() async throws {
        let app = try await TestApp.start()
        try await app.subscribe("ann@example.org", name: "Ann")
        let staff = try app.staff(for: "ann@example.org")
        await #expect(throws: Refusal.self) {
            try await app.courant.rights.rectify(staff, company: CompanyName(Self.company))
        }
        #expect(try await Self.companies(app) == [nil])
        try await app.courant.rights.rectify(staff, company: nil)
    }

    @Test func `a list that asks no longer keeps what it has for its owner, and uses it no more`() async throws {
        let app = try await Self.start()
        try await app.subscribe("ann@example.org", company: Self.company)
        try await app.launch(Self.issue)
        try await app.ask(company: false)
        try await app.deliverAllMail()
        #expect(app.relay.mails.last?.text.contains("at your desk") == true)
        #expect(try await Self.companies(app) == [Self.company])
        let staff = try app.staff(for: "ann@example.org")
        try await app.courant.rights.rectify(staff, company: CompanyName("Acme"))
        #expect(try await Self.companies(app) == ["Acme"])
        try await app.courant.rights.rectify(staff, company: nil)
        #expect(try await Self.companies(app) == [nil])
    }

    @Test func `a new address takes the company along`() async throws {
        let app = try await Self.start()
        try await app.subscribe("ann@example.org", name: "Ann", company: Self.company)
        try await app.courant.rights.rectify(
            app.staff(for: "ann@example.org"), address: EmailAddress("ann@new.example"))
        try await app.confirmChange("ann@new.example")
        #expect(try await Self.companies(app, "ann@new.example") == [Self.company])
    }

    // MARK: Taken along

    @Test func `the export has it, and a restriction changes nothing of it`() async throws {
        let app = try await Self.start()
        try await app.subscribe("ann@example.org", company: Self.company)
        try await app.courant.rights.restrict(app.staff(for: "ann@example.org"))
        let export = app.courant.rights.export(try await app.find("ann@example.org"))
        let json = try JSONSerialization.jsonObject(with: export.json()) as? [String: Any]
        let item = (json?["subscriptions"] as? [[String: Any]])?.first
        #expect(item?["company"] as? String == Self.company && json?["version"] as? Int == 4)
        #expect(String(decoding: try export.csv(), as: UTF8.self).contains("subscriptions.1.company,\(Self.company)"))
        let disclosure = json?["disclosure"] as? [String: Any]
        #expect((disclosure?["categories"] as? String)?.contains("name and company") == true)
    }

    @Test func `it goes from one database to another, and from old keys to new ones`() async throws {
        let app = try await Self.start()
        try await app.subscribe("ann@example.org", name: "Ann", company: Self.company)
        _ = try await Courant.rotateKeys(settings: app.courant.settings, pause: .zero)
        #expect(try await Self.companies(app) == [Self.company])
        let place = try await app.place(on: .sqlite)
        try await app.move(to: place)
        let next = try await app.restart(at: place)
        #expect(try await Self.companies(next) == [Self.company])
        #expect(try await next.courant.lists.all().map(\.list.asksCompany) == [true, false])
    }

    // MARK: Gone

    @Test(.ofTheFile, arguments: [false, true])
    func `not a byte of it is readable, before or after who gave it has left`(_ everything: Bool) async throws {
        let app = try await Self.start()
        try await app.subscribe("ann@example.org", name: "Ann", company: Self.company)
        try await app.launch(Self.issue)
        try await app.deliverAllMail()
        #expect(app.relay.mails.last?.text.contains("Quuxworth & Søn") == true)
        try app.expectNothingReadable(Self.words)
        let link = try app.unsubscribeLink("ann@example.org")
        let sealed = try await app.courant.store.read { try $0.subscription(link.subscription)?.person.bytes }
        #expect(try ByteSearch(app.directory).files.values.contains { try $0.range(of: #require(sealed)) != nil })
        try await app.unsubscribe("ann@example.org", everything: everything)
        _ = await app.courant.store.scrub()
        #expect(try !ByteSearch(app.directory).files.values.contains { try $0.range(of: #require(sealed)) != nil })
        try app.expectNothingReadable(Self.words)
    }

    // MARK: In files

    @Test func `a file's companies come to a list that asks`() async throws {
        let app = try await Self.start()
        try await app.move("email,company,confirmed_at\nann@example.org,\"\(Self.company)\",2025-12-01\n")
        #expect(try await Self.companies(app) == [Self.company])
        try await app.bringIn("email,name,company\nbo@example.org,Bo,Acme\n")
        #expect(try await Self.companies(app, "bo@example.org") == ["Acme"])
        // What they are asked to agree to names it.
        try await app.deliverAllMail()
        #expect(app.relay.mails(to: "bo@example.org").last?.text.contains("my name and company if I give them") == true)
    }

    @Test(arguments: [
        ("events", "email,company\nann@example.org,Acme\n", ImportFault.companyNotAsked),
        ("news", "email,company\nann@example.org,acme.example\n", .company),
    ]) func `a list that does not ask refuses the column, and one that asks a company that is none`(
        _ list: String, _ file: String, _ fault: ImportFault
    ) async throws {
        let app = try await Self.start()
        let id = try await app.upload("", onto: list).id
        let part = try await app.courant.imports.take(Array(file.utf8), part: 1, of: id, by: "Eva")
        #expect(part.problems.lines.map(\.fault) == [fault])
    }

    // MARK: In issues

    static let issue = """
        ---
        subject: News for {{company}}{{^company}}you{{/company}}
        ---
        # Hello {{company}}{{^company}}at your desk{{/company}}

        Text.
        """

    @Test func `an issue speaks to a company, and otherwise to who gave none`() async throws {
        let app = try await Self.start()
        try await app.subscribe("ann@example.org", company: Self.company)
        try await app.subscribe("bo@example.org", name: "Bo")
        try await app.launch(Self.issue)
        try await app.deliverAllMail()
        let (ann, bo) = (app.relay.mails(to: "ann@example.org").last, app.relay.mails(to: "bo@example.org").last)
        #expect(ann?.text.contains("Hello \(Self.company)") == true)
        #expect(ann?.text.contains("<bdi>Quuxworth &amp; Søn A/S</bdi>") == true)
        #expect(bo?.text.contains("Hello at your desk") == true && bo?.header("Subject") == "News for you")
    }

    @Test func `an issue for a list that does not ask is refused, with what to do about it`() async throws {
        let app = try await Self.start()
        let campaigns = app.courant.campaigns
        let findings = try await campaigns.lint(Self.issue, list: Slug("events"))
        #expect(findings.first?.severity == .error && findings.first?.message.contains("lists that ask") == true)
        await #expect(throws: Refusal.self) { try await app.launch(Self.issue, list: "events") }
        await #expect(throws: Refusal.self) { try await campaigns.preview(Self.issue, list: Slug("events"), name: nil) }
        #expect(try await campaigns.lint(Self.issue, list: Slug("news")) == [])
        // Of a list that nobody has named nothing is known.
        #expect(try await campaigns.lint(Self.issue, list: nil) == [])
        let preview = try await campaigns.preview(
            Self.issue, list: Slug("news"), name: nil, company: CompanyName(Self.company))
        #expect(preview.text.contains("Hello \(Self.company)"))
    }

    @Test(arguments: Language.shipped)
    func `mails of a list that asks say that the company goes as well`(_ code: String) async throws {
        let app = try await Self.start()
        let language = try #require(Language(code))
        for list in ["news", "events"] {
            try await app.signUp("ann@example.org", lists: [list], language: language)
            app.clock.advance(.seconds(601))
        }
        try await app.deliverAllMail()
        for text in app.relay.mails.compactMap({ $0.token(after: "/confirm/") }) {
            _ = try await app.courant.subscriptions.confirm(try #require(Token(text)))
        }
        try await app.deliverAllMail()
        let words = try #require(Self.word[code])
        let welcomes = app.relay.mails.suffix(2).map { $0.text.contains(words) }
        #expect(welcomes == [true, false])
    }

    /// How a sentence about what is deleted names it.
    private static let word = [
        "en": "name, company and address", "nb": "navnet, firmanavnet og adressen", "sv": "namn, företagets namn och",
        "da": "navn, firmanavnet og", "fi": "nimesi, yrityksesi nimi ja", "de": "Name, der Firmenname und",
    ]
}
