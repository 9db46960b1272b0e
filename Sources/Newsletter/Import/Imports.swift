import Foundation
import Mail
package import Rendering

/// Brings files of people onto lists. A list of basis consent gets sign-ups that must be confirmed by mail, at a pace that
/// no mailbox provider minds; a list of basis legitimate interest gets people who are told first where we have their
/// address from and how to leave (GDPR Art. 14), and are written to once the relay has that mail.
package struct Imports: Sendable {
    let store: any Store
    let keyring: Keyring
    let clock: WallClock
    let calendar: WallClock
    private let rules: Subscriptions.Rules
    let languages: [Language]
    let takesUTF8: @Sendable () -> Bool
    /// Whether a second person agrees to consents that were given elsewhere.
    let approval: Campaigns.Approval
    private let wordings: KnownWordings
    /// The sentence that mail and confirm page ask to agree to, and the policy's version.
    private let terms: @Sendable (Language, MailingList) -> (consent: String, policy: String)
    /// Rung when something is accepted.
    let bell = Doorbell()

    /// Mails a second.
    package static let pace = 20
    /// Rows in one transaction.
    static let batch = 200
    /// So long is a key remembered, and so long an unfinished reading kept.
    static let keyLifetime: Duration = .seconds(86_400)
    static let readingLimit: Duration = .seconds(3_600)
    /// So long may a second person think about it.
    static let proposalLimit: Duration = .days(7)

    package init(
        store: any Store, keyring: Keyring, clock: WallClock, calendar: WallClock, rules: Subscriptions.Rules,
        languages: [Language], takesUTF8: @escaping @Sendable () -> Bool, approval: Campaigns.Approval = .none,
        wordings: KnownWordings = KnownWordings(),
        terms: @escaping @Sendable (Language, MailingList) -> (consent: String, policy: String)
    ) {
        self.store = store
        self.keyring = keyring
        self.clock = clock
        self.calendar = calendar
        self.rules = rules
        self.languages = languages
        self.takesUTF8 = takesUTF8
        self.approval = approval
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
        try Self.check(source: source)
        let (id, plan, stale) = try await store.write { tx in
            let list = try tx.importable(slug, basis: basis)
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

    func parser(_ plan: ImportPlan, at now: Date, mostProblems: Int = ImportProblems.most) -> ImportParser {
        ImportParser(plan, languages: languages, takesUTF8: takesUTF8, now: now, mostProblems: mostProblems)
    }

    static func isSource(_ text: String) -> Bool {
        (1...200).contains(text.utf8.count) && HeaderText(cleaning: text)?.text == text && !holdsAddress(text)
    }

    /// What stands beside many people is not sealed, and stays when one of them goes.
    static func holdsAddress(_ text: String) -> Bool { text.contains(/\S@\S/) }

    static func refuseAddress(in text: String, field: String) throws {
        guard holdsAddress(text) else { return }
        throw Refusal.invalid(
            field: field,
            problem:
                "Leave out the address: these words stay readable, also when the people that they are about have left.")
    }

    static func check(source: String) throws {
        try refuseAddress(in: source, field: "source")
        guard isSource(source) else {
            throw Refusal.invalid(
                field: "source",
                problem: "Say in 1 to 200 bytes on one line where the addresses come from: their owners will read it.")
        }
    }

    func staged(_ row: ImportRow, on list: MailingList) throws -> StagedRow {
        let id = SubscriptionID.random()
        return StagedRow(
            digest: keyring.digest(of: row.person.address), fingerprint: keyring.fingerprint(of: row.person.address),
            subscription: id, person: try keyring.seal(row.person, for: id), language: row.language ?? list.language,
            lastContact: row.lastContact, consent: row.consent, class: row.class, source: row.source,
            isRestricted: row.isRestricted)
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
        let (id, counts, digest) = (reading.id, reading.counts, reading.digest)
        guard reading.problems.total == 0 else {
            try await discard(id)
            throw reading.problems
        }
        let now = clock.now()
        let accepted = try await store.write { [keyring] tx in
            guard var file = try tx.import(id) else { throw Refusal.notFound(.import) }
            (file.state, file.digest, file.counts) = (.accepted, digest, counts)
            try tx.update(file)
            try tx.audit(
                .importSubscribers, of: .list(file.plan.list.slug), by: actor, result: file.auditText,
                keyring: keyring, at: now)
            return file
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
    func discard(_ id: Int64) async throws {
        while try await !store.write({ try $0.takeStaged(of: id, limit: 2_000).isEmpty }) {}
        try await store.write { tx in
            try tx.deleteImport(id)
            try tx.deleteUnusedEvidence()
        }
    }

    // MARK: Putting people on the list

    /// Brings what was accepted to its end, and throws away what was never read to the end.
    package func work() async throws {
        let now = clock.now()
        for reading in try await store.read({ try $0.imports(.reading) })
        where reading.createdAt <= now - Self.readingLimit {
            try await discard(reading.id)
        }
        for proposed in try await store.read({ try $0.imports(.proposed) })
        where proposed.createdAt <= now - Self.proposalLimit {
            try await discard(proposed.id)
        }
        for accepted in try await store.read({ try $0.imports(.accepted) }) {
            while try await !workBatch(of: accepted.id) {}
        }
        if try await store.read({ try $0.hasUnusedEvidence() }) {
            try await store.write { try $0.deleteUnusedEvidence() }
        }
    }

    /// True when nobody is left.
    private func workBatch(of id: Int64) async throws -> Bool {
        let (now, today) = (clock.now(), calendar.now())
        return try await store.write { tx in
            guard var file = try tx.import(id), file.state == .accepted else { return true }
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
            file.counts = counts
            if rows.isEmpty { file.state = .done }
            try tx.update(file)
            return rows.isEmpty
        }
    }

    private func put(
        _ row: StagedRow, of file: Import, place: Int, policy inForce: String?, at now: Date, today: Date,
        _ tx: any Transaction
    ) throws {
        // Who has consented is written to from now on; who is restricted, not at all.
        if let here = row.arrival(in: file, at: now, today: today) {
            try tx.insert(here, digest: row.digest)
            return try announce(here, of: file, at: now + .seconds(place / Self.pace), tx)
        }
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
        let (consent, policy) = terms(row.language, list)
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

    /// Not to who is restricted: they get no mail.
    private func announce(_ here: Subscription, of file: Import, at time: Date, _ tx: any Transaction) throws {
        guard file.plan.announces, here.state == .active else { return }
        let person = try keyring.person(here.person, of: here.id)
        try tx.enqueue(.announcement(here, person: person, importedAt: file.createdAt), keyring, at: time)
    }

    private func subscription(
        _ row: StagedRow, of file: Import, consent: Consent?, activity: Date, notified: Date
    ) -> Subscription {
        Subscription(
            id: row.subscription, list: file.plan.list, person: row.person, language: row.language, state: .pending,
            basis: file.plan.list.basis, source: row.source ?? file.plan.source, consent: consent, activeSince: nil,
            lastActivity: activity, lastNotified: notified, class: row.class ?? file.plan.class)
    }
}

extension StagedRow {
    /// Nil where a mail comes first.
    fileprivate func arrival(in file: Import, at now: Date, today: Date) -> Subscription? {
        guard consent != nil || isRestricted else { return nil }
        let activity = [lastContact, consent?.confirmedAt].compactMap(\.self).max()
        return Subscription(
            id: subscription, list: file.plan.list, person: person, language: language,
            state: isRestricted ? .restricted : .active, basis: file.plan.basis, source: source ?? file.plan.source,
            consent: consent, activeSince: now, lastActivity: activity ?? today, lastNotified: nil,
            class: `class` ?? file.plan.class)
    }
}

extension ImportRow {
    /// Elsewhere it may have been given at once.
    fileprivate var consent: Consent? {
        guard let confirmedAt else { return nil }
        return Consent(
            text: wording.map { ConsentWording.hash(of: $0) } ?? "", policy: policy ?? "",
            askedAt: min(askedAt ?? confirmedAt, confirmedAt), confirmedAt: confirmedAt,
            evidence: evidence.map { ConsentWording.hash(of: $0) })
    }
}

extension Import {
    /// For the audit.
    var auditText: String {
        var text = "import=\(id) rows=\(counts.rows) duplicates=\(counts.duplicates)"
        if counts.invalid > 0 { text += " skipped=\(counts.invalid)" }
        if let elsewhere = plan.elsewhere {
            text += " consent=elsewhere evidence=\(ConsentWording.hash(of: elsewhere.evidence).prefix(16))"
        }
        return text
    }
}

extension Transaction {
    /// Consents that were given elsewhere go onto any list: how somebody came decides by what right they are on it.
    func importable(_ slug: Slug, basis: LegalBasis, isConfirmed: Bool = false) throws -> MailingList {
        let list = try existing(slug)
        if list.closedAt != nil { throw Refusal.closed(slug.text) }
        guard list.basis == basis || isConfirmed else {
            throw Refusal.invalid(
                field: "basis",
                problem:
                    "The list is of basis \(list.basis.rawValue): import to one that is of basis \(basis.rawValue).")
        }
        return list
    }
}

/// What would become of a file now.
package struct ImportRehearsal: Sendable {
    package var counts: ImportCounts
    /// Of those that are known.
    package var pending: Int
    package let problems: ImportProblems
}
