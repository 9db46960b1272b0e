import Foundation
import Newsletter

extension SQLTransaction {
    func erase(_ id: SubscriptionID, at now: Date) throws -> Bool {
        let places = try standing(of: id)
        guard let row = places.first else { return false }
        try tell(Set(places.flatMap(\.holders)), of: id)
        let hasDelivery = places.contains(where: \.hasDelivery)
        if hasDelivery { try passNoticesOn(row.seq, at: now) }
        if hasDelivery || row.isCampaignAtWork { try countWithdrawal(row.seq, list: row.list) }
        // Tokens, outbox and deliveries go with it (ON DELETE CASCADE).
        try connection.execute("DELETE FROM subscription WHERE seq = \(row.seq)")
        // Of whom a check has put there, no backup is restored as a person: those are swept at each start.
        if row.list > 0 { try note(.erasure(id, .nothing), at: now) }
        aftermath.mustScrub = true
        return true
    }

    /// Where somebody stands, and who may be about to write to them; a row for each mail that is theirs.
    private struct Standing {
        let seq: Int64
        let list: Int64
        let isCampaignAtWork: Bool
        let hasDelivery: Bool
        /// Of what is claimed.
        let holders: [Int64]
    }

    /// One question, for on a server each costs a round trip.
    private func standing(of id: SubscriptionID) throws -> [Standing] {
        try connection.query(
            """
            SELECT s.seq, s.list_id, (SELECT COUNT(*) FROM campaign WHERE \(raw: isAtWork)), d.state, d.holder, o.holder
            FROM subscription s LEFT JOIN delivery d ON d.seq = s.seq
            LEFT JOIN outbox o ON o.subscription_id = s.id AND o.is_claimed = 1 WHERE s.id = \(id.bytes)
            """
        ) { row in
            let state = try row.optional(3, row.text)
            let holders = [state == "claimed" ? try row.integer(4) : nil, try row.optional(5, row.integer)]
            return Standing(
                seq: try row.integer(0), list: try row.integer(1), isCampaignAtWork: try row.integer(2) > 0,
                hasDelivery: state != nil, holders: holders.compactMap(\.self))
        }
    }

    /// Other processes may be about to write to them. They hear of it as soon as this is committed.
    func tellOthers(of id: SubscriptionID, _ seq: Int64) throws {
        guard connection.hasOthers else { return }
        let holders = try connection.query(
            """
            SELECT holder FROM delivery WHERE seq = \(seq) AND state = 'claimed'
            UNION
            SELECT holder FROM outbox WHERE subscription_id = \(id.bytes) AND is_claimed = 1
            """
        ) { try $0.integer(0) }
        try tell(Set(holders), of: id)
    }

    private func tell(_ holders: Set<Int64>, of id: SubscriptionID) throws {
        guard connection.hasOthers else { return }
        let strangers = holders.subtracting([holder]).map { Stranger(person: id.number, holder: $0) }
        for stranger in strangers { try connection.tell(stranger) }
        aftermath.add(strangers)
    }

    /// Campaigns that had the person still to mail: not met yet, or an open delivery.
    func countWithdrawal(_ seq: Int64, list: Int64) throws {
        try connection.execute(
            """
            UPDATE campaign SET withdrawn = withdrawn + 1
            WHERE \(raw: isAtWork) AND state <> 'scheduled' AND started_at IS NOT NULL
                AND (list_id = \(list) OR notice IS NOT NULL) AND next_seq < \(seq) AND last_seq >= \(seq)
                AND EXISTS (SELECT 1 FROM subscription s
                    WHERE s.seq = \(seq) AND s.state = 'active' AND s.active_since <= campaign.started_at
                        AND (s.held_at IS NULL OR s.held_at > campaign.started_at)
                        AND (campaign.notice IS NULL OR s.noticed IS NULL OR s.noticed <> campaign.id))
            """)
        try connection.execute(
            """
            UPDATE campaign SET withdrawn = withdrawn + 1
            WHERE id IN (SELECT campaign_id FROM delivery WHERE seq = \(seq))
            """)
    }
}
