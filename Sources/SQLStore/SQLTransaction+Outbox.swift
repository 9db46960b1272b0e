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

    func putOffOutbox(_ id: Int64, until: Date, attempts: Int) throws {
        try connection.execute(
            """
            UPDATE outbox SET is_claimed = 0, holder = 0, due_at = \(until), attempts = \(attempts)
            WHERE id = \(id) AND is_claimed = 1 AND holder = \(holder)
            """)
    }

    func deleteOutbox(_ id: Int64) throws {
        try connection.execute("DELETE FROM outbox WHERE id = \(id)")
    }

    func outboxCount() throws -> Int {
        try connection.count("SELECT COUNT(*) FROM outbox")
    }
}
