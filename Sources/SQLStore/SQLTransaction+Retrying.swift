import Foundation
import Newsletter

/// What was refused and is tried once more, or will not be.
extension SQLTransaction {
    func retryDeliveries(of campaign: Int64, inDoubt: Bool, at now: Date) throws -> Int {
        try uncount(
            of: campaign,
            connection.query(
                """
                SELECT status, cause, COUNT(*) FROM delivery
                WHERE campaign_id = \(campaign) AND state <> 'claimed' AND state = 'refused'
                    AND seq NOT IN (SELECT seq FROM subscription WHERE held_at IS NOT NULL) GROUP BY status, cause
                """
            ) { try Uncounted($0) })
        try connection.execute("UPDATE campaign SET refused_for_us = 0 WHERE id = \(campaign)")
        return try connection.changes(
            by:
                """
                UPDATE delivery SET state = 'deferred', next_at = \(now), attempts = 0, status = NULL, cause = NULL
                WHERE campaign_id = \(campaign) AND state <> 'claimed'
                    AND (state IN ('refused', 'expired') OR (state = 'in-doubt' AND \(inDoubt) = 1))
                    AND seq NOT IN (SELECT seq FROM subscription WHERE held_at IS NOT NULL)
                """)
    }

    func reopenRefused(of campaign: Int64, at now: Date) throws {
        try uncount(
            of: campaign,
            connection.query(
                """
                SELECT status, cause, COUNT(*) FROM delivery
                WHERE campaign_id = \(campaign) AND state <> 'claimed' AND state = 'refused' AND COALESCE(cause, 'unclear') <> 'dead'
                GROUP BY status, cause
                """
            ) { try Uncounted($0) })
        try connection.execute(
            """
            UPDATE delivery SET state = 'deferred', next_at = \(now), cause = NULL
            WHERE campaign_id = \(campaign) AND state <> 'claimed' AND state = 'refused' AND COALESCE(cause, 'unclear') <> 'dead'
            """)
    }

    func reopenRefused(_ sequences: [Int64], of campaign: Int64, at now: Date) throws {
        try uncount(
            of: campaign,
            connection.query(
                """
                SELECT status, cause, COUNT(*) FROM delivery
                WHERE seq \(in: sequences) AND campaign_id = \(campaign) AND state = 'refused' AND COALESCE(cause, 'unclear') <> 'dead'
                GROUP BY status, cause
                """
            ) { try Uncounted($0) })
        try connection.execute(
            """
            UPDATE delivery SET state = 'deferred', next_at = \(now), cause = NULL
            WHERE seq \(in: sequences) AND campaign_id = \(campaign) AND state = 'refused' AND COALESCE(cause, 'unclear') <> 'dead'
            """)
    }

    /// Of campaigns that are still under way: what was refused because somebody was said not to exist, who may exist after all.
    func reopenDead(_ sequences: [Int64], at now: Date) throws {
        let refused = try connection.query(
            """
            SELECT status, cause, COUNT(*), campaign_id FROM delivery
            WHERE seq \(in: sequences) AND state = 'refused' AND cause = 'dead'
                AND campaign_id IN (SELECT id FROM campaign WHERE \(raw: isAtWork))
            GROUP BY campaign_id, status, cause
            """
        ) { (try Uncounted($0), campaign: try $0.integer(3)) }
        for (uncounted, campaign) in refused { try uncount(of: campaign, [uncounted]) }
        guard !refused.isEmpty else { return }
        try connection.execute(
            """
            UPDATE delivery SET state = 'deferred', next_at = \(now), attempts = 0, status = NULL, cause = NULL
            WHERE seq \(in: sequences) AND state = 'refused' AND cause = 'dead'
                AND campaign_id IN (SELECT id FROM campaign WHERE \(raw: isAtWork))
            """)
    }

    /// What waits for somebody who is held by now is not sent: their campaign does not wait for them.
    func refuseHeld(of campaign: Int64) throws {
        let waiting = try connection.query(
            """
            SELECT d.seq, s.held_status FROM subscription s JOIN delivery d ON d.seq = s.seq
            WHERE s.held_at IS NOT NULL AND d.campaign_id = \(campaign) AND d.state = 'deferred'
            """
        ) { (seq: try $0.integer(0), status: try $0.optional(1, $0.text) ?? "") }
        for (seq, status) in waiting {
            try connection.execute(
                """
                UPDATE delivery SET state = 'refused', status = \(status), cause = 'dead', next_at = NULL
                WHERE seq = \(seq) AND campaign_id = \(campaign)
                """)
            try noteRefusal(status, of: campaign)
        }
    }

    private struct Uncounted {
        let status: String
        let cause: RefusalCause?
        let count: Int

        /// `status, cause, count`.
        init(_ row: any SQLRow) throws {
            status = try row.optional(0, row.text) ?? ""
            cause = try row.optional(1, row.text).flatMap { RefusalCause(rawValue: $0) }
            count = Int(try row.integer(2))
        }
    }

    /// What is refused again is counted again.
    private func uncount(of campaign: Int64, _ refused: [Uncounted]) throws {
        guard !refused.isEmpty else { return }
        for refusal in refused {
            try connection.execute(
                """
                UPDATE refusal SET count = count - \(refusal.count)
                WHERE campaign_id = \(campaign) AND status = \(refusal.status)
                """)
        }
        try connection.execute("DELETE FROM refusal WHERE campaign_id = \(campaign) AND count <= 0")
        let ours = refused.filter { $0.cause == .ours }.reduce(0) { $0 + $1.count }
        try connection.execute(
            """
            UPDATE campaign SET refused_for_us =
                CASE WHEN refused_for_us > \(ours) THEN refused_for_us - \(ours) ELSE 0 END
            WHERE id = \(campaign)
            """)
    }
}
