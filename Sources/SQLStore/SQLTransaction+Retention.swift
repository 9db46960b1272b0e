import Foundation
import Newsletter

/// Each finds its rows by the index `subscription_quiet`, however many there are.
extension SQLTransaction {
    func quiet(
        on list: MailingList, _ kind: SubscriberClass, since horizon: Date, limit: Int
    ) throws -> [SubscriptionID] {
        try connection.query(
            """
            SELECT id FROM subscription
            WHERE list_id = \(list.id) AND class = \(kind.rawValue) AND state IN ('active', 'pending')
                AND last_activity <= \(horizon) LIMIT \(limit)
            """
        ) { try $0.subscription(0) }
    }

    func countQuiet(on list: MailingList, _ kind: SubscriberClass, since horizon: Date) throws -> Int {
        try connection.count(
            """
            SELECT COUNT(*) FROM subscription
            WHERE list_id = \(list.id) AND class = \(kind.rawValue) AND state IN ('active', 'pending')
                AND last_activity <= \(horizon)
            """)
    }

    func countUninformed(on list: MailingList, since horizon: Date) throws -> Int {
        try connection.count(
            """
            SELECT COUNT(*) FROM subscription
            WHERE list_id = \(list.id) AND state = 'pending' AND asked_at IS NULL AND last_notified <= \(horizon)
            """)
    }

    func countAnybody(on list: MailingList) throws -> Int {
        try connection.count(
            "SELECT COUNT(*) FROM subscription WHERE list_id = \(list.id) AND state IN ('active', 'pending')")
    }

    func unasked(
        on list: MailingList, _ kind: SubscriberClass, quietSince: ClosedRange<Date>, limit: Int
    ) throws -> [SubscriptionID] {
        try connection.query(
            """
            SELECT id FROM subscription
            WHERE list_id = \(list.id) AND class = \(kind.rawValue) AND state = 'active' AND held_at IS NULL
                AND last_activity >= \(quietSince.lowerBound) AND last_activity <= \(quietSince.upperBound)
                AND reminded_at IS NULL ORDER BY last_activity LIMIT \(limit)
            """
        ) { try $0.subscription(0) }
    }

    func uninformed(on list: MailingList, since horizon: Date, limit: Int) throws -> [SubscriptionID] {
        try connection.query(
            """
            SELECT id FROM subscription
            WHERE list_id = \(list.id) AND state = 'pending' AND asked_at IS NULL AND last_notified <= \(horizon)
            LIMIT \(limit)
            """
        ) { try $0.subscription(0) }
    }

    func anybody(on list: MailingList, limit: Int) throws -> [SubscriptionID] {
        try connection.query(
            "SELECT id FROM subscription WHERE list_id = \(list.id) AND state IN ('active', 'pending') LIMIT \(limit)"
        ) { try $0.subscription(0) }
    }

    func asked(_ id: SubscriptionID, at now: Date) throws {
        try connection.execute("UPDATE subscription SET reminded_at = \(now) WHERE id = \(id.bytes)")
    }

    func noteActivity(_ id: SubscriptionID, at time: Date) throws {
        try connection.execute(
            """
            UPDATE subscription SET last_activity = \(time), reminded_at = NULL
            WHERE id = \(id.bytes) AND state <> 'restricted' AND last_activity < \(time)
            """)
    }

    func classify(_ id: SubscriptionID, as kind: SubscriberClass, at now: Date) throws {
        try connection.execute(
            "UPDATE subscription SET class = \(kind.rawValue), reminded_at = NULL WHERE id = \(id.bytes)")
        try tell(.changed, of: id, at: now)
    }

    func holdings() throws -> [HoldingCount] {
        try connection.query(
            """
            SELECT list_id, class, state, COUNT(*), MIN(last_activity) FROM subscription
            WHERE list_id > 0 GROUP BY list_id, class, state ORDER BY list_id, class, state
            """
        ) { row in
            HoldingCount(
                list: try row.integer(0), kind: try row.word(1) { SubscriberClass(rawValue: $0) },
                state: try row.word(2) { Subscription.State(rawValue: $0) }, count: Int(try row.integer(3)),
                oldest: try row.date(4))
        }
    }

    func heldSweeps() throws -> [HeldSweep] {
        try connection.query(
            """
            SELECT slug, held_due, held_population, held_released FROM list WHERE held_due IS NOT NULL ORDER BY id
            """
        ) { row in
            HeldSweep(
                list: try row.word(0) { Slug($0) }, due: Int(try row.integer(1)), population: Int(try row.integer(2)),
                released: try row.optional(3, row.integer).map(Int.init))
        }
    }

    func hold(_ sweep: HeldSweep?, on list: MailingList) throws {
        try connection.execute(
            """
            UPDATE list SET held_due = \(sweep?.due), held_population = \(sweep?.population),
                held_released = \(sweep?.released)
            WHERE id = \(list.id)
            """)
    }
}
