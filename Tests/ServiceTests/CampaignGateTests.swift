import CourantTesting
import Foundation
import Mail
import Newsletter
import Rendering
import SQLStore
import Testing
import Wiring

/// What was agreed to is what goes out, and everything that goes out passes one gate.
@Suite struct CampaignGateTests {
    private static let title = "Log in at our other site now"

    private static func member(_ name: String, _ role: Role = .sender) -> StaffMember {
        StaffMember(name: name, role: role, createdAt: .distantPast, expiresAt: .distantFuture, lastUsed: nil)
    }

    /// What an editor may do to a list, all of it at once.
    private static func disguise(_ app: TestApp) async throws {
        let sender = Correspondent(
            name: try HeaderText("Your Bank"), address: try EmailAddress("evil@attacker.example"))
        _ = try await app.courant.lists.edit(#require(Slug("news")), by: .host) { list in
            list.sender = sender
            list.title = title
            list.language = .english
        }
    }

    private struct Broken: PromiseKeeper {
        func brokenPromises() async -> [PromiseFinding] {
            let promise = Promise(id: "S22", sentence: "Few may.", check: "least-access")
            return [PromiseFinding(promise: promise, evidence: .broken("Two may."))]
        }
    }

    private static func campaigns(
        _ app: TestApp, approval: Campaigns.Approval = .none, promises: any PromiseKeeper = NoPromises()
    ) -> Campaigns {
        Campaigns(
            store: app.courant.store, renderer: app.courant.renderer, keyring: app.courant.keyring,
            clock: app.clock.wall, relay: app.relay, approval: approval, promises: promises,
            hold: app.courant.settings.bouncesHold)
    }

    // MARK: What goes out

    @Test func `a campaign that has begun keeps its sender, title and Message-IDs, whatever becomes of the list`()
        async throws
    {
        let app = try await TestApp.start()
        try await app.fill(3)
        let id = try await app.launch().campaign.id
        _ = try await app.courant.campaigns.pause(id)
        try await Self.disguise(app)
        _ = try await app.courant.campaigns.resume(id)
        try await app.deliverAllMail()
        #expect(app.relay.mails.count == 3)
        for mail in app.relay.mails {
            #expect(!mail.text.contains("attacker.example") && !mail.text.contains("Your Bank"))
            #expect(!mail.text.contains(Self.title) && mail.text.contains("Example News"))
        }
        #expect(try await app.courant.campaigns.show(id).campaign.list.title == "Example News")
    }

    @Test func `an approval stands for the title and the language too`() async throws {
        let app = try await TestApp.start { $0.approval = .secondPerson }
        try await app.fill(1)
        let campaigns = app.courant.campaigns
        let id = try await campaigns.create(
            TestApp.issue, list: Slug("news"), by: Self.member("Eva"), idempotencyKey: nil
        ).campaign.id
        let digest = try await campaigns.plan(id).digest
        _ = try await campaigns.approve(id, digest: digest, by: Self.member("Bo"))
        for change in [{ $0.title = Self.title }, { $0.language = Language("nb") ?? $0.language }]
            as [@Sendable (inout MailingList) -> Void]
        {
            let before = try await campaigns.show(id).campaign.digest
            _ = try await app.courant.lists.edit(#require(Slug("news")), by: .host, change)
            #expect(try await campaigns.show(id).campaign.digest != before)
        }
        await #expect(throws: Refusal.needsApproval(.content(approvedBy: "Bo"), from: [])) {
            try await campaigns.send(id, digest: campaigns.show(id).campaign.digest, expectRecipients: nil, at: nil)
        }
    }

    @Test func `an approval that somebody wrote into the database is none`() async throws {
        let app = try await TestApp.start { $0.approval = .secondPerson }
        try await app.fill(1)
        let campaigns = app.courant.campaigns
        let id = try await campaigns.create(
            TestApp.issue, list: Slug("news"), by: Self.member("Eva"), idempotencyKey: nil
        ).campaign.id
        let digest = try await campaigns.plan(id).digest
        let now = app.clock.wall.now()
        try await app.courant.store.write { tx in
            guard var campaign = try tx.campaign(id) else { return }
            campaign.state = .approved
            campaign.approval = CampaignApproval(
                by: "Bo", at: now, digest: digest, recipients: 1, seal: Data(repeating: 0, count: 32))
            try tx.update(campaign)
        }
        await #expect(throws: Refusal.needsApproval(.missing, from: [])) {
            try await campaigns.send(id, digest: digest, expectRecipients: nil, at: nil)
        }
    }

    // MARK: The gate

    @Test func `resuming, retrying and rescheduling pass the gate that sending passes`() async throws {
        let app = try await TestApp.start()
        try await app.fill(2)
        let begun = try await app.launch().campaign.id
        _ = try await app.courant.campaigns.pause(begun)
        let later = app.clock.wall.now() + .seconds(3600)
        let scheduled = try await app.launch(TestApp.issue + "\nMore.", at: later).campaign.id
        let broken = Self.campaigns(app, promises: Broken())
        let finding = await Broken().brokenPromises()
        await #expect(throws: Refusal.promisesBroken(finding)) { try await broken.resume(begun) }
        await #expect(throws: Refusal.promisesBroken(finding)) { try await broken.retry(begun, inDoubt: false) }
        await #expect(throws: Refusal.promisesBroken(finding)) {
            try await broken.reschedule(scheduled, at: later + .seconds(60), by: .host)
        }
        let careful = Self.campaigns(app, approval: .secondPerson)
        await #expect(throws: Refusal.needsApproval(.missing, from: [])) { try await careful.resume(begun) }
        // Also what is held can be approved, and then goes on.
        let digest = try await careful.show(begun).campaign.digest
        _ = try await careful.approve(begun, digest: digest, by: Self.member("Bo"))
        #expect(try await careful.show(begun).campaign.state == .paused)
        #expect(try await careful.resume(begun).campaign.state == .sending)
    }

    @Test func `what is scheduled for a list that was closed does not begin`() async throws {
        let app = try await TestApp.start()
        try await app.fill(2)
        let id = try await app.launch(at: app.clock.wall.now() + .seconds(3600)).campaign.id
        _ = try await app.courant.lists.close(#require(Slug("news")), expectErased: 2, by: .host)
        app.clock.advance(.seconds(3600))
        try await app.deliverAllMail()
        let campaign = try await app.courant.campaigns.show(id).campaign
        #expect(campaign.state == .planned && campaign.reason == "It did not begin: The list is closed.")
        #expect(app.relay.mails.isEmpty)
    }

    @Test func `a notice passes it too, and is not sent by whoever published the version alone`() async throws {
        let app = try await TestApp.start()
        try await app.fill(1)
        try await PolicyTests.publish(app, "2", "2026-12-01")
        func policies(_ approval: Campaigns.Approval, _ promises: any PromiseKeeper) -> Policies {
            Policies(
                store: app.courant.store, keyring: app.courant.keyring, clock: app.clock.wall,
                approval: approval, promises: promises)
        }
        let finding = await Broken().brokenPromises()
        await #expect(throws: Refusal.promisesBroken(finding)) {
            try await policies(.none, Broken()).notify("2", expectReaders: nil, by: .staff("Dag"))
        }
        let careful = policies(.secondPerson, NoPromises())
        await #expect(throws: Refusal.needsApproval(.own, from: [])) {
            try await careful.notify("2", expectReaders: nil, by: .staff("Eva"))
        }
        #expect(try await careful.notify("2", expectReaders: nil, by: .staff("Dag")).notice?.campaign.state == .sending)
    }

    // MARK: Test mails

    @Test func `no test mail goes to who wants none or is set aside, nor without end`() async throws {
        let app = try await TestApp.start()
        let campaigns = app.courant.campaigns
        let id = try await campaigns.create(
            TestApp.issue, list: Slug("news"), by: TestApp.editor, idempotencyKey: nil
        ).campaign.id
        func test(_ address: String, by name: String = "Eva") async throws {
            let person = Person(address: try EmailAddress(address), name: nil)
            try await campaigns.test(id, to: person, by: .staff(name))
        }
        try await app.subscribe("never@example.org")
        try await app.unsubscribe("never@example.org", everything: true)
        try await app.put("aside@example.org", state: .restricted)
        let before = app.relay.mails.count
        for address in ["never@example.org", "aside@example.org"] {
            await #expect(throws: Refusal.noTestTo) { try await test(address) }
        }
        for number in 0..<18 { try await test("reader\(number)@example.org") }
        await #expect(throws: Refusal.tooMany(.seconds(180))) { try await test("one-more@example.org") }
        // Each has a budget of their own, and it comes back; an address has one for the day.
        for _ in 0..<20 { try await test("me@example.org", by: "Bo") }
        app.clock.advance(.seconds(3600))
        await #expect(throws: Refusal.noTestTo) { try await test("me@example.org", by: "Bo") }
        try await test("one-more@example.org")
        try await app.deliverAllMail()
        #expect(app.relay.mails.count == before + 39)
    }
}
