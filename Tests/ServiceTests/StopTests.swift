import CourantTesting
import Foundation
import Mail
import Newsletter
import SQLStore
import Testing
import Wiring

/// What a commit says of somebody holds for the mails too that were claimed before it.
@Suite struct StopTests {
    // MARK: The dead

    @Test func `whom one campaign has found dead gets nothing of another that waits at the relay`() async throws {
        let app = try await TestApp.start()
        try await app.fill(2)
        app.answerSlowly { $0.recipient.localPart == "reader0" ? .refused(.dead) : .accepted }
        let (_, second) = (try await app.launch(), try await app.launch().campaign.id)
        app.relay.hold { $0.group == second }
        async let delivering = app.deliverAllMail()
        try await app.until { try await app.held().held == 1 }
        app.relay.answer { _ in .accepted }
        app.relay.release()
        _ = try await delivering
        #expect(app.relay.mails.map(\.recipient) == ["reader1@example.org", "reader1@example.org"])
        let standing = try await app.courant.campaigns.show(second)
        #expect(standing.campaign.state == .sent)
        #expect(standing.progress.accepted == 1 && standing.progress.refused == 1 && standing.progress.withdrawn == 0)
    }

    @Test func `whom a mail of the outbox has found dead gets nothing of a campaign that waits at the relay`()
        async throws
    {
        let app = try await TestApp.start()
        try await app.fill(2)
        app.answerSlowly { $0.group == 0 ? .refused(.dead) : .accepted }
        let id = try await app.launch().campaign.id
        try await app.courant.rights.requestLink(EmailAddress("reader0@example.org"), language: .english)
        app.relay.hold { $0.group == id }
        async let delivering = app.deliverAllMail()
        try await app.until { try await app.held().held == 1 }
        app.relay.release()
        _ = try await delivering
        #expect(app.relay.mails.map(\.recipient) == ["reader1@example.org"])
        #expect(try await app.courant.campaigns.show(id).progress.refused == 1)
    }

    @Test func `who turns out to live gets the issue that was stopped`() async throws {
        let app = try await TestApp.start()
        try await app.fill(1)
        app.answerSlowly { $0.group == 0 ? .refused(.dead) : .accepted }
        let id = try await app.launch().campaign.id
        try await app.courant.rights.requestLink(EmailAddress("reader0@example.org"), language: .english)
        app.relay.hold { $0.group == id }
        async let delivering = app.deliverAllMail()
        try await app.until { try await app.held().held == 1 }
        #expect(try await app.courant.bounces.release(campaign: nil, expect: 1, by: .host) == 1)
        app.relay.release()
        _ = try await delivering
        #expect(app.relay.mails.map(\.recipient) == ["reader0@example.org"])
        #expect(try await app.courant.campaigns.show(id).progress.accepted == 1)
    }

    // MARK: Who moves

    @Test func `what waits at the relay for an old address goes to the new one`() async throws {
        let app = try await TestApp.start()
        try await app.fill(1)
        let token = try await app.beginMove(from: "reader0@example.org", to: "ann@new.example")
        app.relay.hold()
        let id = try await app.launch().campaign.id
        async let delivering = app.deliverAllMail()
        try await app.until { app.relay.isHolding }
        _ = try await app.courant.rights.confirmChange(token)
        app.relay.release()
        _ = try await delivering
        #expect(app.issues.map(\.recipient) == ["ann@new.example"])
        let progress = try await app.courant.campaigns.show(id).progress
        #expect(progress.accepted == 1 && progress.withdrawn == 0 && progress.left == 0)
    }

    @Test func `nor does a mail of the outbox go to an old address`() async throws {
        let app = try await TestApp.start()
        try await app.fill(1)
        let token = try await app.beginMove(from: "reader0@example.org", to: "ann@new.example")
        app.clock.advance(.seconds(3601))
        try await app.courant.rights.requestLink(EmailAddress("reader0@example.org"), language: .english)
        app.relay.hold()
        async let delivering = app.deliverAllMail()
        try await app.until { app.relay.isHolding }
        let before = app.relay.mails.count
        _ = try await app.courant.rights.confirmChange(token)
        app.relay.release()
        _ = try await delivering
        #expect(app.relay.mails.count == before)
    }

    // MARK: Who stays

    @Test func `a change that fails stops nobody's mail, whoever shares its commit`() async throws {
        let app = try await TestApp.start()
        try await app.fill(3)
        app.relay.hold()
        let id = try await app.launch().campaign.id
        async let delivering = app.deliverAllMail()
        try await app.until { app.relay.isHolding }
        let digests = try (0..<3).map { app.courant.keyring.digest(of: try EmailAddress("reader\($0)@example.org")) }
        let (store, now) = (app.courant.store, app.clock.wall.now())
        await withTaskGroup { group in
            for (index, digest) in digests.enumerated() {
                group.addTask {
                    try? await store.write { tx in
                        for found in try tx.subscriptions(digest: digest) { _ = try tx.erase(found.id, at: now) }
                        if index != 1 { throw TestFailure("changed my mind") }
                    }
                }
            }
        }
        app.relay.release()
        _ = try await delivering
        #expect(app.relay.mails.map(\.recipient).sorted() == ["reader0@example.org", "reader2@example.org"])
        let progress = try await app.courant.campaigns.show(id).progress
        #expect(progress.accepted == 2 && progress.withdrawn == 1 && progress.left == 0)
    }

    @Test(.timeLimit(.minutes(1))) func `a commit that leaves something to send rings the bell by itself`() async throws
    {
        let app = try await TestApp.start()
        let terms = app.courant.settings.terms(serves: false)
        let store = try app.courant.settings.store.open(app.courant.keyring, terms, logger: StoreTests.logger)
        let mail = OutboxMail.privacyFingerprint(try EmailAddress("ann@example.org"), language: .english)
        let (sealed, now) = (try app.courant.keyring.seal(mail), app.clock.wall.now())
        try await store.write { try $0.insertOutbox(sealed, subscription: nil, due: now, link: nil) }
        await terms.doorbell.wait()
        try store.close()
    }
}

extension TestApp {
    /// Each answer takes so long that a turn is worth its while.
    fileprivate func answerSlowly(_ verdict: @escaping @Sendable (OutgoingMail) -> Verdict) {
        relay.answer { [clock] mail in
            clock.advance(.milliseconds(25))
            return verdict(mail)
        }
    }
}

extension TestApp {
    /// The link that the new mailbox gets.
    func beginMove(from old: String, to new: String) async throws -> Token {
        try await courant.rights.rectify(staff(for: old), address: EmailAddress(new))
        try await deliverAllMail()
        guard let token = relay.mails(to: new).last?.token(after: "/address/").flatMap({ Token($0) }) else {
            throw TestFailure("no link to confirm \(new) came")
        }
        return token
    }

    /// What a campaign has sent.
    var issues: [RecordedMail] { relay.mails.filter { $0.text.contains("Three things. See") } }
}
