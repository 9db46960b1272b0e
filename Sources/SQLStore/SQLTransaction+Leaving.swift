import Foundation
import Mail
import Newsletter

extension SQLTransaction {
    func erase(_ id: SubscriptionID, as departure: OutgoingEvent.Kind, at now: Date) throws -> Bool {
        let places = try standing(of: id)
        guard let row = places.first else { return false }
        try stop(.withdraw(id.number), claimedBy: Set(places.flatMap(\.holders)))
        let hasDelivery = places.contains(where: \.hasDelivery)
        if hasDelivery { try passNoticesOn(row.seq, at: now) }
        if hasDelivery || row.isCampaignAtWork { try countWithdrawal(row.seq, list: row.list) }
        try tellGone(departure, id, at: now)
        // Tokens, outbox and deliveries go with it (ON DELETE CASCADE).
        try connection.execute("DELETE FROM subscription WHERE seq = \(row.seq)")
        // Of whom a check has put there, no backup is restored as a person: those are swept at each start.
        if row.list > 0 { try note(.erasure(id, .nothing), at: now) }
        effects.mustScrub = true
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
            SELECT s.seq, s.list_id, (SELECT COUNT(*) FROM campaign WHERE \(raw: isAtWork)), d.state, d.holder, o.holder,
                e.holder
            FROM subscription s LEFT JOIN delivery d ON d.seq = s.seq
            LEFT JOIN outbox o ON o.subscription_id = s.id AND o.is_claimed = 1
            LEFT JOIN event e ON e.subscription_id = s.id AND e.is_claimed = 1 WHERE s.id = \(id.bytes)
            """
        ) { row in
            let state = try row.optional(3, row.text)
            let holders = [
                state == "claimed" ? try row.integer(4) : nil, try row.optional(5, row.integer),
                try row.optional(6, row.integer),
            ]
            return Standing(
                seq: try row.integer(0), list: try row.integer(1), isCampaignAtWork: try row.integer(2) > 0,
                hasDelivery: state != nil, holders: holders.compactMap(\.self))
        }
    }

    /// Nothing that is claimed for them starts any more once this is committed, here or in another process.
    func stop(_ stop: SendGuard.Stop) throws {
        try self.stop(stop, claimedBy: connection.hasOthers ? holders(of: SubscriptionID(number: stop.person)) : [])
    }

    /// Who may be about to write to them.
    private func holders(of id: SubscriptionID) throws -> Set<Int64> {
        let holders = try connection.query(
            """
            SELECT d.holder FROM delivery d JOIN subscription s ON s.seq = d.seq
            WHERE s.id = \(id.bytes) AND d.state = 'claimed'
            UNION
            SELECT holder FROM outbox WHERE subscription_id = \(id.bytes) AND is_claimed = 1
            UNION
            SELECT holder FROM event WHERE subscription_id = \(id.bytes) AND is_claimed = 1
            """
        ) { try $0.integer(0) }
        return Set(holders)
    }

    /// Other processes hear of it as soon as this is committed.
    private func stop(_ stop: SendGuard.Stop, claimedBy holders: Set<Int64>) throws {
        effects.add(stop)
        guard connection.hasOthers else { return }
        let remoteClaims = holders.subtracting([holder]).map { RemoteClaim(stop: stop, holder: $0) }
        for remoteClaim in remoteClaims { try connection.tell(remoteClaim) }
        effects.add(remoteClaims)
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
