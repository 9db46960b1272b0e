import CourantAPI
import CourantTesting
import Foundation
import HTTPTypes
import HummingbirdTesting
import Mail
import Newsletter
import Testing
import Wiring

@testable import Web

/// Figures that are shown together agree.
@Suite struct FigureTests {
    private static let dead = SMTPReply(
        code: 550, enhanced: EnhancedStatus(class: 5, subject: 1, detail: 1), text: "", to: .recipient)
    private static let switchedOff = SMTPReply(
        code: 550, enhanced: EnhancedStatus(class: 5, subject: 2, detail: 1), text: "", to: .recipient)

    @Test func `what has not begun says how many it would reach now`() async throws {
        let app = try await TestApp.start()
        try await app.fill(3)
        let made = try await app.courant.campaigns.create(
            TestApp.issue, list: Slug("news"), by: TestApp.editor, idempotencyKey: nil)
        let id = made.campaign.id
        #expect(try await app.courant.campaigns.show(id).audience == 3)
        let plan = try await app.courant.campaigns.plan(id)
        let later = app.clock.wall.now().addingTimeInterval(3600)
        let scheduled = try await app.courant.campaigns.send(
            id, digest: plan.digest, expectRecipients: 3, at: later)
        #expect(scheduled.audience == 3 && scheduled.campaign.state == .scheduled)
        #expect(try await app.courant.campaigns.all().map(\.audience) == [3])
        app.clock.advance(.seconds(3601))
        try await app.deliverAllMail()
        let sent = try await app.courant.campaigns.show(id)
        #expect(sent.audience == nil && sent.progress.recipients == 3 && sent.progress.accepted == 3)
    }

    @Test func `a pause, and what is shown after it, say the same`() async throws {
        let app = try await TestApp.start()
        try await app.fill(30)
        let id = try await app.launch().campaign.id
        let now = app.clock.wall.now()
        // As many as are in flight at a pause: what the relay has not answered comes back as it went, one it has put off.
        try await app.courant.store.write { tx in
            let flown = try tx.claimDeliveries(of: id, now: now, limit: 21)
            let back: [(sequence: Int64, outcome: Outcome)] = flown.dropFirst().map {
                ($0.sequence, .deferred(until: now, attempts: 0, status: nil))
            }
            let late: Outcome = .deferred(until: now + .seconds(300), attempts: 1, status: "4.2.2")
            try tx.settle(back + [(flown[0].sequence, late)], of: id, at: now)
        }
        let paused = try await app.courant.campaigns.pause(id)
        let shown = try await app.courant.campaigns.show(id)
        #expect(shown.progress == paused.progress)
        #expect(shown.progress.left == 29 && shown.progress.deferred == 1)
    }

    @Test func `who leaves while their mail is on its way has got it, and who leaves before has not`() async throws {
        let app = try await TestApp.start()
        try await app.fill(3)
        let id = try await app.launch().campaign.id
        let now = app.clock.wall.now()
        let flown = try await app.courant.store.write { try $0.claimDeliveries(of: id, now: now, limit: 2) }
        try await app.courant.store.write { tx in
            for delivery in flown { _ = try tx.erase(delivery.subscription, at: now) }
        }
        #expect(try await app.courant.campaigns.show(id).progress.withdrawn == 2)
        try await app.courant.store.write { tx in
            try tx.settle([(flown[0].sequence, .accepted), (flown[1].sequence, .withdrawn)], of: id, at: now)
        }
        let progress = try await app.courant.campaigns.show(id).progress
        #expect(progress.accepted == 1 && progress.withdrawn == 1 && progress.left == 1)
    }

    @Test func `after a retry each refusal still has its reason, and it says how many are tried`() async throws {
        let app = try await TestApp.start()
        for name in ["ann", "bo", "cy"] { try await app.subscribe("\(name)@example.org") }
        app.relay.answer { $0.recipient.wire == "ann@example.org" ? .refused(Self.dead) : .refused(Self.switchedOff) }
        let id = try await app.launch().campaign.id
        try await app.deliverAllMail()
        let result = try await app.courant.campaigns.retry(id, inDoubt: false, by: .host)
        let refused = try await app.courant.campaigns.show(id).progress.refused
        #expect(result.retried == 3 - refused && result.retried > 0)
        try await app.deliverAllMail()
        let standing = try await app.courant.campaigns.show(id)
        #expect(standing.refusals.reduce(0) { $0 + $1.count } == standing.progress.refused)
        app.relay.answer { _ in .accepted }
        _ = try await app.courant.campaigns.retry(id, inDoubt: false)
        try await app.deliverAllMail()
        #expect(try await app.courant.campaigns.retry(id, inDoubt: false, by: .host).retried == 0)
    }

    @Test func `a notice goes to everybody, and its maker is named as any other`() async throws {
        let web = try await WebApp.start()
        try await web.app.subscribe("ann@example.org")
        let admin = try await web.token("Admin", .admin)
        var keyed = admin
        keyed[.idempotencyKey] = "n"
        _ = try await web.json("/api/v1/policies/1/notify", "{}", keyed)
        let all: CampaignsInfo = try await web.ask(.get, "/api/v1/campaigns", admin).decoded()
        #expect(all.campaigns.map(\.createdBy) == ["Admin"] && all.campaigns[0].notice != nil)
    }

    @Test func `a column that is not kept is named, and last_contact has its own answer`() {
        #expect(ImportFault.unknownColumn("phone").words.contains("“phone”"))
        let words = ImportFault.contactOnConsent.words
        #expect(words.contains("last_contact") && !words.contains("Kept are"))
        #expect(ImportFault.date.words != ImportFault.future.words)
    }
}
