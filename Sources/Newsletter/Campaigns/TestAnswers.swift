import Mail
import Synchronization

/// One test mail.
package struct TestTicket: Hashable, Sendable {
    let reference: String
}

/// What became of a test mail at the relay, as far as it is known.
package struct TestAnswer: Sendable {
    package enum State: String, Sendable, CaseIterable {
        case accepted, refused
        /// It is tried again by itself.
        case deferred, waiting
    }

    package let state: State
    /// In plain words, where it was not taken.
    package let reason: String?

    package init(state: State, reason: String?) {
        self.state = state
        self.reason = reason
    }

    /// Nil where it says nothing.
    init?(_ verdict: Verdict) {
        switch verdict {
        case .accepted: self.init(state: .accepted, reason: nil)
        case .refused(let reply): self.init(state: .refused, reason: "\(reply.shown).")
        case .later(let reply): self.init(state: .deferred, reason: "\(reply.shown). It is tried again by itself.")
        case .unsent(let failure): self.init(state: .waiting, reason: failure.plainWords)
        case .inDoubt: self.init(state: .waiting, reason: "The connection broke before the relay's answer came.")
        case .recalled, .withdrawn: return nil
        }
    }
}

extension SMTPReply {
    /// `550 5.1.1 at MAIL: our sender address is not accepted`
    fileprivate var shown: String { "\(self) at \(command.name): \(RefusalCause.meaning(of: status))" }
}

/// What the relay said of test mails, for whoever waits at a terminal; of the last few, and in memory alone.
package final class TestAnswers: Sendable {
    private static let most = 100
    private let answers = Mutex<[TestTicket: TestAnswer]>([:])

    package init() {}

    func note(_ reference: String, _ verdict: Verdict) {
        guard let answer = TestAnswer(verdict) else { return }
        answers.withLock { answers in
            if answers.count >= Self.most { answers.removeAll() }
            answers[TestTicket(reference: reference)] = answer
        }
    }

    func take(_ test: TestTicket) -> TestAnswer? { answers.withLock { $0.removeValue(forKey: test) } }
}

extension Campaigns {
    /// One mail to one address, outside every list; its unsubscribe link belongs to nobody. Not to somebody who asked never
    /// to be written to, nor to one who is set aside, nor without end.
    @discardableResult package func test(
        _ id: Int64, to recipient: Person, by actor: Actor
    ) async throws -> TestTicket {
        let (now, blindIndex) = (clock.now(), keyring.blindIndex(of: recipient.address))
        try tests.spend(on: recipient.address, by: actor, keyring: keyring, at: clock.uptime())
        return try await store.write { [keyring] tx in
            let isRestricted = try tx.subscriptions(digest: blindIndex.digest).contains { $0.state == .restricted }
            if try isRestricted || !tx.fingerprints(blindIndex.fingerprint).isEmpty { throw Refusal.noTestTo }
            let mail = OutboxMail.test(try tx.existing(id), to: recipient)
            try tx.enqueue(mail, keyring, at: now)
            try tx.audit(.testCampaign, of: .campaign(id), by: actor, keyring: keyring, at: now)
            return TestTicket(reference: mail.reference)
        }
    }

    /// What the relay has said of it; nil where that has not come in time.
    package func answer(to test: TestTicket, within limit: Duration) async throws -> TestAnswer? {
        let end = ContinuousClock.now + limit
        while true {
            if let answer = testAnswers.take(test) { return answer }
            guard ContinuousClock.now < end else { return nil }
            try await Task.sleep(for: .milliseconds(25))
        }
    }
}
