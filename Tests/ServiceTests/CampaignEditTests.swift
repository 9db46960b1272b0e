import CourantTesting
import Foundation
import Mail
import Newsletter
import SQLStore
import Testing
import Wiring

/// One file, one campaign: another text, another time, or held, before anybody has it.
@Suite struct CampaignEditTests {
    private static let other = TestApp.issue.replacing("Three things.", with: "Four things.")

    @Test func `another text makes what was scheduled a draft again, and the approval void`() async throws {
        let app = try await TestApp.start()
        try await app.fill(2)
        let campaigns = app.courant.campaigns
        let id = try await app.launch(at: app.clock.wall.now() + .seconds(3600)).campaign.id
        let same = try await campaigns.edit(id, TestApp.issue, by: .host).campaign
        #expect(same.state == .scheduled)
        let edited = try await campaigns.edit(id, Self.other, file: "spring.md", by: .host).campaign
        #expect(edited.state == .draft && edited.scheduledFor == nil && edited.file == "spring.md")
        app.clock.advance(.seconds(3600))
        try await app.deliverAllMail()
        #expect(app.relay.mails.isEmpty)
        let plan = try await campaigns.plan(id)
        _ = try await campaigns.send(id, digest: plan.digest, expectRecipients: 2, at: nil)
        try await app.deliverAllMail()
        #expect(app.relay.mails.count == 2 && app.relay.mails.allSatisfy { $0.text.contains("Four things.") })
        await #expect(throws: Refusal.wrongState(.sent, verb: "edit")) {
            try await campaigns.edit(id, TestApp.issue, by: .host)
        }
    }

    @Test func `a test mail shows the text that a campaign has by then`() async throws {
        let app = try await TestApp.start()
        let campaigns = app.courant.campaigns
        let id = try await campaigns.create(
            TestApp.issue, list: Slug("news"), by: TestApp.editor, idempotencyKey: nil
        ).campaign.id
        let me = Person(address: try EmailAddress("me@example.org"), name: nil)
        for (text, words) in [(TestApp.issue, "Three things."), (Self.other, "Four things.")] {
            _ = try await campaigns.edit(id, text, by: .host)
            try await campaigns.test(id, to: me)
            try await app.deliverAllMail()
            #expect(app.relay.mails.last?.text.contains(words) == true)
        }
    }

    @Test func `what is scheduled can be held, goes on, and gets another time`() async throws {
        let app = try await TestApp.start()
        try await app.fill(1)
        let (campaigns, now) = (app.courant.campaigns, app.clock.wall.now())
        let id = try await app.launch(at: now + .seconds(3600)).campaign.id
        #expect(try await campaigns.pause(id).campaign.state == .paused)
        #expect(try await campaigns.resume(id).campaign.state == .scheduled)
        _ = try await campaigns.pause(id)
        app.clock.advance(.seconds(7200))
        try await app.deliverAllMail()
        #expect(app.relay.mails.isEmpty)
        await #expect(throws: Refusal.timePassed(now + .seconds(3600))) { try await campaigns.resume(id) }
        await #expect(throws: Refusal.timePassed(now)) { try await campaigns.reschedule(id, at: now, by: .host) }
        let again = try await campaigns.reschedule(id, at: now + .seconds(9000), by: .host).campaign
        #expect(again.state == .scheduled && again.scheduledFor == now + .seconds(9000))
        app.clock.advance(.seconds(1800))
        try await app.deliverAllMail()
        #expect(app.relay.mails.count == 1)
        await #expect(throws: Refusal.wrongState(.sent, verb: "reschedule")) {
            try await campaigns.reschedule(id, at: now + .seconds(9999), by: .host)
        }
    }

    @Test func `what has begun is neither edited nor put off, and scheduling it elsewhere is not sending`() async throws
    {
        let app = try await TestApp.start()
        try await app.fill(1)
        let (campaigns, now) = (app.courant.campaigns, app.clock.wall.now())
        let id = try await app.launch().campaign.id
        _ = try await campaigns.pause(id)
        await #expect(throws: Refusal.hasBegun(.edit)) { try await campaigns.edit(id, Self.other, by: .host) }
        await #expect(throws: Refusal.hasBegun(.reschedule)) {
            try await campaigns.reschedule(id, at: now + .seconds(60), by: .host)
        }
        let other = try await app.launch(Self.other, at: now + .seconds(3600)).campaign
        await #expect(throws: Refusal.wrongState(.scheduled, verb: "send")) {
            try await campaigns.send(
                other.id, digest: other.digest, expectRecipients: nil, at: now + .seconds(7200))
        }
        // Said once more, it changes nothing.
        let repeated = try await campaigns.send(
            other.id, digest: other.digest, expectRecipients: nil, at: now + .seconds(3600))
        #expect(repeated.campaign.state == .scheduled)
    }

    @Test func `an edit is for the list that the campaign is for, and its own errors keep it`() async throws {
        let app = try await TestApp.start()
        let campaigns = app.courant.campaigns
        let id = try await campaigns.create(
            TestApp.issue, list: Slug("news"), by: TestApp.editor, idempotencyKey: "k"
        ).campaign.id
        await #expect(throws: Refusal.self) {
            try await campaigns.edit(
                id, Self.other.replacing("preheader:", with: "list: events\npreheader:"), by: .host)
        }
        await #expect(throws: Refusal.self) { try await campaigns.edit(id, "no front matter", by: .host) }
        _ = try await campaigns.edit(id, Self.other, by: .host)
        // What the first call made is another by now: the same call makes a campaign of its own.
        let again = try await campaigns.create(
            TestApp.issue, list: Slug("news"), by: TestApp.editor, idempotencyKey: "k")
        #expect(again.campaign.id != id)
    }

    @Test func `every verb applies in some state, and what applies is said`() {
        for verb in CampaignVerb.allCases { #expect(CampaignState.allCases.contains { $0.allows(verb) }) }
        #expect(CampaignState.cancelled.verbs.isEmpty && CampaignState.sent.verbs == [.retry])
        #expect(CampaignState.scheduled.verbs == [.edit, .send, .reschedule, .pause, .cancel])
    }
}
