import CourantTesting
import Foundation
import Mail
import Newsletter
import Rendering
import SQLStore
import Testing
import Wiring

/// Two sign-ups of one address before anybody confirms: each link carries its own name, language and consent.
@Suite struct RepeatedSignUpTests {
    /// Ann, and ten minutes later somebody else with her address. Returns both links.
    private static func twice(_ app: TestApp) async throws -> [Token] {
        let swedish = try #require(Language("sv"))
        try await app.signUp("ann@example.org", name: "Ann")
        app.clock.advance(.seconds(601))
        try await app.signUp("ann@example.org", name: "Visit Evil", language: swedish)
        try await app.deliverAllMail()
        let links = app.relay.mails(to: "ann@example.org").compactMap { $0.token(after: "/confirm/") }
        try #require(links.count == 2)
        return links.compactMap { Token($0) }
    }

    @Test func `the first link keeps the first name, whatever a stranger types later`() async throws {
        let app = try await TestApp.start()
        let links = try await Self.twice(app)
        _ = try await app.courant.subscriptions.confirm(links[0])
        let held = try #require(try await app.find("ann@example.org").subscriptions.first)
        #expect(held.person.name?.text == "Ann" && held.subscription.language.code == "en")
        let asked = try #require(held.subscription.consent?.askedAt)
        #expect(asked + .seconds(601) == app.clock.wall.now())
    }

    @Test func `the second link brings its own name, language and time`() async throws {
        let app = try await TestApp.start()
        let links = try await Self.twice(app)
        _ = try await app.courant.subscriptions.confirm(links[1])
        let held = try #require(try await app.find("ann@example.org").subscriptions.first)
        #expect(held.person.name?.text == "Visit Evil" && held.subscription.language.code == "sv")
        #expect(held.subscription.consent?.askedAt == app.clock.wall.now())
        _ = try await app.courant.subscriptions.confirm(links[0])
        #expect(try await app.find("ann@example.org").subscriptions.first?.person.name?.text == "Visit Evil")
    }

    @Test func `what was typed is shown to the mailbox's owner, and a correction ends it`() async throws {
        let app = try await TestApp.start()
        let links = try await Self.twice(app)
        let held = try await app.find("ann@example.org")
        #expect(held.subscriptions[0].typedNames == ["Visit Evil"])
        #expect(String(decoding: try app.courant.rights.export(held).json(), as: UTF8.self).contains("Visit Evil"))
        try await app.courant.rights.rectify(app.staff(for: "ann@example.org"), name: PersonName("Anna"))
        #expect(try await app.find("ann@example.org").subscriptions[0].typedNames == [])
        _ = try await app.courant.subscriptions.confirm(links[1])
        #expect(try await app.find("ann@example.org").subscriptions[0].person.name?.text == "Anna")
    }

    @Test func `an imported person who signs up has asked by the form`() async throws {
        let app = try await TestApp.start()
        try await app.bringIn("email\nann@example.org\n")
        app.clock.advance(.seconds(601))
        try await app.signUp("ann@example.org", name: "Ann")
        try await app.deliverAllMail()
        let links = app.relay.mails(to: "ann@example.org").compactMap { $0.token(after: "/confirm/") }
        let token = try #require(links.last.flatMap { Token($0) })
        #expect(try await app.courant.subscriptions.confirmable(token)?.source == nil)
        _ = try await app.courant.subscriptions.confirm(token)
        let held = try #require(try await app.find("ann@example.org").subscriptions.first)
        #expect(held.subscription.source == "form" && held.person.name?.text == "Ann")
    }

    @Test(.ofTheFile) func `keys are rotated under it, and it can still be read`() async throws {
        let app = try await TestApp.start()
        let links = try await Self.twice(app)
        _ = try await Courant.rotateKeys(settings: app.courant.settings, pause: .zero)
        _ = try await app.courant.subscriptions.confirm(links[1])
        #expect(app.courant.keyring.sealingNumbers == [2])
        #expect(try await app.find("ann@example.org").subscriptions.first?.person.name?.text == "Visit Evil")
    }

    @Test func `a link that runs out takes what was typed along`() async throws {
        let app = try await TestApp.start()
        _ = try await Self.twice(app)
        app.clock.advance(.seconds(73 * 3600))
        _ = try await app.courant.retention.sweep()
        #expect(try await !app.isThere("ann@example.org"))
        #expect(try await app.courant.store.read { try $0.sealedSignUps(after: Data(), limit: 10).isEmpty })
    }
}
