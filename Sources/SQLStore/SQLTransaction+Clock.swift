import Foundation
import Newsletter

extension SQLTransaction {
    func clockRecord() throws -> ClockRecord? {
        try connection.first(
            """
            SELECT clock_known, clock_seen, clock_stood, clock_confirmed FROM installation
            WHERE clock_known IS NOT NULL
            """
        ) { row in
            ClockRecord(
                known: try row.date(0), seen: try row.date(1), stood: .milliseconds(try row.integer(2)),
                confirmed: try row.optional(3, row.date))
        }
    }

    func write(_ record: ClockRecord) throws {
        let stood = Int64(record.stood / .milliseconds(1))
        try connection.execute(
            """
            UPDATE installation SET clock_known = \(record.known), clock_seen = \(record.seen), clock_stood = \(stood),
                clock_confirmed = \(record.confirmed)
            """)
    }

    func newestTime() throws -> Date? {
        try connection.first(
            """
            SELECT MAX(moment) FROM (
                SELECT MAX(at) AS moment FROM audit UNION ALL SELECT MAX(erased_at) FROM erasure
                UNION ALL SELECT MAX(created_at) FROM list UNION ALL SELECT MAX(published_at) FROM policy
                UNION ALL SELECT MAX(last_used) FROM staff UNION ALL SELECT MAX(active_since) FROM subscription
            ) AS times
            """
        ) { row in try row.optional(0, row.date) } ?? nil
    }
}

extension SQLConnection {
    /// The ledger lets go of what no backup can bring back any more. It does so by the time that is known to be right, not by
    /// that of a line, which a wrong clock may have written. Nil: by none.
    func knownTime() throws -> Date? {
        try first("SELECT clock_known FROM installation") { row in try row.optional(0, row.date) } ?? nil
    }
}
