import Foundation
import Mail
import Newsletter

extension SQLTransaction {
    func rectify(_ id: SubscriptionID, person: Sealed, at now: Date) throws {
        try connection.execute(
            "UPDATE subscription SET person = \(fresh(person)), last_activity = \(now) WHERE id = \(id.bytes)")
        try detachSignUps(of: id)
        try tell(.changed, of: id, at: now)
        effects.mustScrub = true
    }

    func move(_ id: SubscriptionID, to person: Sealed, digest: Data, at now: Date) throws {
        // What waits for the old address is sealed with it.
        try stop(.recall(id.number))
        try connection.execute(
            """
            UPDATE subscription SET person = \(fresh(person)), digest = \(digest), last_activity = \(now),
                last_notified = NULL, held_at = NULL, held_status = NULL, held_domain = NULL, strike_kind = NULL,
                strikes = 0, struck_first = NULL, struck_last = NULL, strike_campaign = NULL,
                returned_campaign = NULL
            WHERE id = \(id.bytes)
            """)
        try connection.execute("DELETE FROM token WHERE subscription_id = \(id.bytes) AND purpose = 'privacy'")
        try detachSignUps(of: id)
        try connection.execute("DELETE FROM outbox WHERE subscription_id = \(id.bytes)")
        try tell(.changed, of: id, at: now)
        effects.mustScrub = true
    }

    func restrict(_ id: SubscriptionID, at now: Date) throws -> Bool {
        guard
            let row = try connection.first(
                "SELECT seq, list_id FROM subscription WHERE id = \(id.bytes) AND state <> 'restricted'",
                { (seq: try $0.integer(0), list: try $0.integer(1)) })
        else { return false }
        try stop(.withdraw(id.number))
        try passNoticesOn(row.seq, at: now)
        try countWithdrawal(row.seq, list: row.list)
        try connection.execute("DELETE FROM delivery WHERE seq = \(row.seq)")
        // Who never confirmed was never active; the schema wants a time all the same.
        try connection.execute(
            """
            UPDATE subscription SET state = 'restricted', active_since = COALESCE(active_since, \(now)), last_activity = \(now)
            WHERE seq = \(row.seq)
            """)
        try tell(.changed, of: id, at: now)
        return true
    }

    func unrestrict(_ id: SubscriptionID, at now: Date) throws -> Bool {
        let lifted =
            try connection.changes(
                by:
                    """
                    UPDATE subscription SET
                        state = CASE WHEN basis = 'consent' AND confirmed_at IS NULL THEN 'pending' ELSE 'active' END,
                        active_since = \(afterEachStart(now)), last_activity = \(now)
                    WHERE id = \(id.bytes) AND state = 'restricted'
                    """) > 0
        if lifted { try tell(.changed, of: id, at: now) }
        return lifted
    }

    // MARK: What else is stored of a subscription

    func links(of id: SubscriptionID) throws -> [LinkData] {
        try connection.query(
            """
            SELECT purpose, expires_at, request IS NOT NULL, sign_up FROM token WHERE subscription_id = \(id.bytes)
            ORDER BY expires_at
            """
        ) { row in
            LinkData(
                purpose: try row.word(0) { Token.Purpose(rawValue: $0) }, expires: try row.date(1),
                hasCode: try row.integer(2) == 1, signUp: try row.optional(3, row.bytes).map { Sealed(bytes: $0) })
        }
    }

    func remindedAt(_ id: SubscriptionID) throws -> Date? {
        try connection.first("SELECT reminded_at FROM subscription WHERE id = \(id.bytes)") {
            try $0.optional(0, $0.date)
        } ?? nil
    }

    func waitingMails(of id: SubscriptionID) throws -> [MailData] {
        try connection.query(
            "SELECT due_at, attempts, mail FROM outbox WHERE subscription_id = \(id.bytes) ORDER BY id"
        ) {
            MailData(
                due: try $0.date(0), attempts: Int(try $0.integer(1)), sealed: Sealed(bytes: try $0.bytes(2)))
        }
    }

    func deliveries(to id: SubscriptionID) throws -> [DeliveryData] {
        try connection.query(
            """
            SELECT c.id, c.subject, d.state, d.attempts, d.next_at, d.status FROM subscription s
            JOIN delivery d ON d.seq = s.seq JOIN campaign c ON c.id = d.campaign_id
            WHERE s.id = \(id.bytes) ORDER BY c.id
            """
        ) { row in
            DeliveryData(
                campaign: try row.integer(0), subject: try row.text(1),
                state: try row.word(2) { Delivery.State(rawValue: $0) }, attempts: Int(try row.integer(3)),
                nextAt: try row.optional(4, row.date), status: try row.optional(5, row.text))
        }
    }
}

// MARK: Changes of address

extension SQLTransaction {
    func insert(_ change: AddressChange, token hash: Data) throws {
        try connection.execute("DELETE FROM address_change WHERE subscription_id = \(change.subscription.bytes)")
        try connection.execute(
            """
            INSERT INTO address_change (subscription_id, hash, person, digest, expires_at)
            VALUES (\(change.subscription.bytes), \(hash), \(fresh(change.person)), \(change.digest), \(change.expires))
            """)
        effects.mustScrub = true
    }

    func addressChanges(token hash: Data) throws -> [AddressChange] {
        try connection.query("SELECT \(raw: changeColumns) FROM address_change WHERE hash = \(hash)") {
            try AddressChange($0)
        }
    }

    func addressChange(of id: SubscriptionID) throws -> AddressChange? {
        try connection.first("SELECT \(raw: changeColumns) FROM address_change WHERE subscription_id = \(id.bytes)") {
            try AddressChange($0)
        }
    }

    func deleteAddressChanges(to digest: Data) throws {
        guard try connection.changes(by: "DELETE FROM address_change WHERE digest = \(digest)") > 0 else { return }
        effects.mustScrub = true
    }

    func deleteAddressChanges(expiredBefore horizon: Date) throws {
        let gone = try connection.changes(
            by:
                """
                DELETE FROM address_change WHERE expires_at <= \(horizon)
                    AND hash NOT IN (SELECT link FROM outbox WHERE link IS NOT NULL)
                """)
        guard gone > 0 else { return }
        effects.mustScrub = true
    }
}

private let changeColumns: StaticString = "subscription_id, person, digest, expires_at"

extension AddressChange {
    fileprivate init(_ row: any SQLRow) throws {
        guard let id = SubscriptionID(bytes: try row.bytes(0)) else { throw UnexpectedColumn(column: 0) }
        self.init(
            subscription: id, person: Sealed(bytes: try row.bytes(1)), digest: try row.bytes(2),
            expires: try row.date(3))
    }
}
