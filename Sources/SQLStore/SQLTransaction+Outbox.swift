import Foundation
import Newsletter

extension SQLTransaction {
    func insertOutbox(_ mail: Sealed, subscription: SubscriptionID?, due: Date, link: OutboxLink?) throws {
        effects.mustRing = true
        try connection.execute(
            """
            INSERT INTO outbox (subscription_id, mail, due_at, link, link_seconds)
            VALUES (\(subscription?.bytes), \(fresh(mail)), \(due), \(link?.hash), \(link.map { Int64($0.lasts / .seconds(1)) }))
            """)
    }

    /// In the order in which they were written.
    func claimOutbox(dueBefore now: Date, limit: Int) throws -> [ClaimedOutboxMail] {
        let mails = try connection.query(
            """
            UPDATE outbox SET is_claimed = 1, holder = \(holder)
            WHERE id IN (SELECT id FROM outbox WHERE is_claimed = 0 AND due_at <= \(now) ORDER BY due_at LIMIT \(limit))
            RETURNING id, subscription_id, mail, attempts
            """
        ) { row in
            ClaimedOutboxMail(
                id: try row.integer(0),
                subscription: try row.optional(1, row.bytes).flatMap { SubscriptionID(bytes: $0) },
                sealed: Sealed(bytes: try row.bytes(2)), attempts: Int(try row.integer(3)))
        }
        return mails.sorted { $0.id < $1.id }
    }

    func putOffOutbox(_ id: Int64, until: Date, attempts: Int, status: String?) throws {
        try connection.execute(
            """
            UPDATE outbox SET is_claimed = 0, holder = 0, due_at = \(until), attempts = \(attempts), status = \(status)
            WHERE id = \(id) AND is_claimed = 1 AND holder = \(holder)
            """)
    }

    func hasMail(dueAfter horizon: Date) throws -> Bool {
        try connection.first(
            """
            SELECT 1 WHERE EXISTS (SELECT 1 FROM outbox WHERE is_claimed = 0 AND due_at > \(horizon)) OR EXISTS
                (SELECT 1 FROM campaign c JOIN delivery d ON d.campaign_id = c.id
                WHERE c.\(raw: isAtWork) AND d.state = 'deferred' AND d.state <> 'claimed'
                    AND d.next_at > \(horizon))
            """
        ) { _ in true } ?? false
    }

    func bringForward(dueAfter horizon: Date, at now: Date) throws {
        effects.mustRing = true
        try connection.execute("UPDATE outbox SET due_at = \(now) WHERE is_claimed = 0 AND due_at > \(horizon)")
        try connection.execute(
            """
            UPDATE delivery SET next_at = \(now) WHERE state = 'deferred' AND state <> 'claimed' AND next_at > \(horizon)
                AND campaign_id IN (SELECT id FROM campaign WHERE \(raw: isAtWork))
            """)
    }

    func releaseOutbox(_ id: Int64) throws {
        try connection.execute(
            "UPDATE outbox SET is_claimed = 0, holder = 0 WHERE id = \(id) AND is_claimed = 1 AND holder = \(holder)")
    }

    func deleteOutbox(_ id: Int64) throws {
        try connection.execute("DELETE FROM outbox WHERE id = \(id)")
    }

    /// Those who were imported may be written to from now on: a mail has told them why. (`pending` is what is left of the
    /// three states; said so, no engine reads all who are pending for it.)
    func deliverOutbox(_ ids: [Int64], at now: Date) throws {
        guard !ids.isEmpty else { return }
        try beginTerms(ids, at: now)
        try tellImported(by: ids, at: now)
        try connection.execute(
            """
            UPDATE subscription SET state = 'active', active_since = \(afterEachStart(now))
            WHERE id IN (SELECT subscription_id FROM outbox WHERE id \(in: ids)) AND asked_at IS NULL
                AND state <> 'active' AND state <> 'restricted'
            """)
        try connection.execute("DELETE FROM outbox WHERE id \(in: ids)")
    }

    func refusedOutbox() throws -> [(status: String, count: Int)] {
        try connection.query(
            "SELECT status, COUNT(*) FROM outbox WHERE status IS NOT NULL GROUP BY status ORDER BY COUNT(*) DESC, status"
        ) { (try $0.text(0), Int(try $0.integer(1))) }
    }

    /// The terms of the links in these mails, where they have waited for more than a moment. Who is asked to confirm has as
    /// long as the mail says: the sign-up is not thrown away before.
    private func beginTerms(_ ids: [Int64], at now: Date) throws {
        let links = try connection.query(
            """
            SELECT link, link_seconds FROM outbox
            WHERE id \(in: ids) AND link IS NOT NULL AND (attempts > 0 OR due_at < \(now - .seconds(60)))
            """
        ) { (hash: try $0.bytes(0), lasts: Duration.seconds(try $0.integer(1))) }
        for link in links {
            let end = now + link.lasts
            try connection.execute(
                "UPDATE token SET expires_at = \(end) WHERE hash = \(link.hash) AND expires_at < \(end)")
            try connection.execute(
                "UPDATE address_change SET expires_at = \(end) WHERE hash = \(link.hash) AND expires_at < \(end)")
            try connection.execute(
                """
                UPDATE subscription SET last_activity = \(now)
                WHERE id IN (SELECT subscription_id FROM token WHERE hash = \(link.hash) AND purpose = 'confirm')
                    AND state = 'pending' AND last_activity < \(now)
                """)
        }
    }

    func outboxWaitingSince() throws -> Date? {
        try connection.first("SELECT MIN(due_at) FROM outbox") { try $0.optional(0, $0.date) } ?? nil
    }

    func outboxCount() throws -> Int {
        try connection.count("SELECT COUNT(*) FROM outbox")
    }
}
