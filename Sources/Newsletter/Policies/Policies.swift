package import DKIM
package import Foundation
package import Rendering
import Synchronization

/// The published privacy policy: one version after the other, each shown for ever, and everybody told of it by mail.
package struct Policies: Sendable {
    private let store: any Store
    private let keyring: Keyring
    private let clock: WallClock
    private let remembered = Remembered()
    private let pages: PolicyPages
    private let approval: Campaigns.Approval
    private let promises: any PromiseKeeper
    private let signer: DKIMSigner?

    package init(
        store: any Store, keyring: Keyring, clock: WallClock, rendering: RenderingPool = RenderingPool(),
        approval: Campaigns.Approval = .none,
        promises: any PromiseKeeper = NoPromises(), signer: DKIMSigner? = nil
    ) {
        self.signer = signer
        self.approval = approval
        self.promises = promises
        pages = PolicyPages(rendering)
        self.store = store
        self.keyring = keyring
        self.clock = clock
    }

    // MARK: Showing

    /// Asked by every sign-up and changed a few times a year, so it is remembered for a second.
    package func board() async throws -> PolicyBoard {
        let (uptime, today) = (clock.uptime(), clock.now().day)
        if let known = remembered.value, uptime < known.until, known.today == today { return known.board }
        let board = try await store.read { PolicyBoard(try $0.policies(), today: today) }
        remembered.value = Memory(board: board, today: today, until: uptime + .seconds(1))
        return board
    }

    /// What visitors read, made once in the life of this process.
    package func html(of policy: Policy) async throws -> String { try await pages.html(of: policy) }

    package struct Standing: Sendable {
        package let policy: Policy
        package let state: PolicyBoard.State
        /// Nil: nobody was told by mail.
        package let notice: CampaignStanding?
    }

    /// Newest first; and how many a notice would reach.
    package func all() async throws -> (policies: [Standing], readers: Int) {
        let today = clock.now().day
        return try await store.read { tx in
            let board = PolicyBoard(try tx.policies(), today: today)
            return (try board.all.map { try tx.standing(of: $0.policy, $0.state) }, try tx.countReaders())
        }
    }

    // MARK: Publishing

    /// The first version, where there is none: the file that whoever set Courant up has written.
    package func seed(_ text: PolicyText) async throws {
        let now = clock.now()
        try await store.write { tx in
            guard try tx.policies().isEmpty else { return }
            try tx.insert(Policy(text, isMaterial: false, by: .service, at: now))
        }
    }

    /// A policy counts from a day that is still to come or from today: nobody is told today what counted yesterday. The
    /// first may be older, for it only says what counts already.
    package func publish(
        _ text: PolicyText, isMaterial: Bool, by actor: Actor
    ) async throws -> Standing {
        let now = clock.now()
        let policy = Policy(text, isMaterial: isMaterial, by: actor, at: now)
        try await pages.prepare(policy)
        let standing: Standing = try await store.write { [keyring] tx in
            let published = try tx.policies()
            if published.contains(where: { $0.version == text.version }) { throw Refusal.taken(.policy, text.version) }
            guard published.isEmpty || text.effective >= now.day else {
                throw Refusal.invalid(
                    field: "effective",
                    problem:
                        "\(text.effective) is past: a new version counts from today (\(now.day)) at the earliest. Name a later day."
                )
            }
            try tx.insert(policy)
            try tx.audit(
                .publishPolicy, of: .policy(text.version), by: actor,
                result: "effective=\(text.effective) material=\(isMaterial)", keyring: keyring, at: now)
            return try tx.standing(of: text.version, on: now)
        }
        remembered.value = nil
        return standing
    }

    // MARK: Telling

    /// Mails everybody who is active on any list, each address once. Nil takes the newest version. Repeating it is
    /// harmless: the notice that is under way goes on.
    ///
    /// It passes the gate that every campaign passes. Where two must agree, whoever published a version is not the one who
    /// tells everybody of it.
    package func notify(_ version: String?, expectReaders: Int?, by actor: Actor) async throws -> Standing {
        let now = clock.now()
        let terms = SendingTerms(
            approval: approval, broken: await promises.brokenPromises(), keyring: keyring, signer: signer)
        return try await store.write { [keyring] tx in
            let published = try tx.policies()
            guard let policy = version == nil ? published.last : published.first(where: { $0.version == version })
            else {
                throw Refusal.notFound(.policy)
            }
            if try tx.notice(of: policy.version) == nil {
                if terms.approval == .secondPerson, policy.publishedBy == actor.text {
                    throw Refusal.needsApproval(.own, from: try tx.tellers(beside: actor, at: now))
                }
                let readers = try tx.countReaders()
                if let expectReaders, expectReaders != readers {
                    throw Refusal.recipientsChanged(expected: expectReaders, actual: readers)
                }
                guard readers > 0, let home = try tx.lists().first else { throw Refusal.noRecipients }
                var notice = Campaign.notice(of: policy, home: home, by: actor, at: now)
                notice.notice = Notice(version: policy.version, effective: policy.effective)
                try tx.requireMayGoOut(notice, terms, at: now)
                let campaign = try tx.insert(notice, idempotencyKey: nil)
                try tx.launchNotice(campaign.id, of: policy.version, at: now)
                try tx.audit(
                    .notifyPolicy, of: .policy(policy.version), by: actor,
                    result: "campaign=\(campaign.id) readers=\(readers)", keyring: keyring, at: now)
            }
            return try tx.standing(of: policy.version, on: now)
        }
    }

    private struct Memory: Sendable {
        let board: PolicyBoard
        let today: String
        let until: Duration
    }

    /// Shared by the copies of this value.
    private final class Remembered: Sendable {
        private let memory = Mutex<Memory?>(nil)

        var value: Memory? {
            get { memory.withLock { $0 } }
            set { memory.withLock { $0 = newValue } }
        }
    }
}

extension Transaction {
    /// Who else may tell everybody.
    fileprivate func tellers(beside actor: Actor, at now: Date) throws -> [String] {
        try staff().filter { $0.role.may(.serveSubscribers) && $0.expiresAt > now && $0.actor != actor }.map(\.name)
    }

    fileprivate func standing(of policy: Policy, _ state: PolicyBoard.State) throws -> Policies.Standing {
        Policies.Standing(
            policy: policy, state: state, notice: try notice(of: policy.version).map { try standing(of: $0) })
    }

    fileprivate func standing(of version: String, on now: Date) throws -> Policies.Standing {
        guard let found = PolicyBoard(try policies(), today: now.day).find(version) else {
            throw Refusal.notFound(.policy)
        }
        return try standing(of: found.policy, found.state)
    }
}

/// What a notice says, beside its words in each language.
package struct Notice: Sendable, Equatable {
    package let version: String
    package let effective: String

    package init(version: String, effective: String) {
        self.version = version
        self.effective = effective
    }
}

extension Campaign {
    /// It goes to every list; `home` is where it is filed. Each mail speaks for the list of its own subscription.
    fileprivate static func notice(of policy: Policy, home: MailingList, by actor: Actor, at now: Date) -> Campaign {
        Campaign(
            id: 0, list: home, source: policy.effective, subject: "Privacy policy \(policy.version)", state: .sending,
            reason: nil, createdBy: actor.name, createdAt: now, approval: nil, scheduledFor: nil, startedAt: nil,
            finishedAt: nil, tally: Tally())
    }
}

extension Date {
    /// In UTC, `2026-11-01`.
    package var day: String { formatted(.iso8601.year().month().day()) }
}
