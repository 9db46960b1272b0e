import Foundation
import Newsletter

// MARK: Writing them

/// Called by what changes a subscription, in the same transaction.
extension SQLTransaction {
    /// Nothing is written where nobody is told. Who is erased once more after a restore is told of again in any case:
    /// what waited when the records were lost is known to nobody.
    private func isTold(_ kind: OutgoingEvent.Kind) -> Bool { told.contains(kind) || effects.isReplay }

    /// Of somebody whom the receiver may know: who has never confirmed is nobody's business, and no check is.
    func tell(_ kind: OutgoingEvent.Kind, of id: SubscriptionID, at now: Date) throws {
        guard isTold(kind) else { return }
        let written = try connection.changes(
            by:
                """
                \(raw: insertEvent) CAST(\(kind.rawValue) AS TEXT), id, list_id, CAST(\(now) AS BIGINT), CAST(\(now) AS BIGINT)
                FROM subscription WHERE id = \(id.bytes) AND \(raw: isKnownOutside)
                """)
        if written > 0 { effects.mustTell = true }
    }

    func tell(_ kind: OutgoingEvent.Kind, ofPlaces sequences: [Int64], at now: Date) throws {
        guard isTold(kind) else { return }
        let written = try connection.changes(
            by:
                """
                \(raw: insertEvent) CAST(\(kind.rawValue) AS TEXT), id, list_id, CAST(\(now) AS BIGINT), CAST(\(now) AS BIGINT)
                FROM subscription WHERE seq \(in: sequences) AND \(raw: isKnownOutside) ORDER BY seq
                """)
        if written > 0 { effects.mustTell = true }
    }

    /// Those whom these mails tell of their import: from now on they are on their list.
    func tellImported(by mails: [Int64], at now: Date) throws {
        guard isTold(.confirmed) else { return }
        let written = try connection.changes(
            by:
                """
                \(raw: insertEvent) 'confirmed', id, list_id, CAST(\(now) AS BIGINT), CAST(\(now) AS BIGINT)
                FROM subscription WHERE id IN (SELECT subscription_id FROM outbox WHERE id \(in: mails))
                    AND asked_at IS NULL AND state <> 'active' AND state <> 'restricted' AND list_id > 0
                """)
        if written > 0 { effects.mustTell = true }
    }

    /// Before somebody goes: what would still be told of them is not. What is claimed keeps its place before the last
    /// event, so that this one comes last; it does not start any more.
    func tellGone(_ kind: OutgoingEvent.Kind, _ id: SubscriptionID, at now: Date) throws {
        guard !told.isEmpty || effects.isReplay else { return }
        try connection.execute(
            """
            DELETE FROM event WHERE subscription_id = \(id.bytes) AND kind IN ('confirmed', 'changed') AND is_claimed = 0
            """)
        try tell(kind, of: id, at: now)
    }
}

private let insertEvent: StaticString = "INSERT INTO event (kind, subscription_id, list_id, occurred_at, due_at) SELECT"

private let isKnownOutside: StaticString = """
    list_id > 0 AND state <> 'pending' AND (basis <> 'consent' OR confirmed_at IS NOT NULL)
    """

// MARK: Telling

extension SQLTransaction {
    /// Nothing is put off for as long as a day: what is has been by a clock that was ahead, and is due.
    func hasEvents(dueBefore now: Date) throws -> Bool {
        try connection.first(
            "SELECT 1 FROM event WHERE is_claimed = 0 AND (due_at <= \(now) OR due_at > \(now + .days(1))) LIMIT 1"
        ) { _ in true }
            ?? false
    }

    func claimEvents(dueBefore now: Date, limit: Int) throws -> [ClaimedEvent] {
        let rows = try connection.query(
            """
            UPDATE event SET is_claimed = 1, holder = \(holder)
            WHERE id IN (SELECT e.id FROM event e WHERE e.is_claimed = 0 AND (e.due_at <= \(now) OR e.due_at > \(now + .days(1)))
                AND NOT EXISTS (SELECT 1 FROM event b WHERE b.subscription_id = e.subscription_id AND b.id < e.id)
                ORDER BY e.due_at, e.id LIMIT \(limit))
            RETURNING id, kind, subscription_id, list_id, occurred_at, attempts, failing_since
            """
        ) { try EventRow($0) }
        return try rows.sorted { $0.id < $1.id }.compactMap(claimed)
    }

    /// Nil where it would tell of somebody who is gone; then it goes too.
    private func claimed(_ row: EventRow) throws -> ClaimedEvent? {
        let record = try subscription(row.subscription)
        guard record != nil || !row.kind.tellsPerson else {
            try deleteEvent(row.id)
            return nil
        }
        return ClaimedEvent(
            id: row.id,
            event: OutgoingEvent(row.kind, of: row.subscription, on: try list(row.list).slug, at: row.at),
            attempts: row.attempts, failingSince: row.failingSince, record: row.kind.tellsPerson ? record : nil,
            isGone: record == nil)
    }

    func deleteEvent(_ id: Int64) throws {
        try connection.execute("DELETE FROM event WHERE id = \(id) AND is_claimed = 1 AND holder = \(holder)")
    }

    func releaseEvent(_ id: Int64) throws {
        try connection.execute(
            "UPDATE event SET is_claimed = 0, holder = 0 WHERE id = \(id) AND is_claimed = 1 AND holder = \(holder)")
        try deleteOfNobody(id)
    }

    func putOffEvent(_ id: Int64, until: Date, attempts: Int, failingSince: Date, status: String) throws {
        try connection.execute(
            """
            UPDATE event SET is_claimed = 0, holder = 0, due_at = \(until), attempts = \(attempts),
                failing_since = \(failingSince), status = \(status)
            WHERE id = \(id) AND is_claimed = 1 AND holder = \(holder)
            """)
        try deleteOfNobody(id)
    }

    /// Its person has gone while it was under way.
    private func deleteOfNobody(_ id: Int64) throws {
        try connection.execute("DELETE FROM event WHERE id = \(id) AND \(raw: isOfNobody)")
    }

    func noteFailingReceiver(at now: Date) throws {
        try connection.execute(
            "UPDATE event SET failing_since = \(now) WHERE failing_since IS NULL AND due_at <= \(now) AND is_claimed = 0"
        )
    }

    func noteAnsweringReceiver(at now: Date) throws {
        try connection.execute("UPDATE event SET failing_since = NULL WHERE failing_since IS NOT NULL AND attempts = 0")
        try connection.execute("UPDATE event SET due_at = \(now) WHERE is_claimed = 0 AND due_at > \(now)")
        effects.mustTell = true
    }

    func giveUpEvents(failingSince horizon: Date) throws -> Int {
        try connection.changes(by: "DELETE FROM event WHERE failing_since <= \(horizon) AND is_claimed = 0")
    }

    func releaseEventClaims() throws {
        try connection.execute(
            "UPDATE event SET is_claimed = 0, holder = 0 WHERE is_claimed = 1 AND holder = \(holder)")
        try connection.execute("DELETE FROM event WHERE is_claimed = 0 AND \(raw: isOfNobody)")
    }

    func deleteEvents(otherThan kinds: Set<OutgoingEvent.Kind>, before horizon: Date?) throws -> Int {
        var count = 0
        for kind in OutgoingEvent.Kind.allCases where !kinds.contains(kind) {
            count += try connection.changes(by: "DELETE FROM event WHERE kind = \(kind.rawValue)")
        }
        guard let horizon else { return count }
        return try count + connection.changes(by: "DELETE FROM event WHERE occurred_at < \(horizon)")
    }

    func waitingEvents() throws -> WaitingEvents {
        let waiting = try connection.first(
            """
            SELECT COUNT(*), MIN(occurred_at),
                (SELECT e.status FROM event e WHERE e.status IS NOT NULL ORDER BY e.failing_since DESC, e.id DESC LIMIT 1)
            FROM event
            """
        ) { row in
            WaitingEvents(
                count: Int(try row.integer(0)), since: try row.optional(1, row.date),
                status: try row.optional(2, row.text))
        }
        return waiting ?? WaitingEvents(count: 0, since: nil, status: nil)
    }

    func eventsOfNobody() throws -> Int {
        try connection.count("SELECT COUNT(*) FROM event WHERE is_claimed = 0 AND \(raw: isOfNobody)")
    }
}

private let isOfNobody: StaticString = """
    kind IN ('confirmed', 'changed') AND NOT EXISTS
        (SELECT 1 FROM subscription s WHERE s.id = event.subscription_id)
    """

private struct EventRow {
    let id: Int64
    let kind: OutgoingEvent.Kind
    let subscription: SubscriptionID
    let list: Int64
    let at: Date
    let attempts: Int
    let failingSince: Date?

    init(_ row: any SQLRow) throws {
        id = try row.integer(0)
        kind = try row.word(1) { OutgoingEvent.Kind(rawValue: $0) }
        subscription = try row.subscription(2)
        list = try row.integer(3)
        at = try row.date(4)
        attempts = Int(try row.integer(5))
        failingSince = try row.optional(6, row.date)
    }
}
