import Foundation
import Mail
package import Rendering

/// Brings files of people onto lists. A list of basis consent gets sign-ups that must be confirmed by mail, at a pace that
/// no mailbox provider minds; a list of basis legitimate interest gets people who are told first where we have their
/// address from and how to leave (GDPR Art. 14), and are written to once the relay has that mail.
package struct Imports: Sendable {
    private let store: any Store
    private let keyring: Keyring
    private let clock: WallClock
    private let calendar: WallClock
    private let rules: Subscriptions.Rules
    let languages: [Language]
    let takesUTF8: @Sendable () -> Bool
    private let wordings: KnownWordings
    /// The sentence that mail and confirm page ask to agree to, and the policy's version.
    private let terms: @Sendable (Language) -> (consent: String, policy: String)
    /// Rung when something is accepted.
    let bell = Doorbell()

    /// Confirm mails a second.
    package static let pace = 20
    /// Rows in one transaction.
    static let batch = 200
    /// So long is a key remembered, and so long an unfinished reading kept.
    static let keyLifetime: Duration = .seconds(86_400)
    static let readingLimit: Duration = .seconds(3_600)

    package init(
        store: any Store, keyring: Keyring, clock: WallClock, calendar: WallClock, rules: Subscriptions.Rules,
        languages: [Language], takesUTF8: @escaping @Sendable () -> Bool,
        wordings: KnownWordings = KnownWordings(),
        terms: @escaping @Sendable (Language) -> (consent: String, policy: String)
    ) {
        self.store = store
        self.keyring = keyring
        self.clock = clock
        self.calendar = calendar
        self.rules = rules
        self.languages = languages
        self.takesUTF8 = takesUTF8
        self.wordings = wordings
        self.terms = terms
    }

    // MARK: Reading

    /// Whether the file of that key was accepted before.
    package func known(_ key: String, by staff: String) async throws -> Import? {
        let since = clock.now() - Self.keyLifetime
        let known = try await store.read { try $0.import(idempotencyKey: key, by: staff, since: since) }
        return known.flatMap { $0.state == .reading ? nil : $0 }
    }

    package func begin(
        _ slug: Slug, basis: LegalBasis, source: String, class kind: SubscriberClass, by staff: String, key: String?
    ) async throws -> ImportReading {
        let now = clock.now()
        guard (1...200).contains(source.utf8.count), HeaderText(cleaning: source)?.text == source else {
            throw Refusal.invalid(
                field: "source",
                problem: "Say in 1 to 200 bytes on one line where the addresses come from: their owners will read it.")
        }
        let (id, plan, stale) = try await store.write { tx in
            let list = try tx.existing(slug)
            if list.closedAt != nil { throw Refusal.closed(slug.text) }
            guard list.basis == basis else {
                throw Refusal.invalid(
                    field: "basis",
                    problem:
                        "The list is of basis \(list.basis.rawValue): import to one that is of basis \(basis.rawValue)."
                )
            }
            let plan = ImportPlan(list: list, source: source, class: kind)
            // What was begun with this key and not finished, or finished long ago.
            let before = try key.flatMap { try tx.import(idempotencyKey: $0, by: staff, since: .distantPast) }
            if let before { try tx.forgetKey(of: before.id) }
            let stale = before.flatMap { $0.state == .reading ? $0.id : nil }
            return (try tx.insert(plan, by: staff, idempotencyKey: key, at: now), plan, stale)
        }
        if let stale { try await discard(stale) }
        return ImportReading(id: id, plan: plan, imports: self, now: calendar.now())
    }

    func staged(_ row: ImportRow, on list: MailingList) throws -> StagedRow {
        let id = SubscriptionID.random()
        return StagedRow(
            digest: keyring.digest(of: row.person.address), fingerprint: keyring.fingerprint(of: row.person.address),
            subscription: id, person: try keyring.seal(row.person, for: id), language: row.language ?? list.language,
            lastContact: row.lastContact)
    }

    /// Which of them are new to the file.
    func stage(_ rows: [StagedRow], for id: Int64) async throws -> [Bool] {
        try await store.write { tx in
            guard try tx.import(id)?.state == .reading else { throw Refusal.notFound(.import) }
            return try rows.map { try tx.stage($0, for: id) }
        }
    }

    /// What would become of the file. Nothing of it is kept.
    package func rehearse(_ reading: consuming ImportReading) async throws -> ImportRehearsal {
        try await reading.finish()
        let (id, list) = (reading.id, reading.plan.list)
        var rehearsal = ImportRehearsal(counts: reading.counts, pending: 0, problems: reading.problems)
        if reading.problems.total == 0 {
            let forecast = try await store.read { try $0.forecast(id, on: list) }
            (rehearsal.counts.known, rehearsal.counts.blocked) = (forecast.known, forecast.blocked)
            rehearsal.counts.imported = reading.counts.rows - forecast.known - forecast.blocked
            rehearsal.pending = forecast.pending
        }
        try await discard(id)
        return rehearsal
    }

    /// From here on the file counts as a whole. Throws `ImportProblems` where a line is bad; then nothing of it is kept.
    package func accept(_ reading: consuming ImportReading, by actor: Actor) async throws -> Import {
        try await reading.finish()
        let (id, counts, digest, slug) = (reading.id, reading.counts, reading.digest, reading.plan.list.slug)
        guard reading.problems.total == 0 else {
            try await discard(id)
            throw reading.problems
        }
        let now = clock.now()
        let accepted = try await store.write { [keyring] tx in
            try tx.update(id, state: .accepted, digest: digest, counts: counts)
            try tx.audit(
                .importSubscribers, of: .list(slug), by: actor,
                result: "import=\(id) rows=\(counts.rows) duplicates=\(counts.duplicates)", keyring: keyring, at: now)
            guard let accepted = try tx.import(id) else { throw Refusal.notFound(.import) }
            return accepted
        }
        bell.ring()
        return accepted
    }

    package func abandon(_ reading: consuming ImportReading) async throws { try await discard(reading.id) }

    package func show(_ id: Int64) async throws -> Import {
        guard let found = try await store.read({ try $0.import(id) }) else { throw Refusal.notFound(.import) }
        return found
    }

    /// In portions: nobody waits behind a million rows.
    private func discard(_ id: Int64) async throws {
        while try await !store.write({ try $0.takeStaged(of: id, limit: 2_000).isEmpty }) {}
        try await store.write { try $0.deleteImport(id) }
    }

    // MARK: Putting people on the list

    /// Brings what was accepted to its end, and throws away what was never read to the end.
    package func work() async throws {
        let horizon = clock.now() - Self.readingLimit
        for reading in try await store.read({ try $0.imports(.reading) }) where reading.createdAt <= horizon {
            try await discard(reading.id)
        }
        for accepted in try await store.read({ try $0.imports(.accepted) }) {
            while try await !workBatch(of: accepted.id) {}
        }
    }

    /// True when nobody is left.
    private func workBatch(of id: Int64) async throws -> Bool {
        let (now, today) = (clock.now(), calendar.now())
        return try await store.write { tx in
            guard let file = try tx.import(id), file.state == .accepted else { return true }
            var counts = file.counts
            let rows = try tx.takeStaged(of: id, limit: Self.batch)
            let policy = PolicyBoard(try tx.policies(), today: now.day).inForce?.version
            for row in rows {
                if try tx.hasFingerprint(row.fingerprint, on: file.plan.list) {
                    counts.blocked += 1
                } else if try tx.subscriptions(digest: row.digest).contains(where: { $0.list.id == file.plan.list.id })
                {
                    counts.known += 1
                } else {
                    try put(row, of: file, place: counts.imported, policy: policy, at: now, today: today, tx)
                    counts.imported += 1
                }
            }
            let state: Import.State = rows.isEmpty ? .done : .accepted
            try tx.update(id, state: state, digest: file.digest, counts: counts)
            return rows.isEmpty
        }
    }

    private func put(
        _ row: StagedRow, of file: Import, place: Int, policy inForce: String?, at now: Date, today: Date,
        _ tx: any Transaction
    ) throws {
        let person = try keyring.person(row.person, of: row.subscription)
        let list = file.plan.list
        guard list.basis == .consent else {
            let subscription = subscription(
                row, of: file, consent: nil, activity: row.lastContact ?? today, notified: now)
            try tx.insert(subscription, digest: row.digest)
            let notice = OutboxMail.firstNotice(subscription, person: person, importedAt: file.createdAt)
            return try tx.enqueue(notice, keyring, at: now)
        }
        // Their turn: the days to confirm count from then.
        let wait = Duration.seconds(place / Self.pace)
        let (consent, policy) = terms(row.language)
        let signUp = SignUp(
            person: person, lists: [list.slug], language: row.language, consentText: consent,
            policy: inForce ?? policy)
        let subscription = subscription(
            row, of: file, consent: signUp.consent(at: now + wait), activity: today + wait, notified: now + wait)
        let wording = signUp.wording(at: now)
        if !wordings.isKnown(wording) { try tx.insert(wording) }
        try tx.insert(subscription, digest: row.digest)
        let token = Token.random()
        try tx.insert(
            token.hash, purpose: .confirm, subscriptions: [subscription.id],
            expires: now + wait + rules.confirmationExpiresAfter, request: nil)
        try tx.enqueue(
            .importConfirm(
                signUp, subscription, token: token, importedAt: file.createdAt,
                expiresHours: Int(rules.confirmationExpiresAfter / .seconds(3600))), keyring, at: now + wait)
    }

    private func subscription(
        _ row: StagedRow, of file: Import, consent: Consent?, activity: Date, notified: Date
    ) -> Subscription {
        Subscription(
            id: row.subscription, list: file.plan.list, person: row.person, language: row.language, state: .pending,
            basis: file.plan.list.basis, source: file.plan.source, consent: consent, activeSince: nil,
            lastActivity: activity, lastNotified: notified, class: file.plan.class)
    }
}

/// What would become of a file now.
package struct ImportRehearsal: Sendable {
    package var counts: ImportCounts
    /// Of those that are known.
    package var pending: Int
    package let problems: ImportProblems
}
