import Foundation
import Newsletter
import Rendering

extension SQLTransaction {
    func policies() throws -> [Policy] {
        try connection.query(
            """
            SELECT number, version, effective, is_material, text, hash, published_at, published_by, language
            FROM policy
            ORDER BY number
            """
        ) { row in
            Policy(
                number: try row.integer(0), version: try row.text(1), effective: try row.text(2),
                isMaterial: try row.integer(3) == 1, text: try row.text(4),
                language: try row.optional(8) { try row.word($0) { Language($0) } }, hash: try row.text(5),
                publishedAt: try row.date(6), publishedBy: try row.text(7))
        }
    }

    func insert(_ policy: Policy) throws {
        try connection.execute(
            """
            INSERT INTO policy (version, effective, is_material, text, hash, published_at, published_by, language)
            VALUES (\(policy.version), \(policy.effective), \(policy.isMaterial), \(policy.text), \(policy.hash),
                \(policy.publishedAt), \(policy.publishedBy), \(policy.language?.code))
            """)
    }

    func notice(of version: String) throws -> Campaign? {
        try connection.first("SELECT id FROM campaign WHERE notice = \(version)") { try $0.integer(0) }
            .flatMap { try campaign($0) }
    }

    func countReaders() throws -> Int {
        try connection.count(
            "SELECT COUNT(DISTINCT digest) FROM subscription WHERE state = 'active' AND held_at IS NULL")
    }

    /// Counts subscriptions at first; who has several is counted once as soon as one of them is met.
    func launchNotice(_ id: Int64, of version: String, at now: Date) throws {
        effects.mustRing = true
        try freezeList(of: id)
        try bringBack(to: now, on: connection.query("SELECT id FROM list") { try $0.integer(0) })
        try connection.execute(
            """
            UPDATE campaign SET notice = \(version), started_at = \(now), next_seq = 0,
                last_seq = COALESCE((SELECT MAX(seq) FROM subscription), 0),
                recipients = (SELECT COUNT(*) FROM subscription WHERE state = 'active' AND held_at IS NULL)
            WHERE id = \(id)
            """)
    }

    // MARK: Claiming

    func claimNotices(of campaign: Int64, now: Date, limit: Int) throws -> [Delivery] {
        let due = try connection.query(
            """
            SELECT d.seq FROM delivery d JOIN subscription s ON s.seq = d.seq
            WHERE d.campaign_id = \(campaign) AND d.state = 'deferred' AND d.state <> 'claimed' AND d.next_at <= \(now)
                AND s.state = 'active' AND s.held_at IS NULL
            ORDER BY d.next_at LIMIT \(limit)
            """
        ) { try $0.integer(0) }
        try claim(due, of: campaign)
        let fresh = try meet(in: campaign, limit: limit - due.count)
        return try (due + fresh).compactMap { try noticeDelivery($0, of: campaign) }
    }

    /// The next in the order of arrival. Whoever is met takes their other subscriptions out of the audience, so that an
    /// address gets it once, whatever becomes of the subscription it went to.
    private func meet(in campaign: Int64, limit: Int) throws -> [Int64] {
        guard limit > 0, let audience = try audience(of: campaign) else { return [] }
        let next = try connection.query(
            """
            SELECT seq FROM subscription
            WHERE seq > \(audience.place) AND seq <= \(audience.last) AND state = 'active'
                AND active_since <= \(audience.since) AND (noticed IS NULL OR noticed <> \(campaign))
                AND held_at IS NULL
            ORDER BY seq LIMIT \(limit)
            """
        ) { try $0.integer(0) }
        var others: Set<Int64> = []
        for sequence in next where !others.contains(sequence) {
            others.formUnion(try takeOthersOut(sequence, campaign))
            try connection.execute(
                """
                INSERT INTO delivery (seq, campaign_id, state, holder)
                VALUES (\(sequence), \(campaign), 'claimed', \(holder))
                """)
        }
        let isThrough = next.count < limit
        try moveOn(campaign, to: isThrough ? audience.last : next.last ?? audience.place)
        return next.filter { !others.contains($0) }
    }

    private func takeOthersOut(_ sequence: Int64, _ campaign: Int64) throws -> [Int64] {
        let others = try connection.query(
            """
            UPDATE subscription SET noticed = \(campaign)
            WHERE digest = (SELECT s.digest FROM subscription s WHERE s.seq = \(sequence)) AND seq > \(sequence)
                AND state = 'active'
                AND EXISTS (SELECT 1 FROM campaign c WHERE c.id = \(campaign) AND subscription.seq <= c.last_seq
                    AND subscription.active_since <= c.started_at)
            RETURNING seq, CASE WHEN held_at IS NULL
                OR held_at > (SELECT started_at FROM campaign c WHERE c.id = \(campaign)) THEN 1 ELSE 0 END
            """
        ) { (seq: try $0.integer(0), isCounted: try $0.integer(1) == 1) }
        let counted = others.count(where: \.isCounted)
        if counted > 0 {
            try connection.execute(
                "UPDATE campaign SET recipients = recipients - \(counted) WHERE id = \(campaign)")
        }
        return others.map(\.seq)
    }

    private func noticeDelivery(_ sequence: Int64, of campaign: Int64) throws -> Delivery? {
        try connection.first(
            """
            SELECT s.id, s.person, d.attempts, d.status, s.language, l.slug FROM delivery d
            JOIN subscription s ON s.seq = d.seq JOIN list l ON l.id = s.list_id
            WHERE d.seq = \(sequence) AND d.campaign_id = \(campaign)
            """
        ) { row in
            guard let id = SubscriptionID(bytes: try row.bytes(0)) else { throw UnexpectedColumn(column: 0) }
            return Delivery(
                sequence: sequence, subscription: id, person: Sealed(bytes: try row.bytes(1)),
                attempts: Int(try row.integer(2)), isPaced: try row.optional(3, row.text) == DomainPace.mark,
                language: try row.word(4) { Language($0) }, list: try row.word(5) { Slug($0) })
        }
    }

    // MARK: Leaving

    /// Somebody leaves one list before a notice has reached them, and stays on another: it goes to them there.
    func passNoticesOn(_ sequence: Int64, at now: Date) throws {
        try connection.execute(
            """
            UPDATE delivery SET state = 'deferred', next_at = \(now), attempts = 0, status = NULL, holder = 0,
                seq = (SELECT MIN(o.seq) FROM subscription o JOIN subscription s ON s.digest = o.digest
                    WHERE s.seq = \(sequence) AND o.seq <> s.seq AND o.state = 'active' AND o.held_at IS NULL)
            WHERE seq = \(sequence) AND state IN ('claimed', 'deferred')
                AND campaign_id IN (SELECT id FROM campaign WHERE notice IS NOT NULL)
                AND EXISTS (SELECT 1 FROM subscription o JOIN subscription s ON s.digest = o.digest
                    WHERE s.seq = \(sequence) AND o.seq <> s.seq AND o.state = 'active' AND o.held_at IS NULL)
            """)
    }
}
