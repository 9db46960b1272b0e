import CourantTesting
import Foundation
import Mail
import Newsletter
import Outbound
import SQLStore
import Synchronization
import Testing
import Wiring

/// Nothing that cannot be undone is done on one relay's word.
@Suite struct HoldTests {
    static let day = Duration.seconds(86_400)

    // MARK: Relays that lie

    @Test(arguments: [80, 600], ["550 5.1.1 User unknown", "550 5.1.2 Host unknown"])
    func `a relay that calls everybody dead erases nobody, also after a restart`(_ count: Int, _ reply: String)
        async throws
    {
        let script = try SMTPScript { step, _ in step == .rcpt ? .reply(reply) : nil }
        var app = try await TestApp.start(through: script)
        try await app.fill(count)
        let id = try await app.launch().campaign.id
        try await app.deliverAllMail()
        let standing = try await app.courant.campaigns.show(id)
        #expect(standing.campaign.state == .paused && standing.campaign.reason?.contains("in a row") == true)
        let held = try #require(standing.held)
        #expect(held.held >= min(count, 80) && held.brake.isOn)
        #expect(standing.campaign.reason?.hasPrefix("\(held.held) in a row were refused alike") == true)
        #expect(standing.heldWords?.contains("Nobody is erased: ") == true)
        app = try await app.restart(through: script)
        #expect(try await app.sweepHeld(after: .seconds(25 * 3600)) == BounceSweep())
        #expect(try await app.everybody() == count)
        // Nobody has decided: the next campaign tells.
        try await app.sweepHeld(after: Bounces.decisionTerm - Self.day)
        #expect(try await app.held().held == 0)
        #expect(try await app.everybody() == count)
        #expect(try await app.courant.lists.all()[0].active == count)
        #expect(try await app.strikes("reader0@example.org") == 1)
    }

    @Test func `what is said of several providers is one sentence, the worst of them first`() {
        let brake = Brake(reasons: [
            .relay(held: 30, answers: 200), .domain(held: 5, answers: 9), .domain(held: 12, answers: 14),
            .domain(held: 7, answers: 8), .domain(held: 6, answers: 6), .campaign(3, held: 30, answers: 40),
        ])
        #expect(brake.words.count == 3)
        #expect(
            brake.words[1].hasPrefix(
                "12 of 14 at one provider, 7 of 8 at another, 6 of 6 at another are said not to exist, and so it is at 1 more"
            ))
        let one = Brake(reasons: [.domain(held: 12, answers: 14)])
        #expect(one.words == one.reasons.map(\.words))
    }

    @Test func `forty of two thousand at one domain are its fault, and staff decide`() async throws {
        let script = try SMTPScript { step, turn in
            step == .rcpt && turn.line.contains("@corp.example") ? .reply("550 5.1.1 User unknown") : nil
        }
        let app = try await TestApp.start(through: script)
        try await app.fill(
            addresses: (0..<2_000).map { "reader\($0)@\($0 % 50 == 0 ? "corp" : "d\($0 % 97)").example" })
        let id = try await app.launch().campaign.id
        try await app.deliverAllMail()
        #expect(try await app.courant.campaigns.show(id).campaign.state == .sent)
        #expect(try await app.held().brake.reasons == [.domain(held: 40, answers: 40)])
        #expect(try await app.sweepHeld(after: .seconds(25 * 3600)) == BounceSweep())
        await #expect(throws: Refusal.heldChanged(expected: 39, actual: 40)) {
            try await app.courant.bounces.erase(campaign: id, expect: 39, by: .staff("Pia"))
        }
        #expect(try await app.courant.bounces.erase(campaign: id, expect: 40, by: .staff("Pia")) == 40)
        #expect(try await app.everybody() == 1_960)
        #expect(try await app.audited(.eraseHeld).count == 1)
        let progress = try await app.courant.campaigns.show(id).progress
        #expect(progress.refused == 40 && progress.accepted == 1_960 && progress.withdrawn == 0)
    }

    @Test(arguments: [
        (SMTPScript.Step.mail, "550 5.1.1 sender unknown"), (.mail, "553 5.1.3 bad sender"),
        (.data, "554 5.7.1 no"), (.content, "554 5.1.1 no"), (.rcpt, "554 5.7.1 Relay access denied"),
        (.rcpt, "504 5.5.2 HELO rejected"), (.rcpt, "552 5.3.4 too big"), (.rcpt, "550 no"),
    ])
    func `what is refused because of us is kept, and goes once when it is mended`(
        _ step: SMTPScript.Step, _ reply: String
    ) async throws {
        let isMended = Atomic(false)
        let script = try SMTPScript { asked, _ in
            asked == step && !isMended.load(ordering: .relaxed) ? .reply(reply) : nil
        }
        let app = try await TestApp.start(through: script)
        try await app.fill(66)
        let id = try await app.launch().campaign.id
        try await app.deliverAllMail()
        var standing = try await app.courant.campaigns.show(id)
        #expect(standing.campaign.state == .paused && standing.progress.deferred == 66 && standing.refusals.isEmpty)
        #expect(try await app.held().held == 0)
        isMended.store(true, ordering: .relaxed)
        _ = try await app.courant.campaigns.resume(id)
        try await app.deliverAllMail()
        standing = try await app.courant.campaigns.show(id)
        #expect(standing.campaign.state == .sent && standing.progress.accepted == 66)
        #expect(script.takenBy.count == 66 && Set(script.takenBy).count == 66)
    }

    @Test(arguments: [8, 66]) func `a stop's reason is what the relay said, in the log without anybody's address`(
        _ count: Int
    ) async throws {
        let script = try SMTPScript { step, _ in step == .mail ? .reply("550 5.1.1 sender unknown") : nil }
        let log = LogLines()
        let relay = SMTPRelay(configuration: .local(port: script.port, connections: 4))
        let app = try await TestApp.start(through: relay, logger: log.logger)
        try await app.fill(count)
        let id = try await app.launch().campaign.id
        try await app.deliverAllMail()
        let reason = try #require(try await app.courant.campaigns.show(id).campaign.reason)
        #expect(reason.contains("5.1.1 at MAIL: our sender address is not accepted") && !reason.contains("5.7"))
        let told = log.text.utf8.split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }
            .filter { $0.contains("a campaign was paused by the service") }
        #expect(told.count == 1 && told[0].contains("campaign=\(id)") && told[0].contains("cause=refused-"))
        #expect(!log.text.contains("reader0@"))
    }

    @Test func `a small list has a guard of its own, and whom the relay did not know gets the issue after all`()
        async throws
    {
        let app = try await TestApp.start()
        try await app.fill(15)
        app.relay.answer { _ in .refused(.dead) }
        let id = try await app.launch().campaign.id
        try await app.deliverAllMail()
        var standing = try await app.courant.campaigns.show(id)
        #expect(standing.campaign.state == .paused)
        #expect(standing.campaign.reason?.contains("15 of 15 were refused, more than half") == true)
        #expect(standing.held?.brake.reasons.contains(.campaign(id, held: 15, answers: 15)) == true)
        app.relay.answer { _ in .accepted }
        #expect(try await app.courant.bounces.release(campaign: id, expect: 15, by: .staff("Pia")) == 15)
        _ = try await app.courant.campaigns.resume(id)
        try await app.deliverAllMail()
        standing = try await app.courant.campaigns.show(id)
        #expect(standing.progress.accepted == 15 && standing.progress.refused == 0 && standing.campaign.state == .sent)
        #expect(Set(app.relay.mails.map(\.recipient)).count == 15 && app.relay.mails.count == 15)
    }

    // MARK: The dead

    @Test(arguments: [Duration.seconds(86_400), .zero])
    func `a few who are gone go when their time is over, and not before`(_ hold: Duration) async throws {
        let app = try await TestApp.start { $0.bouncesHold = hold }
        try await app.fill(addresses: (0..<200).map { "reader\($0)@d\($0 % 40).example" })
        app.relay.answer { mail in
            ["reader7", "reader70", "reader180"].contains(mail.recipient.localPart) ? .refused(.dead) : .accepted
        }
        let id = try await app.launch().campaign.id
        try await app.deliverAllMail()
        let standing = try await app.courant.campaigns.show(id)
        #expect(standing.held?.held == 3 && standing.held?.brake == .off && standing.campaign.state == .sent)
        #expect(standing.heldWords?.hasPrefix("3 held: said not to exist; erased ") == true)
        if hold > .zero { #expect(try await app.sweepHeld(after: hold - .seconds(60)) == BounceSweep()) }
        #expect(try await app.sweepHeld(after: .seconds(61)).erased == 3)
        #expect(try await app.everybody() == 197)
        let progress = try await app.courant.campaigns.show(id).progress
        #expect(progress.refused == 3 && progress.accepted == 197 && progress.left == 0 && progress.withdrawn == 0)
        #expect(try await app.find("reader7@d7.example").fingerprints.isEmpty)
        #expect(try await app.courant.store.read { try $0.answerCounts().map(\.count) } == [200])
        try await app.sweepHeld(after: .seconds(17 * 86_400))
        #expect(try await app.courant.store.read { try $0.answerCounts().isEmpty })
    }

    @Test func `who is held is in no audience, and can still leave, export and be erased`() async throws {
        let app = try await TestApp.start()
        try await app.hold("gone@example.org", among: 20)
        let second = try await app.launch()
        #expect(second.progress.recipients == 20)
        try await app.deliverAllMail()
        #expect(app.relay.mails(to: "gone@example.org").isEmpty)
        let found = try #require(try await app.find("gone@example.org").subscriptions.first)
        #expect(found.subscription.heldAt != nil)
        let list = try await app.courant.lists.all()[0]
        #expect(list.active == 20 && list.held == 1)
        let link = UnsubscribeLink(found.subscription.id, place: .body, keyring: app.courant.keyring)
        try await app.courant.subscriptions.unsubscribe(link, everything: false)
        #expect(try await app.held().held == 0)
        #expect(try await app.everybody() == 20)
        let progress = try await app.courant.campaigns.show(1).progress
        #expect(progress.accepted == 20 && progress.withdrawn == 1 && progress.left == 0)
    }

    @Test func `their own privacy link is sent, and once it is taken they are written to again`() async throws {
        let app = try await TestApp.start()
        try await app.hold("ann@example.org", among: 20)
        _ = try await app.privacyLink("ann@example.org")
        #expect(try await app.held().held == 0)
        #expect(try await app.active() == 21)
        #expect(try await app.strikes("ann@example.org") == nil)
        try await app.launch()
        try await app.deliverAllMail()
        #expect(app.relay.mails(to: "ann@example.org").count == 2)
    }

    @Test func `their own new sign-up is answered as always, and lifts the hold when it is confirmed`() async throws {
        let app = try await TestApp.start()
        try await app.hold("ann@example.org", among: 20)
        try await app.subscribe("ann@example.org")
        #expect(try await app.held().held == 0)
        #expect(try await app.active() == 21)
    }

    @Test func `whoever is held after a campaign began is passed by, and counted`() async throws {
        let app = try await TestApp.start()
        try await app.fill(addresses: (0..<30).map { "reader\($0)@d\($0).example" })
        let id = try await app.launch().campaign.id
        let digest = app.courant.keyring.digest(of: try EmailAddress("reader9@d9.example"))
        app.clock.advance(.seconds(1))
        let now = app.clock.wall.now()
        try await app.courant.store.write { tx in
            guard let id = try tx.subscriptions(digest: digest).first?.id else { throw TestFailure("nobody") }
            try tx.hold(id, Hold(status: "5.1.1", campaign: nil, domain: nil), at: now)
        }
        try await app.deliverAllMail()
        let standing = try await app.courant.campaigns.show(id)
        #expect(standing.progress.accepted == 29 && standing.progress.withdrawn == 1 && standing.progress.left == 0)
        #expect(standing.campaign.state == .sent)
    }

    // MARK: Several instances

    @Test func `instances on one database judge together`() async throws {
        guard Engine.usual == .postgresql else { return }
        let apps = try await TestApp.company(of: 2)
        try await apps[0].fill(40)
        for app in apps { app.relay.answer { _ in .refused(.dead) } }
        let id = try await apps[0].launch().campaign.id
        async let first = apps[0].deliverAllMail()
        async let second = apps[1].deliverAllMail()
        _ = try await (first, second)
        for app in apps {
            let held = try await app.held()
            #expect(held.held == 40 && held.brake.isOn)
            #expect(try await app.courant.campaigns.show(id).campaign.state == .paused)
        }
        apps[0].clock.advance(.seconds(25 * 3600))
        for app in apps { #expect(try await app.courant.bounces.sweep() == BounceSweep()) }
        #expect(try await apps[1].courant.bounces.release(campaign: id, expect: 40, by: .host) == 40)
        #expect(try await apps[0].held().held == 0)
    }
}

extension TestApp {
    /// One of `count` others and one more, who is said not to exist.
    fileprivate func hold(_ address: String, among count: Int) async throws {
        try await fill(addresses: (0..<count).map { "reader\($0)@d\($0).example" } + [address])
        relay.answer { $0.recipient.wire == address ? .refused(.dead) : .accepted }
        try await launch()
        try await deliverAllMail()
        relay.answer { _ in .accepted }
        #expect(try await held().held == 1)
        clock.advance(.seconds(3600))
    }

    fileprivate func strikes(_ address: String) async throws -> Int? {
        let digest = courant.keyring.digest(of: try EmailAddress(address))
        return try await courant.store.read { tx in
            try tx.subscriptions(digest: digest).first.flatMap { try tx.heldState(of: $0.id) }?.strikes
        }
    }
}
