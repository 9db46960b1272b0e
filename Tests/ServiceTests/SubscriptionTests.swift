import CourantTesting
import Foundation
import Mail
import Newsletter
import SQLStore
import Testing
import Wiring

@Suite struct SubscriptionTests {
    @Test func `a sign-up is pending until its link is pressed`() async throws {
        let app = try await TestApp.start()
        try await app.signUp("ann@example.org", name: "Ann")
        try await app.deliverAllMail()
        var standing = try await app.courant.lists.all()[0]
        #expect(standing.pending == 1 && standing.active == 0)

        let link = try #require(app.relay.mails(to: "ann@example.org").first?.token(after: "/confirm/"))
        let outcome = try await app.courant.subscriptions.confirm(#require(Token(link)))
        #expect(outcome == .confirmed([standing.list]))
        standing = try await app.courant.lists.all()[0]
        #expect(standing.pending == 0 && standing.active == 1)
    }

    @Test func `confirming twice is harmless and welcomes once`() async throws {
        let app = try await TestApp.start()
        try await app.subscribe("ann@example.org")
        let link = try #require(app.relay.mails(to: "ann@example.org").first?.token(after: "/confirm/"))
        #expect(try await app.courant.subscriptions.confirm(#require(Token(link))) != .gone)
        try await app.deliverAllMail()
        #expect(app.relay.mails(to: "ann@example.org").count == 2)
    }

    @Test func `the confirm mail holds no word of the submitter's`() async throws {
        let app = try await TestApp.start()
        try await app.signUp("ann@example.org", name: "Cheap Watches")
        try await app.deliverAllMail()
        let mail = try #require(app.relay.mails.first)
        #expect(!mail.text.contains("Cheap") && !mail.text.contains("Watches"))
        #expect(mail.header("List-Unsubscribe") == nil)
        #expect(mail.header("Auto-Submitted") == "auto-generated")
    }

    @Test func `one sign-up for two lists is confirmed by one link`() async throws {
        let app = try await TestApp.start()
        try await app.createList("events", title: "Events")
        try await app.subscribe("ann@example.org", lists: ["news", "events"])
        #expect(try await app.courant.lists.all().map(\.active) == [1, 1])
    }

    @Test func `a link that has run out confirms nothing, and the row goes`() async throws {
        let app = try await TestApp.start()
        try await app.signUp("ann@example.org")
        try await app.deliverAllMail()
        let link = try #require(app.relay.mails.first?.token(after: "/confirm/"))
        app.clock.advance(.seconds(72 * 3600))
        #expect(try await app.courant.subscriptions.confirm(#require(Token(link))) == .gone)
        #expect(try await app.courant.subscriptions.expire() == 1)
        #expect(try await app.courant.lists.all()[0].pending == 0)
    }

    @Test func `asking again soon sends no second mail, asking later does`() async throws {
        let app = try await TestApp.start()
        for _ in 1...5 { try await app.signUp("ann@example.org") }
        try await app.deliverAllMail()
        #expect(app.relay.mails.count == 1)
        app.clock.advance(.seconds(601))
        try await app.signUp("ann@example.org")
        try await app.deliverAllMail()
        #expect(app.relay.mails.count == 2)
    }

    @Test func `refusing erases the sign-up, and never again means never again`() async throws {
        let app = try await TestApp.start()
        try await app.signUp("ann@example.org")
        try await app.deliverAllMail()
        let token = try #require(app.relay.mails.first?.token(after: "/confirm/").flatMap { Token($0) })
        _ = try await app.courant.subscriptions.refuse(token, neverAgain: true)
        #expect(try await app.courant.lists.all()[0].pending == 0)

        app.clock.advance(.seconds(86_400))
        try await app.signUp("Ann@Example.org")
        try await app.deliverAllMail()
        #expect(app.relay.mails.count == 1)
    }

    @Test func `the welcome mail carries a receipt that is recognised after the erasure`() async throws {
        let app = try await TestApp.start()
        try await app.subscribe("ann@example.org")
        let welcome = try #require(app.relay.mails(to: "ann@example.org").last).text
        let start = try #require(welcome.range(of: "Courant consent receipt"))
        let end = try #require(welcome.range(of: "Signature: ", range: start.lowerBound..<welcome.endIndex))
        let signature = welcome[end.upperBound...].prefix { !$0.isWhitespace }
        let receipt = welcome[start.lowerBound..<end.upperBound] + signature
        try await app.unsubscribe("ann@example.org")
        #expect(Receipt.isGenuine(String(receipt), keyring: app.courant.keyring))
        #expect(
            !Receipt.isGenuine(receipt.replacingOccurrences(of: "news", with: "other"), keyring: app.courant.keyring))
    }

    @Test func `an unknown list is refused and nothing is kept`() async throws {
        let app = try await TestApp.start()
        await #expect(throws: Refusal.invalid(field: "list", problem: "list.unknown")) {
            try await app.signUp("ann@example.org", lists: ["news", "nothing"])
        }
        #expect(try await app.courant.lists.all()[0].pending == 0)
    }
}
