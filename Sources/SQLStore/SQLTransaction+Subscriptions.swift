import Foundation
import Newsletter
import Rendering

extension SQLTransaction {
    func insert(_ subscription: Subscription, digest: Data) throws {
        try connection.execute(
            """
            INSERT INTO subscription (id, list_id, digest, person, language, state, basis, source, consent_text, consent_policy,
                asked_at, confirmed_at, active_since, last_activity, last_notified, class, consent_evidence)
            VALUES (\(subscription.id.bytes), \(subscription.list.id), \(digest), \(fresh(subscription.person)),
                \(subscription.language.code), \(subscription.state.rawValue), \(subscription.basis.rawValue),
                \(subscription.source), \(subscription.consent?.text), \(subscription.consent?.policy),
                \(subscription.consent?.askedAt), \(subscription.consent?.confirmedAt), \(subscription.activeSince),
                \(subscription.lastActivity), \(subscription.lastNotified), \(subscription.class.rawValue),
                \(subscription.consent?.evidence))
            """)
        if let since = subscription.activeSince { try tell(.confirmed, of: subscription.id, at: since) }
    }

    func subscription(_ id: SubscriptionID) throws -> Subscription? {
        try connection.first(
            """
            SELECT \(raw: subscriptionColumns) FROM subscription WHERE id = \(id.bytes)
            """
        ) { try Subscription($0, list) }
    }

    func subscriptions(digest: Data) throws -> [Subscription] {
        if let prefetched = known.subscriptions(digest: digest) { return prefetched }
        return try connection.query(
            """
            SELECT \(raw: subscriptionColumns) FROM subscription WHERE digest = \(digest) ORDER BY seq
            """
        ) { try Subscription($0, list) }
    }

    func digest(of id: SubscriptionID) throws -> Data? {
        try connection.first("SELECT digest FROM subscription WHERE id = \(id.bytes)") { try $0.bytes(0) }
    }

    func activate(_ id: SubscriptionID, at now: Date) throws {
        let activated = try connection.changes(
            by:
                """
                UPDATE subscription SET state = 'active', confirmed_at = \(now), last_activity = \(now),
                    active_since = CASE WHEN state = 'active' THEN active_since ELSE \(afterEachStart(now)) END
                WHERE id = \(id.bytes) AND (state = 'pending' OR (state = 'active' AND confirmed_at IS NULL))
                """)
        if activated > 0 { try tell(.confirmed, of: id, at: now) }
    }

    func renew(_ id: SubscriptionID, at now: Date) throws {
        // The new mail takes the place of one that was held back.
        try connection.execute(
            """
            DELETE FROM outbox WHERE subscription_id = \(id.bytes) AND is_claimed = 0 AND EXISTS
                (SELECT 1 FROM subscription s WHERE s.id = \(id.bytes) AND s.held_at IS NOT NULL)
            """)
        try connection.execute(
            """
            UPDATE subscription SET last_activity = \(now), last_notified = \(now),
                held_at = NULL, held_status = NULL, held_domain = NULL
            WHERE id = \(id.bytes) AND state = 'pending' AND asked_at IS NOT NULL
            """)
    }

    func adopt(_ id: SubscriptionID, person: Sealed, language: Language, consent: Consent) throws {
        try connection.execute(
            """
            UPDATE subscription SET person = \(fresh(person)), language = \(language.code), source = \(Subscription.form),
                basis = \(LegalBasis.consent.rawValue), consent_text = \(consent.text), consent_policy = \(consent.policy), asked_at = \(consent.askedAt),
                consent_evidence = NULL
            WHERE id = \(id.bytes) AND (state = 'pending' OR (state = 'active' AND confirmed_at IS NULL))
            """)
        effects.mustScrub = true
    }

    func notified(_ id: SubscriptionID, at now: Date) throws {
        try connection.execute("UPDATE subscription SET last_notified = \(now) WHERE id = \(id.bytes)")
    }

    func pendingSubscriptions(askedBefore horizon: Date, limit: Int) throws -> [SubscriptionID] {
        try connection.query(
            """
            SELECT id FROM subscription WHERE state = 'pending' AND asked_at IS NOT NULL AND last_activity <= \(horizon)
            LIMIT \(limit)
            """
        ) { try $0.subscription(0) }
    }
}

// MARK: Tokens

extension SQLTransaction {
    func insert(
        _ hash: Data, purpose: Token.Purpose, subscriptions: [SubscriptionID], expires: Date, request: Data?
    ) throws {
        for id in subscriptions {
            try connection.execute(
                """
                INSERT INTO token (hash, subscription_id, purpose, expires_at, request)
                VALUES (\(hash), \(id.bytes), \(purpose.rawValue), \(expires), \(request))
                """)
        }
    }

    func token(_ hash: Data, purpose: Token.Purpose) throws -> (covers: [TokenCover], expires: Date)? {
        let rows = try connection.query(
            "SELECT \(raw: coverColumns) FROM token WHERE hash = \(hash) AND purpose = \(purpose.rawValue)"
        ) { (try TokenCover($0), try $0.date(2)) }
        return rows.first.map { (rows.map(\.0), $0.1) }
    }

    func token(request: Data) throws -> (covers: [TokenCover], expires: Date)? {
        let rows = try connection.query(
            "SELECT \(raw: coverColumns) FROM token WHERE request = \(request) AND purpose = 'confirm'"
        ) { (try TokenCover($0), try $0.date(2)) }
        return rows.first.map { (rows.map(\.0), $0.1) }
    }

    func attach(_ signUp: Sealed, to hash: Data, of id: SubscriptionID) throws {
        try connection.execute(
            "UPDATE token SET sign_up = \(fresh(signUp)) WHERE hash = \(hash) AND subscription_id = \(id.bytes)")
    }

    func detachSignUps(of id: SubscriptionID) throws {
        let detached = try connection.changes(
            by: "UPDATE token SET sign_up = NULL WHERE subscription_id = \(id.bytes) AND sign_up IS NOT NULL")
        if detached > 0 { effects.mustScrub = true }
    }

    func wrongTries(request: Data) throws -> Int {
        try connection.count("SELECT COALESCE(MAX(wrong_tries), 0) FROM token WHERE request = \(request)")
    }

    func noteWrongTry(request: Data) throws {
        try connection.execute("UPDATE token SET wrong_tries = wrong_tries + 1 WHERE request = \(request)")
    }

    func deleteTokens(expiredBefore horizon: Date) throws {
        let waiting: StaticString = "hash NOT IN (SELECT link FROM outbox WHERE link IS NOT NULL)"
        let named = try connection.changes(
            by: "DELETE FROM token WHERE expires_at <= \(horizon) AND sign_up IS NOT NULL AND \(raw: waiting)")
        if named > 0 { effects.mustScrub = true }
        try connection.execute("DELETE FROM token WHERE expires_at <= \(horizon) AND \(raw: waiting)")
    }
}

private let coverColumns: StaticString = "subscription_id, sign_up, expires_at"

extension TokenCover {
    fileprivate init(_ row: any SQLRow) throws {
        self.init(
            subscription: try row.subscription(0),
            signUp: try row.optional(1, row.bytes).map { Sealed(bytes: $0) })
    }
}

// MARK: Fingerprints

/// The one for every list stands under list 0.
extension SQLTransaction {
    func insertFingerprint(_ fingerprint: Data, on list: MailingList?, at now: Date) throws {
        try insertFingerprint(fingerprint, onListNumber: list?.id ?? 0, at: now)
    }

    func insertFingerprint(_ fingerprint: Data, onListNumber list: Int64, at now: Date) throws {
        let isNew = try connection.changes(
            by: """
                INSERT INTO fingerprint (fingerprint, list_id, created_at) VALUES (\(fingerprint), \(list), \(now))
                ON CONFLICT (fingerprint, list_id) DO NOTHING
                """)
        if isNew > 0 { try note(.wish(fingerprint, list: list), at: now) }
    }

    func hasFingerprint(_ fingerprint: Data, on list: MailingList?) throws -> Bool {
        if list == nil, let prefetched = known.isBarred(fingerprint) { return prefetched }
        return try connection.count(
            "SELECT COUNT(*) FROM fingerprint WHERE fingerprint = \(fingerprint) AND list_id IN (0, \(list?.id ?? 0))")
            > 0
    }

    func fingerprints(_ fingerprint: Data) throws -> [FingerprintData] {
        try connection.query(
            """
            SELECT slug, fingerprint.created_at FROM fingerprint LEFT JOIN list ON list.id = list_id
            WHERE fingerprint = \(fingerprint) ORDER BY list_id
            """
        ) { row in
            FingerprintData(list: try row.optional(0, row.text).flatMap { Slug($0) }, since: try row.date(1))
        }
    }

    func deleteFingerprints(_ fingerprint: Data, at now: Date) throws {
        if try deleteFingerprint(fingerprint, onListNumber: 0) { try note(.lifting(fingerprint, list: 0), at: now) }
    }

    func deleteFingerprint(_ fingerprint: Data, on list: MailingList, at now: Date) throws {
        if try deleteFingerprint(fingerprint, onListNumber: list.id) {
            try note(.lifting(fingerprint, list: list.id), at: now)
        }
    }

    /// Whether there was one.
    @discardableResult
    func deleteFingerprint(_ fingerprint: Data, onListNumber list: Int64) throws -> Bool {
        let gone = try connection.changes(
            by: "DELETE FROM fingerprint WHERE fingerprint = \(fingerprint) AND (\(list) = 0 OR list_id = \(list))")
        if gone > 0 { effects.mustScrub = true }
        return gone > 0
    }
}

/// In the order in which `Subscription.init` reads them.
let subscriptionColumns: StaticString = """
    id, person, language, state, basis, source, consent_text, consent_policy, asked_at, confirmed_at, active_since,
    last_activity, last_notified, list_id, class, held_at, consent_evidence
    """
let subscriptionColumnCount = 17

extension Subscription {
    init(_ row: any SQLRow, _ list: (Int64) throws -> MailingList) throws {
        guard let id = SubscriptionID(bytes: try row.bytes(0)) else { throw UnexpectedColumn(column: 0) }
        let askedAt = try row.optional(8, row.date)
        self.init(
            id: id, list: try list(row.integer(13)), person: Sealed(bytes: try row.bytes(1)),
            language: try row.word(2) { Language($0) }, state: try row.word(3) { State(rawValue: $0) },
            basis: try row.word(4) { LegalBasis(rawValue: $0) }, source: try row.text(5),
            consent: try askedAt.map { askedAt in
                Consent(
                    text: try row.optional(6, row.text) ?? "", policy: try row.optional(7, row.text) ?? "",
                    askedAt: askedAt,
                    confirmedAt: try row.optional(9, row.date), evidence: try row.optional(16, row.text))
            },
            activeSince: try row.optional(10, row.date), lastActivity: try row.date(11),
            lastNotified: try row.optional(12, row.date),
            class: try row.word(14) { SubscriberClass(rawValue: $0) }, heldAt: try row.optional(15, row.date))
    }
}

extension SQLRow {
    func subscription(_ column: Int) throws -> SubscriptionID {
        guard let id = SubscriptionID(bytes: try bytes(column)) else { throw UnexpectedColumn(column: column) }
        return id
    }
}
