import Foundation
import Newsletter

extension SQLTransaction {
    func insertOutbox(_ mail: Sealed, subscription: SubscriptionID?, due: Date) throws {
        try connection.execute(
            "INSERT INTO outbox (subscription_id, mail, due_at) VALUES (\(subscription?.bytes), \(fresh(mail)), \(due))"
        )
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

    func deleteOutbox(_ id: Int64) throws {
        try connection.execute("DELETE FROM outbox WHERE id = \(id)")
    }

    /// Those who were imported may be written to from now on: a mail has told them why. (`pending` is what is left of the
    /// three states; said so, no engine reads all who are pending for it.)
    func deliverOutbox(_ ids: [Int64], at now: Date) throws {
        guard !ids.isEmpty else { return }
        try connection.execute(
            """
            UPDATE subscription SET state = 'active', active_since = \(now)
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

    func outboxCount() throws -> Int {
        try connection.count("SELECT COUNT(*) FROM outbox")
    }
}
