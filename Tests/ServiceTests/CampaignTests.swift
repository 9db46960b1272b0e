import CourantTesting
import Foundation
import Mail
import Newsletter
import Rendering
import SQLStore
import Testing
import Wiring

@Suite struct CampaignTests {
    @Test func `a campaign goes to every active subscriber, and to nobody else`() async throws {
        let app = try await TestApp.start()
        try await app.subscribe("ann@example.org", name: "Ann")
        try await app.subscribe("bo@example.org")
        try await app.signUp("pending@example.org")
        try await app.deliverAllMail()
        let id = try await app.launch().campaign.id
        try await app.deliverAllMail()

        let newsletters = app.relay.mails.filter { $0.header("Subject") == "Sensors in spring" }
        #expect(Set(newsletters.map(\.recipient)) == ["ann@example.org", "bo@example.org"])
        #expect(newsletters.first { $0.recipient == "ann@example.org" }?.text.contains("Hello Ann") == true)
        #expect(newsletters.first { $0.recipient == "bo@example.org" }?.text.contains("Hello there") == true)
        let standing = try await app.courant.campaigns.show(id)
        #expect(standing.campaign.state == .sent)
        #expect(standing.progress.accepted == 2 && standing.progress.left == 0)
    }

    @Test func `a newsletter carries one-click unsubscribe, its list and a stable Message-ID`() async throws {
        let app = try await TestApp.start()
        try await app.subscribe("ann@example.org")
        try await app.launch()
        try await app.deliverAllMail()
        let mail = try #require(app.relay.mails(to: "ann@example.org").last)
        #expect(mail.header("List-Unsubscribe-Post") == "List-Unsubscribe=One-Click")
        #expect(mail.header("List-Unsubscribe")?.hasPrefix("<https://news.example.org/unsubscribe/") == true)
        #expect(mail.header("List-Id")?.contains("<news.list-id.example.org>") == true)
        #expect(mail.header("Message-ID")?.hasSuffix("@example.org>") == true)
        #expect(mail.header("From") == "Example News <news@example.org>")
    }

    @Test func `a thousand recipients are accounted for one by one`() async throws {
        let app = try await TestApp.start()
        try await app.fill(1000)
        let id = try await app.launch().campaign.id
        try await app.deliverAllMail()
        #expect(Set(app.relay.mails.map(\.recipient)).count == 1000)
        #expect(app.relay.mails.count == 1000)
        #expect(try await app.courant.campaigns.show(id).progress.accepted == 1000)
    }

    @Test func `what the relay puts off is tried on the schedule, with the same Message-ID`() async throws {
        let app = try await TestApp.start()
        try await app.subscribe("ann@example.org")
        app.relay.answer { _ in .later(SMTPReply(code: 451, enhanced: nil, text: "", to: .recipient)) }
        let id = try await app.launch().campaign.id
        try await app.deliverAllMail()
        #expect(try await app.courant.campaigns.show(id).progress.deferred == 1)
        app.relay.answer { _ in .accepted }
        try await app.deliverAllMail()
        #expect(try await app.courant.campaigns.show(id).progress.accepted == 0)
        app.clock.advance(.seconds(301))
        try await app.deliverAllMail()
        #expect(try await app.courant.campaigns.show(id).progress.accepted == 1)
        #expect(try await app.courant.campaigns.show(id).campaign.state == .sent)
    }

    @Test func `what is put off for 48 hours expires`() async throws {
        let app = try await TestApp.start()
        try await app.subscribe("ann@example.org")
        app.relay.answer { _ in .later(SMTPReply(code: 451, enhanced: nil, text: "", to: .recipient)) }
        let id = try await app.launch().campaign.id
        for delay in [.zero] + RetrySchedule.delays {
            app.clock.advance(delay)
            try await app.deliverAllMail()
        }
        let standing = try await app.courant.campaigns.show(id)
        #expect(standing.progress.expired == 1 && standing.campaign.state == .sent)
        #expect(RetrySchedule.delays.reduce(.zero, +) == .seconds(48 * 3600))
    }

    @Test func `a dead address is held and counted as refused`() async throws {
        let app = try await TestApp.start()
        try await app.subscribe("ann@example.org")
        try await app.subscribe("gone@example.org")
        app.relay.answer { mail in
            guard mail.recipient.localPart == "gone" else { return .accepted }
            return .refused(.dead)
        }
        let id = try await app.launch().campaign.id
        try await app.deliverAllMail()
        let standing = try await app.courant.campaigns.show(id)
        #expect(standing.progress.accepted == 1 && standing.progress.refused == 1 && standing.progress.withdrawn == 0)
        #expect(standing.refusals.map(\.status) == ["5.1.1"])
        let list = try await app.courant.lists.all()[0]
        #expect(list.active == 1 && list.held == 1)
    }

    @Test(arguments: [SMTPCommand.mail, .data, .content], [SMTPReply.dead, .noDomain, .noAddress])
    func `a refusal of our sender or of our content erases nobody`(command: SMTPCommand, reply: SMTPReply) async throws
    {
        let app = try await TestApp.start()
        try await app.fill(20)
        app.relay.answer { _ in
            .refused(SMTPReply(code: reply.code, enhanced: reply.enhanced, text: "", to: command))
        }
        let id = try await app.launch().campaign.id
        try await app.deliverAllMail()
        #expect(try await app.courant.lists.all()[0].active == 20)
        let standing = try await app.courant.campaigns.show(id)
        #expect(standing.progress.deferred == 20 && standing.campaign.state == .paused)
        #expect(standing.campaign.reason?.contains(" at \(command.name): ") == true)
        #expect(standing.held?.held == 0 && standing.refusals.isEmpty)
    }

    @Test func `many refusals because of us stop the campaign, in plain words`() async throws {
        let app = try await TestApp.start()
        try await app.fill(300)
        app.relay.answer { _ in
            .refused(
                SMTPReply(
                    code: 550, enhanced: EnhancedStatus(class: 5, subject: 7, detail: 1), text: "", to: .recipient))
        }
        let id = try await app.launch().campaign.id
        try await app.deliverAllMail()
        let standing = try await app.courant.campaigns.show(id)
        #expect(standing.campaign.state == .paused)
        #expect(standing.campaign.reason?.contains("because of us (last with 5.7.1") == true)
        // Nobody was erased for our fault.
        #expect(try await app.courant.lists.all()[0].active == 300)

        app.relay.answer { _ in .accepted }
        _ = try await app.courant.campaigns.resume(id)
        try await app.deliverAllMail()
        #expect(try await app.courant.campaigns.show(id).progress.accepted == 300)
    }

    @Test func `what is in doubt is sent again only when a person says so`() async throws {
        let app = try await TestApp.start()
        try await app.subscribe("ann@example.org")
        app.relay.answer { _ in .inDoubt }
        let id = try await app.launch().campaign.id
        try await app.deliverAllMail()
        app.relay.answer { _ in .accepted }
        app.clock.advance(.seconds(86_400))
        _ = try await app.courant.campaigns.retry(id, inDoubt: false)
        try await app.deliverAllMail()
        #expect(try await app.courant.campaigns.show(id).progress.inDoubt == 1)
        _ = try await app.courant.campaigns.retry(id, inDoubt: true)
        try await app.deliverAllMail()
        #expect(try await app.courant.campaigns.show(id).progress.accepted == 1)
    }

    @Test func `what a dead process had claimed is sent by the next`() async throws {
        let app = try await TestApp.start()
        try await app.fill(20)
        let id = try await app.launch().campaign.id
        let claimed = try await app.courant.store.write {
            try $0.claimDeliveries(of: id, now: .distantFuture, limit: 7)
        }
        #expect(claimed.count == 7)
        let next = try await app.restart()
        try await next.deliverAllMail()
        #expect(Set(next.relay.mails.map(\.recipient)).count == 20)
        #expect(try await next.courant.campaigns.show(id).campaign.state == .sent)
    }

    @Test func `paused means paused, resumed goes on, cancelled is over`() async throws {
        let app = try await TestApp.start()
        try await app.fill(3)
        let id = try await app.launch().campaign.id
        _ = try await app.courant.campaigns.pause(id)
        try await app.deliverAllMail()
        #expect(app.relay.mails.isEmpty)
        _ = try await app.courant.campaigns.resume(id)
        try await app.deliverAllMail()
        #expect(app.relay.mails.count == 3)

        let other = try await app.launch().campaign.id
        _ = try await app.courant.campaigns.cancel(other)
        try await app.deliverAllMail()
        #expect(app.relay.mails.count == 3)
        await #expect(throws: Refusal.wrongState(.cancelled, verb: "resume")) {
            try await app.courant.campaigns.resume(other)
        }
    }

    @Test func `a list is not closed under a campaign that is on its way`() async throws {
        let app = try await TestApp.start()
        try await app.fill(3)
        let (lists, campaigns) = (app.courant.lists, app.courant.campaigns)
        let news = try await lists.all()[0].list.slug
        let id = try await app.launch().campaign.id
        for isPaused in [false, true] {
            if isPaused { _ = try await campaigns.pause(id) }
            await #expect(throws: Refusal.underWay(id)) {
                try await lists.close(news, expectErased: 3, by: .host)
            }
        }
        _ = try await campaigns.cancel(id)
        #expect(try await lists.close(news, expectErased: 3, by: .host).list.closedAt != nil)
    }

    @Test func `a scheduled campaign begins at its time`() async throws {
        let app = try await TestApp.start()
        try await app.fill(2)
        let id = try await app.launch(at: app.clock.wall.now() + .seconds(3600)).campaign.id
        try await app.deliverAllMail()
        #expect(app.relay.mails.isEmpty)
        app.clock.advance(.seconds(3600))
        try await app.deliverAllMail()
        #expect(app.relay.mails.count == 2)
        #expect(try await app.courant.campaigns.show(id).campaign.state == .sent)
    }

    @Test func `sending is refused when the count or the content is another`() async throws {
        let app = try await TestApp.start()
        try await app.fill(2)
        let id = try await app.courant.campaigns.create(
            TestApp.issue, list: Slug("news"), by: TestApp.editor, idempotencyKey: "k"
        ).campaign.id
        let plan = try await app.courant.campaigns.plan(id)
        #expect(plan.recipients == 2)
        await #expect(throws: Refusal.recipientsChanged(expected: 3, actual: 2)) {
            try await app.courant.campaigns.send(id, digest: plan.digest, expectRecipients: 3, at: nil)
        }
        await #expect(throws: Refusal.digestChanged) {
            try await app.courant.campaigns.send(id, digest: "0", expectRecipients: nil, at: nil)
        }
        for _ in 1...2 {
            _ = try await app.courant.campaigns.send(id, digest: plan.digest, expectRecipients: 2, at: nil)
        }
        try await app.deliverAllMail()
        #expect(app.relay.mails.count == 2)
    }

    @Test func `one idempotency key makes one campaign`() async throws {
        let app = try await TestApp.start()
        let campaigns = app.courant.campaigns
        let first = try await campaigns.create(
            TestApp.issue, list: Slug("news"), by: TestApp.editor, idempotencyKey: "k")
        let again = try await campaigns.create(
            TestApp.issue, list: Slug("news"), by: TestApp.editor, idempotencyKey: "k")
        #expect(first.campaign.id == again.campaign.id)
        await #expect(throws: Refusal.idempotencyKeyReused) {
            try await campaigns.create(TestApp.issue + "!", list: Slug("news"), by: TestApp.editor, idempotencyKey: "k")
        }
    }

    @Test func `a test mail goes to its address alone and its link unsubscribes no one`() async throws {
        let app = try await TestApp.start()
        try await app.subscribe("ann@example.org")
        let id = try await app.courant.campaigns.create(
            TestApp.issue, list: Slug("news"), by: TestApp.editor, idempotencyKey: nil
        ).campaign.id
        let ticket = try await app.courant.campaigns.test(
            id, to: Person(address: EmailAddress("eva@example.org"), name: nil), by: .host)
        try await app.deliverAllMail()
        #expect(app.relay.mails(to: "eva@example.org").count == 1)
        #expect(try await app.courant.campaigns.answer(to: ticket, within: .zero)?.state == .accepted)
        let mail = try #require(app.relay.mails(to: "eva@example.org").first)
        #expect(mail.header("Subject") == "[Test] Sensors in spring")
        #expect(mail.text.contains("It subscribes nobody") && !mail.text.contains("because you subscribe"))
        try await app.unsubscribe("eva@example.org")
        #expect(try await app.courant.lists.all()[0].active == 1)
    }

    @Test func `a test that the relay refuses is told so`() async throws {
        let app = try await TestApp.start()
        let campaigns = app.courant.campaigns
        let id = try await campaigns.create(
            TestApp.issue, list: Slug("news"), by: TestApp.editor, idempotencyKey: nil
        ).campaign.id
        let status = EnhancedStatus(class: 5, subject: 1, detail: 1)
        app.relay.answer { _ in .refused(SMTPReply(code: 550, enhanced: status, text: "", to: .mail)) }
        let ticket = try await campaigns.test(
            id, to: Person(address: EmailAddress("eva@example.org"), name: nil), by: .host)
        #expect(try await campaigns.answer(to: ticket, within: .zero) == nil)
        try await app.deliverAllMail()
        let answer = try await campaigns.answer(to: ticket, within: .zero)
        #expect(answer?.state == .refused)
        #expect(answer?.reason == "550 5.1.1 at MAIL: our sender address is not accepted.")
    }

    @Test func `when the deferred are tried again is told`() async throws {
        let app = try await TestApp.start()
        try await app.subscribe("ann@example.org")
        app.relay.answer { _ in .later(SMTPReply(code: 451, enhanced: nil, text: "", to: .recipient)) }
        let id = try await app.launch().campaign.id
        try await app.deliverAllMail()
        let standing = try await app.courant.campaigns.show(id)
        #expect(standing.progress.deferred == 1)
        let wait = try #require(standing.nextAttempt).timeIntervalSince(app.clock.wall.now())
        #expect(abs(wait - 300) < 1)
        _ = try await app.courant.campaigns.pause(id)
        #expect(try await app.courant.campaigns.show(id).nextAttempt == nil)
    }

    @Test func `what can be done instead is what changes something`() {
        #expect(CampaignState.sent.verbs == [.retry] && CampaignState.cancelled.verbs.isEmpty)
        #expect(CampaignState.sending.verbs == [.pause, .cancel, .retry])
    }

    @Test func `a file that names no list can be looked at`() async throws {
        let app = try await TestApp.start()
        let preview = try await app.courant.campaigns.preview(TestApp.issue, list: nil, name: nil)
        #expect(preview.text.contains("Hello there") && preview.findings.contains { $0.message.contains("no list") })
    }

    @Test func `a preview is the very mail that would be sent`() async throws {
        let app = try await TestApp.start()
        let preview = try await app.courant.campaigns.preview(
            TestApp.issue, list: Slug("news"), name: PersonName("Åsa"))
        #expect(preview.text.contains("Hello Åsa"))
        #expect(preview.html.contains("Åsa"))
        #expect(preview.subject == "Sensors in spring")
        #expect(String(decoding: preview.source, as: UTF8.self).contains("List-Unsubscribe-Post"))
    }

    @Test func `a file with errors is not created`() async throws {
        let app = try await TestApp.start()
        await #expect(throws: Refusal.self) {
            try await app.courant.campaigns.create(
                "no front matter", list: Slug("news"), by: TestApp.editor, idempotencyKey: nil)
        }
        #expect(try await app.courant.campaigns.all().isEmpty)
    }
}
