import CourantTesting
import Foundation
import Mail
import Newsletter
import SQLStore
import Testing
import Wiring

/// Correction: of the name at once, of the address through the new mailbox.
@Suite struct RightsCorrectionTests {
    @Test func `a name is corrected on every list, or taken away`() async throws {
        let app = try await TestApp.start()
        try await app.createList("events", title: "Events")
        try await app.subscribe("ann@example.org", name: "An", lists: ["news", "events"])
        let link = try await app.privacyLink("ann@example.org")
        try await app.courant.rights.rectify(.link(link), name: PersonName("Ann"))
        #expect(try await app.courant.rights.held(link).subscriptions.map(\.person.name?.text) == ["Ann", "Ann"])
        try await app.courant.rights.rectify(.link(link), name: nil)
        #expect(try await app.courant.rights.held(link).subscriptions.allSatisfy { $0.person.name == nil })
    }

    @Test func `an address is another once the new mailbox confirms, with name and consent kept`() async throws {
        let app = try await TestApp.start()
        try await app.subscribe("ann@example.org", name: "Ann")
        let link = try await app.privacyLink("ann@example.org")
        let before = try await app.courant.rights.held(link).subscriptions[0]
        try await app.courant.rights.rectify(.link(link), address: EmailAddress("ann@new.example"))
        #expect(try await app.courant.rights.held(link).subscriptions[0].change?.address.wire == "ann@new.example")
        for _ in 1...2 { #expect(try await app.confirmChange("ann@new.example").map(\.list.title) == ["Example News"]) }
        let after = try #require(try await app.find("ann@new.example").subscriptions.first)
        #expect(after.person.name?.text == "Ann" && after.change == nil)
        #expect(
            after.subscription.consent == before.subscription.consent && after.subscription.id == before.subscription.id
        )
        #expect(try await app.find("ann@example.org").isEmpty)
        await #expect(throws: Refusal.linkExpired) { try await app.courant.rights.held(link) }
        try await app.launch()
        try await app.deliverAllMail()
        #expect(app.relay.mails.last?.recipient == "ann@new.example")
    }

    @Test func `the old mailbox is told, without the new address`() async throws {
        let app = try await TestApp.start()
        try await app.subscribe("ann@example.org")
        try await app.courant.rights.rectify(
            app.staff(for: "ann@example.org"), address: EmailAddress("zoe@new.example"))
        try await app.deliverAllMail()
        let notice = try #require(app.relay.mails(to: "ann@example.org").last)
        #expect(notice.text.contains("another address") && !notice.text.contains("new.example"))
        #expect(app.relay.mails(to: "zoe@new.example").last?.text.contains("ann@example.org") == false)
    }

    @Test func `a change that nobody confirms runs out`() async throws {
        let app = try await TestApp.start()
        try await app.subscribe("ann@example.org")
        try await app.courant.rights.rectify(
            app.staff(for: "ann@example.org"), address: EmailAddress("ann@new.example"))
        try await app.deliverAllMail()
        app.clock.advance(.seconds(72 * 3600))
        await #expect(throws: Refusal.linkExpired) { try await app.confirmChange("ann@new.example") }
        _ = try await app.courant.subscriptions.expire()
        let held = try await app.find("ann@example.org").subscriptions
        #expect(held.count == 1 && held[0].change == nil)
    }

    @Test func `a new change replaces the one before it`() async throws {
        let app = try await TestApp.start()
        try await app.subscribe("ann@example.org")
        let who = try app.staff(for: "ann@example.org")
        for address in ["a@one.example", "a@two.example"] {
            try await app.courant.rights.rectify(who, address: EmailAddress(address))
        }
        await #expect(throws: Refusal.linkExpired) { try await app.confirmChange("a@one.example") }
        try await app.confirmChange("a@two.example")
    }

    @Test func `another spelling of the same mailbox is taken at once`() async throws {
        let app = try await TestApp.start()
        try await app.subscribe("ann@example.org", name: "Ann")
        try await app.courant.rights.rectify(
            app.staff(for: "ann@example.org"), address: EmailAddress("Ann@Example.org"))
        #expect(try await app.deliverAllMail() == 0)
        #expect(try await app.find("ann@example.org").subscriptions.map(\.person.address.wire) == ["Ann@example.org"])
    }

    // MARK: Where the new address is known already

    /// Who stays: by the state of the one that moves and of the one that is there.
    @Test(arguments: [
        (Subscription.State.active, Subscription.State.active, "there", Subscription.State.active),
        (.active, .pending, "moved", .active), (.pending, .active, "there", .active),
        (.restricted, .active, "moved", .restricted), (.active, .restricted, "there", .restricted),
    ])
    func `two become one`(
        _ moving: Subscription.State, _ there: Subscription.State, _ stays: String, _ state: Subscription.State
    ) async throws {
        let app = try await TestApp.start()
        try await app.bring("old@example.org", to: moving)
        try await app.bring("new@example.org", to: there)
        let ids = try await [app.find("old@example.org"), app.find("new@example.org")].map {
            $0.subscriptions[0].subscription.id
        }
        try await app.courant.rights.rectify(
            app.staff(for: "old@example.org"), address: EmailAddress("new@example.org"))
        try await app.confirmChange("new@example.org")
        let held = try await app.find("new@example.org").subscriptions.map(\.subscription)
        #expect(held.map(\.id) == [stays == "moved" ? ids[0] : ids[1]] && held.map(\.state) == [state])
        #expect(try await app.find("old@example.org").isEmpty)
    }

    @Test func `who never wants to be written to gets no mail about a change, and whoever asks is told the same`()
        async throws
    {
        let app = try await TestApp.start()
        try await app.courant.rights.object(app.staff(for: "new@example.org"))
        try await app.subscribe("ann@example.org")
        try await app.courant.rights.rectify(
            app.staff(for: "ann@example.org"), address: EmailAddress("new@example.org"))
        try await app.deliverAllMail()
        #expect(app.relay.mails(to: "new@example.org").isEmpty)
        #expect(try await app.find("ann@example.org").subscriptions[0].change != nil)
    }

    @Test func `erasing an address ends the changes to it`() async throws {
        let app = try await TestApp.start()
        try await app.subscribe("ann@example.org")
        try await app.courant.rights.rectify(
            app.staff(for: "ann@example.org"), address: EmailAddress("new@example.org"))
        try await app.courant.rights.object(app.staff(for: "new@example.org"))
        await #expect(throws: Refusal.linkExpired) { try await app.confirmChange("new@example.org") }
        #expect(try await app.find("ann@example.org").subscriptions[0].change == nil)
    }

    @Test func `a link cannot be used to write to many strangers`() async throws {
        let app = try await TestApp.start()
        try await app.subscribe("ann@example.org")
        let link = try await app.privacyLink("ann@example.org")
        for number in 1...5 {
            try await app.courant.rights.rectify(.link(link), address: EmailAddress("x\(number)@example.org"))
        }
        await #expect(throws: Refusal.invalid(field: "address", problem: "address.often")) {
            try await app.courant.rights.rectify(.link(link), address: EmailAddress("x6@example.org"))
        }
    }
}

extension TestApp {
    /// On `news`, in that state.
    func bring(_ address: String, to state: Subscription.State) async throws {
        switch state {
        case .pending: try await signUp(address)
        case .active: try await subscribe(address)
        case .restricted:
            try await subscribe(address)
            try await courant.rights.restrict(staff(for: address))
        }
    }
}
