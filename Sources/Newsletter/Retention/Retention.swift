import CoreMetrics
package import Foundation
package import Mail

/// How long people are kept who never leave, and the proof of it.
///
/// A sweep erases whatever has outlived its rule, in small transactions, so that sign-ups wait for none of them. It runs once a
/// minute by itself; staff and the host may run one too, or ask what one would do. Each batch is an audit entry in
/// its own transaction, with a count and no name. The restricted are not touched (GDPR Art. 18).
///
/// What it does cannot be undone, so it rests on two locks: a clock that is known to be right, and a person's word where a
/// rule would end many at once (`Retention+Status`).
package struct Retention: Sendable {
    let store: any Store
    let keyring: Keyring
    /// Nobody is erased because a clock was wrong.
    let calendar: SteadyClock
    private let subscriptions: Subscriptions
    private let publicURL: String
    /// How long a closed request stands on the register.
    package let registerTerm: Duration

    /// Rows in one transaction.
    static let batch = 500

    package init(
        store: any Store, keyring: Keyring, calendar: SteadyClock, subscriptions: Subscriptions, publicURL: String,
        registerTerm: Duration = .days(3 * 365)
    ) {
        self.store = store
        self.keyring = keyring
        self.calendar = calendar
        self.subscriptions = subscriptions
        self.publicURL = publicURL
        self.registerTerm = registerTerm
    }

    // MARK: Sweeping

    package func sweep(by actor: Actor = .service) async throws -> Sweep {
        let standing = try await calendar.look(in: store)
        guard standing.mayEnd else { throw Refusal.clockInDoubt(standing) }
        let now = calendar.now()
        var sweep = Sweep()
        sweep.clock = standing
        if actor != .service {
            try await store.write { [keyring] tx in
                try tx.audit(.runRetention, of: .installation, by: actor, result: "begun", keyring: keyring, at: now)
            }
        }
        sweep.expired = try await subscriptions.expire()
        sweep.requests = try await forgetRequests(at: now)
        for list in try await store.read({ try $0.lists() }) {
            let erasureRules = ErasureRule.erasureRules(of: list, at: now)
            let held = try await hold(erasureRules, on: list)
            if let held { sweep.held.append(held) }
            for erasureRule in erasureRules where held == nil || erasureRule.tally == nil {
                sweep[keyPath: erasureRule.count] += try await erase(erasureRule, on: list, by: actor, at: now)
            }
            for window in ReminderWindow.windows(of: list, at: now) {
                sweep.asked += try await remind(window, on: list, by: actor, at: now)
            }
        }
        Measures.held.record(sweep.held.reduce(0) { $0 + $1.due })
        return sweep
    }

    /// Closed requests whose term is over go from the register.
    private func forgetRequests(at now: Date) async throws -> Int {
        let horizon = now - registerTerm
        guard try await store.read({ try $0.hasRequests(closedBefore: horizon) }) else { return 0 }
        var total = 0
        while true {
            let gone = try await store.write { try $0.deleteRequests(closedBefore: horizon, limit: Self.batch) }
            total += gone
            if gone < Self.batch { return total }
        }
    }

    /// What a sweep would do now. Changes nothing.
    package func rehearse() async throws -> Sweep {
        let standing = try await SteadyClock.standing(in: store, at: calendar.wall)
        guard standing.mayEnd || calendar.mayEnd else { throw Refusal.clockInDoubt(standing) }
        let now = calendar.now()
        var sweep = Sweep()
        sweep.expired = try await subscriptions.expirable()
        for list in try await store.read({ try $0.lists() }) {
            let erasureRules = ErasureRule.erasureRules(of: list, at: now)
            let held = try await store.read { tx in try due(erasureRules, on: list, tx) }
            if let held { sweep.held.append(held) }
            for erasureRule in erasureRules where held == nil || erasureRule.tally == nil {
                sweep[keyPath: erasureRule.count] += try await store.read { try erasureRule.find($0, .max).count }
            }
            for window in ReminderWindow.windows(of: list, at: now) {
                sweep.asked += try await store.read { try window.find($0, Self.batch).count }
            }
        }
        return sweep
    }

    private func erase(_ erasureRule: ErasureRule, on list: MailingList, by actor: Actor, at now: Date) async throws
        -> Int
    {
        var total = 0
        // A look costs nothing; most sweeps find nobody.
        while try await store.read({ try !erasureRule.find($0, 1).isEmpty }) {
            let erased = try await store.write { [keyring] tx in
                let ended = try erasureRule.find(tx, Self.batch)
                for id in ended { _ = try tx.erase(id, at: now) }
                if !ended.isEmpty {
                    try tx.audit(
                        .runRetention, of: .list(list.slug), by: actor, result: "\(erasureRule.word)=\(ended.count)",
                        keyring: keyring, at: now)
                }
                return ended.count
            }
            Measures.retained.increment(by: erased)
            total += erased
        }
        return total
    }

    /// One batch a sweep: nobody's mailbox provider sees a flood.
    private func remind(
        _ window: ReminderWindow, on list: MailingList, by actor: Actor, at now: Date
    ) async throws -> Int {
        guard try await store.read({ try !window.find($0, 1).isEmpty }) else { return 0 }
        return try await store.write { [keyring] tx in
            let unasked = try window.find(tx, Self.batch)
            for id in unasked {
                guard let subscription = try tx.subscription(id) else { continue }
                let person = try keyring.person(subscription.person, of: id)
                let end = subscription.lastActivity + .days(window.term)
                try tx.enqueue(.stillInterested(subscription, person: person, end: end), keyring, at: now)
                try tx.asked(id, at: now)
            }
            if !unasked.isEmpty {
                try tx.audit(
                    .runRetention, of: .list(list.slug), by: actor, result: "asked=\(unasked.count)",
                    keyring: keyring, at: now)
            }
            return unasked.count
        }
    }

    // MARK: Staying

    /// The list of a genuine link whose subscription is still there, for the page. Changes nothing.
    package func kept(_ link: KeepLink) async throws -> Subscription? {
        try await store.read { tx in try tx.subscription(link.subscription) }
    }

    /// "Keep me": the days are counted anew. Nil where there is nobody to keep any more.
    package func keep(_ link: KeepLink) async throws -> Subscription? {
        let now = calendar.now()
        return try await store.write { tx in
            guard let subscription = try tx.subscription(link.subscription) else { return nil }
            try tx.noteActivity(subscription.id, at: now)
            try tx.lift(addressOf: subscription.id, at: now)
            return subscription
        }
    }

    package func link(_ text: String) -> KeepLink? { KeepLink(text, keyring: keyring) }

    /// Staff have met the person, or had a reply: the days count from `time`, unless something later is known. On one list,
    /// or on every list the address is on. Returns on how many.
    package func noteContact(
        with address: EmailAddress, on slug: Slug?, at time: Date?, by actor: Actor
    ) async throws -> Int {
        let now = calendar.now()
        if let time, time > now {
            throw Refusal.invalid(field: "at", problem: "A contact that is yet to come cannot be written down.")
        }
        return try await change(address, on: slug, .noteContact, by: actor, at: now) { tx, subscription in
            try tx.noteActivity(subscription.id, at: time ?? now)
        }
    }

    /// Moves the person to another class; from then on its rule holds. Who becomes a partner has just been in contact.
    package func classify(
        _ address: EmailAddress, on slug: Slug?, as kind: SubscriberClass, by actor: Actor
    ) async throws -> Int {
        let now = calendar.now()
        return try await change(address, on: slug, .classify, result: kind.rawValue, by: actor, at: now) {
            tx, subscription in
            try tx.classify(subscription.id, as: kind, at: now)
            if kind == .partner { try tx.noteActivity(subscription.id, at: now) }
        }
    }

    private func change(
        _ address: EmailAddress, on slug: Slug?, _ action: AuditAction, result: String = "done", by actor: Actor,
        at now: Date, _ change: @escaping @Sendable (any Transaction, Subscription) throws -> Void
    ) async throws -> Int {
        let digest = keyring.digest(of: address)
        return try await store.write { [keyring] tx in
            if let slug { _ = try tx.existing(slug) }
            let meant = try tx.subscriptions(digest: digest).filter { slug == nil || $0.list.slug == slug }
            guard !meant.isEmpty else { throw Refusal.notFound(.subscriber) }
            for subscription in meant where subscription.state != .restricted {
                try change(tx, subscription)
                try tx.audit(
                    action, of: .subscription(subscription.id), by: actor, result: result, keyring: keyring, at: now)
            }
            return meant.count { $0.state != .restricted }
        }
    }

    // MARK: Showing

    package func show() async throws -> [RetentionStatus] {
        let now = calendar.now()
        return try await store.read { [subscriptions] tx in
            try tx.holdings(at: now, confirmation: subscriptions.confirmationTerm)
        }
    }

    /// A signed statement of how old the oldest record of each list and class is.
    package func attest(by actor: Actor) async throws -> Attestation {
        let now = calendar.now()
        return try await store.write { [keyring, publicURL, subscriptions] tx in
            let holdings = try tx.holdings(at: now, confirmation: subscriptions.confirmationTerm)
            let statement = try keyring.signed(Attestation.statement(holdings, of: publicURL, at: now))
            let overdue = holdings.reduce(0) { $0 + $1.overdue }
            try tx.audit(
                .attestRetention, of: .installation, by: actor, result: "overdue=\(overdue)", keyring: keyring, at: now)
            return Attestation(statement: statement, publicKey: keyring.publicKey, holdings: holdings, at: now)
        }
    }
}

extension Duration {
    package static func days(_ count: Int) -> Duration { .seconds(count * 86_400) }
}
