import CourantTesting
import Foundation
import Mail
import Newsletter
import Rendering
import SQLStore
import Testing
import Wiring

@Suite struct RetentionTests {
    private static let year = RetentionRules(terms: [.subscriber: 365, .partner: 365, .prospect: 730])

    @Test(arguments: [(SubscriberClass.subscriber, 365), (.partner, 365), (.prospect, 730)])
    func `somebody quiet is kept to the second, and then erased`(_ kind: SubscriberClass, _ days: Int) async throws {
        let app = try await TestApp.start()
        try await app.keep(Self.year)
        try await app.put("ann@example.org", class: kind)
        app.passDays(days, and: .seconds(-1))
        #expect(try await app.courant.retention.sweep().erased == 0)
        #expect(try await app.isThere("ann@example.org"))
        app.clock.advance(.seconds(2))
        #expect(try await app.courant.retention.sweep().ended == 1)
        #expect(try await !app.isThere("ann@example.org"))
    }

    @Test func `a mail that we send moves nothing, and keep me does`() async throws {
        let app = try await TestApp.start()
        try await app.keep(Self.year)
        try await app.subscribe("ann@example.org")
        try await app.subscribe("bob@example.org")
        app.passDays(200)
        try await app.launch()
        try await app.deliverAllMail()
        let id = try app.unsubscribeLink("bob@example.org").subscription
        #expect(
            try await app.courant.retention.keep(KeepLink(id, keyring: app.courant.keyring))?.list.slug.text == "news")
        app.passDays(165, and: .seconds(1))
        #expect(try await app.courant.retention.sweep().ended == 1)
        #expect(try await !app.isThere("ann@example.org"))
        #expect(try await app.isThere("bob@example.org"))
        app.passDays(200)
        #expect(try await app.courant.retention.sweep().ended == 1)
    }

    @Test func `a list without a term keeps until somebody leaves`() async throws {
        let app = try await TestApp.start()
        try await app.subscribe("ann@example.org")
        app.passDays(4_000)
        #expect(try await app.courant.retention.sweep() == Sweep())
        #expect(try await app.active() == 1)
    }

    @Test func `the restricted are not touched, by a term or by a closed list`() async throws {
        let app = try await TestApp.start()
        try await app.keep(Self.year)
        try await app.put("ann@example.org", state: .restricted)
        _ = try await app.courant.lists.close(#require(Slug("news")), by: .host)
        app.passDays(1_000)
        #expect(try await app.courant.retention.sweep() == Sweep())
        #expect(try await app.isThere("ann@example.org"))
    }

    @Test func `a closed list is empty after its term`() async throws {
        let app = try await TestApp.start()
        try await app.subscribe("ann@example.org")
        try await app.signUp("bob@example.org")
        _ = try await app.courant.lists.close(#require(Slug("news")), expectErased: 2, by: .host)
        app.passDays(30, and: .seconds(-1))
        #expect(try await app.courant.retention.sweep().closed == 0)
        app.clock.advance(.seconds(2))
        #expect(try await app.courant.retention.sweep().closed == 1)
        #expect(try await !app.isThere("ann@example.org"))
        #expect(try await !app.isThere("bob@example.org"))
    }

    @Test func `1,200 go in batches, each an entry of the audit that holds a count alone`() async throws {
        let app = try await TestApp.start()
        try await app.keep(Self.year)
        try await app.fill(1_200)
        app.passDays(366)
        #expect(try await app.courant.retention.rehearse().held.map(\.due) == [1_200])
        #expect(try await app.active() == 1_200)
        #expect(try await app.courant.retention.sweep().held.map(\.due) == [1_200])
        _ = try await app.courant.retention.release(#require(Slug("news")), expecting: 1_200, by: .host)
        #expect(try await app.courant.retention.rehearse().ended == 1_200)
        #expect(try await app.courant.retention.sweep(by: .staff("Eva")).ended == 1_200)
        let entries = try await app.audited(.runRetention)
        #expect(entries.map(\.result) == ["begun", "ended=500", "ended=500", "ended=200"])
        #expect(entries.allSatisfy { $0.actor == "staff:Eva" })
        #expect(entries[1].subject == "list:news")
    }

    // MARK: Asking

    @Test(arguments: Language.shipped) func `somebody quiet is asked once, and stays by one press`(_ code: String)
        async throws
    {
        let app = try await TestApp.start()
        try await app.keep(RetentionRules(terms: [.subscriber: 365], remindDays: 28))
        try await app.signUp("ann@example.org", language: #require(Language(code)))
        try await app.deliverAllMail()
        let confirm = try #require(app.relay.mails.last?.token(after: "/confirm/").flatMap { Token($0) })
        _ = try await app.courant.subscriptions.confirm(confirm)
        try await app.deliverAllMail()
        app.passDays(337, and: .seconds(-1))
        #expect(try await app.courant.retention.sweep().asked == 0)
        app.clock.advance(.seconds(2))
        #expect(try await app.courant.retention.sweep().asked == 1)
        #expect(try await app.courant.retention.sweep().asked == 0)
        try await app.deliverAllMail()
        let mail = try #require(app.relay.mails(to: "ann@example.org").last)
        #expect(mail.header("List-Unsubscribe-Post") == "List-Unsubscribe=One-Click")
        #expect(mail.header("List-Id") != nil && mail.header("Content-Language") == code)
        #expect(mail.text.contains("2027"))
        let text = try #require(mail.token(after: "/keep/"))
        let link = try #require(app.courant.retention.link(text))
        _ = try await app.courant.retention.keep(link)
        app.passDays(336)
        #expect(try await app.courant.retention.sweep() == Sweep())
        app.passDays(1, and: .seconds(2))
        #expect(try await app.courant.retention.sweep().asked == 1)
        app.passDays(28)
        #expect(try await app.courant.retention.sweep().ended == 1)
        #expect(try await app.courant.retention.keep(link) == nil)
    }

    @Test func `a link of another purpose, cut or forged keeps nobody`() async throws {
        let app = try await TestApp.start()
        try await app.subscribe("ann@example.org")
        let unsubscribe = try app.unsubscribeLink("ann@example.org")
        let keep = KeepLink(unsubscribe.subscription, keyring: app.courant.keyring)
        #expect(app.courant.retention.link(unsubscribe.text) == nil && app.courant.subscriptions.link(keep.text) == nil)
        #expect(app.courant.retention.link(KeepLink(unsubscribe.subscription, keyring: .random()).text) == nil)
        for text in ["", "x", String(keep.text.dropLast()), "A" + keep.text, "/" + keep.text.dropFirst()] {
            #expect(app.courant.retention.link(text) == nil)
        }
    }

    // MARK: What staff know

    @Test func `a meeting that staff write down counts from its day, and a partner's term is the partner's`()
        async throws
    {
        let app = try await TestApp.start()
        try await app.keep(Self.year)
        try await app.put("ann@example.org", class: .prospect)
        let ann = try EmailAddress("ann@example.org")
        app.passDays(700)
        let retention = app.courant.retention
        #expect(
            try await retention.noteContact(
                with: ann, on: nil, at: app.clock.wall.now() - .seconds(600 * 86_400), by: .host) == 1)
        await #expect(throws: Refusal.self) {
            try await retention.noteContact(with: ann, on: nil, at: app.clock.wall.now() + .seconds(1), by: .host)
        }
        app.passDays(100)
        #expect(try await retention.sweep().ended == 0)
        #expect(try await retention.classify(ann, on: Slug("news"), as: .partner, by: .host) == 1)
        app.passDays(364)
        #expect(try await retention.sweep().ended == 0)
        app.passDays(2)
        #expect(try await retention.sweep().ended == 1)
        await #expect(throws: Refusal.notFound(.subscriber)) {
            try await retention.noteContact(with: ann, on: nil, at: nil, by: .host)
        }
        let actions =
            (try await app.audited(.noteContact)).map(\.result) + (try await app.audited(.classify)).map(\.result)
        #expect(actions == ["done", "partner"])
    }

    @Test(arguments: [
        RetentionRules(terms: [.subscriber: 0]), RetentionRules(terms: [.subscriber: 3651]),
        RetentionRules(terms: [.subscriber: 28], remindDays: 28), RetentionRules(remindDays: 0),
        RetentionRules(closedDays: -1),
    ]) func `rules that make no sense are refused`(_ rules: RetentionRules) async throws {
        let app = try await TestApp.start()
        await #expect(throws: Refusal.self) { try await app.keep(rules) }
    }

    @Test func `a list that may import has a term for everybody`() async throws {
        let app = try await TestApp.start()
        let list = try await app.createList("partners", basis: .legitimateInterest)
        #expect(list.retention.terms == [.subscriber: 365, .partner: 365, .prospect: 730])
        await #expect(throws: Refusal.self) { try await app.keep(RetentionRules(), on: "partners") }
    }
}
