import Foundation
import Newsletter

extension SQLTransaction {
    func claimDeliveries(of campaign: Int64, now: Date, limit: Int) throws -> [Delivery] {
        let deferred = try claimDeferred(of: campaign, now: now, limit: limit)
        guard deferred.count < limit else { return deferred }
        return deferred + (try claimFresh(of: campaign, limit: limit - deferred.count))
    }

    /// `<> 'claimed'` says what the line before it says already; by it the engine knows that its partial index will do.
    /// Without, it reads every subscription there is.
    private func claimDeferred(of campaign: Int64, now: Date, limit: Int) throws -> [Delivery] {
        let due = try connection.query(
            """
            SELECT s.seq, s.id, s.person, d.attempts, d.status FROM delivery d JOIN subscription s ON s.seq = d.seq
            WHERE d.campaign_id = \(campaign) AND d.state = 'deferred' AND d.state <> 'claimed' AND d.next_at <= \(now)
                AND s.state = 'active' AND s.held_at IS NULL
            ORDER BY d.next_at LIMIT \(limit)
            """
        ) { try Delivery($0) }
        try claim(due.map(\.sequence), of: campaign)
        return due
    }

    func claim(_ sequences: [Int64], of campaign: Int64) throws {
        guard !sequences.isEmpty else { return }
        try connection.execute(
            """
            UPDATE delivery SET state = 'claimed', next_at = NULL, holder = \(holder)
            WHERE seq \(in: sequences) AND campaign_id = \(campaign)
            """)
    }

    /// The next recipients in the order of arrival. The campaign's place moves on past them in the same transaction, so
    /// nobody is claimed twice and nobody is passed over but who is held.
    private func claimFresh(of campaign: Int64, limit: Int) throws -> [Delivery] {
        guard let audience = try audience(of: campaign) else { return [] }
        let fresh = try connection.query(
            """
            SELECT seq, id, person, 0, NULL FROM subscription
            WHERE list_id = \(audience.list) AND state = 'active' AND seq > \(audience.place) AND seq <= \(audience.last)
                AND active_since <= \(audience.since) AND held_at IS NULL ORDER BY seq LIMIT \(limit)
            """
        ) { try Delivery($0) }
        if let last = fresh.last {
            // The same rows once more, in one statement.
            try connection.execute(
                """
                INSERT INTO delivery (seq, campaign_id, state, holder)
                SELECT seq, \(campaign), 'claimed', \(holder) FROM subscription
                WHERE list_id = \(audience.list) AND state = 'active' AND seq > \(audience.place)
                    AND seq <= \(last.sequence) AND active_since <= \(audience.since) AND held_at IS NULL
                """)
        }
        let isThrough = fresh.count < limit
        try moveOn(campaign, to: isThrough ? audience.last : fresh.last?.sequence ?? audience.place)
        return fresh
    }

    /// Who was held since the campaign began was counted in its audience, and is passed by.
    func moveOn(_ campaign: Int64, to place: Int64) throws {
        try connection.execute(
            """
            UPDATE campaign SET next_seq = \(place), withdrawn = withdrawn + (SELECT COUNT(*) FROM subscription s
                WHERE s.held_at IS NOT NULL AND s.held_at > campaign.started_at AND s.state = 'active'
                    AND s.active_since <= campaign.started_at AND s.seq > campaign.next_seq AND s.seq <= \(place)
                    AND (s.list_id = campaign.list_id OR campaign.notice IS NOT NULL)
                    AND (campaign.notice IS NULL OR s.noticed IS NULL OR s.noticed <> campaign.id))
            WHERE id = \(campaign) AND next_seq < \(place)
            """)
    }

    /// Where a campaign stands in the order of arrival. Asked for by itself: with numbers to begin and end at, each engine walks
    /// its index from the one to the other and stops at the limit; joined to the campaign's row, PostgreSQL sorts all that is
    /// left, each time.
    func audience(of campaign: Int64) throws -> (list: Int64, place: Int64, last: Int64, since: Date)? {
        try connection.first(
            "SELECT list_id, next_seq, last_seq, started_at FROM campaign WHERE id = \(campaign) AND next_seq < last_seq"
        ) { (try $0.integer(0), try $0.integer(1), try $0.integer(2), try $0.date(3)) }
    }

    func settle(_ outcomes: [(sequence: Int64, outcome: Outcome)], of campaign: Int64, at now: Date) throws {
        var tally = Tally()
        // Nearly all of them; erased, a row is gone and counted; restricted, it is counted here.
        let accepted = outcomes.sequences(.accepted)
        tally.accepted = try delete(accepted, of: campaign)
        tally.withdrawn = try delete(outcomes.sequences(.withdrawn), of: campaign)
        if tally.accepted < accepted.count { try recountLeavers(accepted, &tally) }
        for (sequence, outcome) in outcomes { try settle(sequence, of: campaign, as: outcome, &tally) }
        guard tally != Tally() else { return }
        try connection.execute(
            """
            UPDATE campaign SET accepted = accepted + \(tally.accepted), withdrawn = withdrawn + \(tally.withdrawn),
                refused_for_us = refused_for_us + \(tally.refusedForUs)
            WHERE id = \(campaign)
            """)
    }

    /// Who left while their mail was on its way was counted as withdrawn, and has got it.
    private func recountLeavers(_ accepted: [Int64], _ tally: inout Tally) throws {
        let there = try connection.count("SELECT COUNT(*) FROM subscription WHERE seq \(in: accepted)")
        let gone = accepted.count - there
        tally.accepted += gone
        tally.withdrawn -= gone
    }

    private func settle(_ sequence: Int64, of campaign: Int64, as outcome: Outcome, _ tally: inout Tally) throws {
        switch outcome {
        case .accepted, .withdrawn: break
        case .refused(let status, let cause):
            guard try move(sequence, of: campaign, to: .refused, status: status, cause: cause) else { return }
            if cause == .ours { tally.refusedForUs += 1 }
            try noteRefusal(status, of: campaign)
        case .expired(let status):
            _ = try move(sequence, of: campaign, to: .expired, status: status)
        case .inDoubt:
            _ = try move(sequence, of: campaign, to: .inDoubt, status: nil)
        case .deferred(let until, let attempts, let status):
            _ = try move(sequence, of: campaign, to: .deferred, until: until, attempts: attempts, status: status)
        }
    }

    private func delete(_ sequences: [Int64], of campaign: Int64) throws -> Int {
        guard !sequences.isEmpty else { return 0 }
        return try connection.changes(
            by: "DELETE FROM delivery WHERE seq \(in: sequences) AND campaign_id = \(campaign)")
    }

    private func move(
        _ sequence: Int64, of campaign: Int64, to state: Delivery.State, until: Date? = nil, attempts: Int? = nil,
        status: String?, cause: RefusalCause? = nil
    ) throws -> Bool {
        try connection.changes(
            by:
                """
                UPDATE delivery SET state = \(state.rawValue), next_at = \(until), attempts = COALESCE(\(attempts), attempts),
                    status = \(status), cause = \(cause?.rawValue), holder = 0
                WHERE seq = \(sequence) AND campaign_id = \(campaign) AND state = 'claimed' AND holder = \(holder)
                """) > 0
    }

    func noteRefusal(_ status: String, of campaign: Int64) throws {
        try connection.execute(
            """
            INSERT INTO refusal (campaign_id, status, count) VALUES (\(campaign), \(status), 1)
            ON CONFLICT (campaign_id, status) DO UPDATE SET count = refusal.count + 1
            """)
    }

    func releaseClaims(at now: Date) throws {
        try connection.execute(
            "UPDATE delivery SET state = 'deferred', next_at = \(now), holder = 0 WHERE state = 'claimed' AND holder = \(holder)"
        )
        try connection.execute(
            "UPDATE outbox SET is_claimed = 0, holder = 0 WHERE is_claimed = 1 AND holder = \(holder)")
    }

    func deleteDeliveries(of campaign: Int64) throws {
        try connection.execute("DELETE FROM delivery WHERE campaign_id = \(campaign) AND state <> 'claimed'")
    }

    func deliveries(of campaign: Int64) throws -> [Delivery.State: Int] {
        let counts = try connection.query(
            """
            SELECT state, COUNT(*) FROM delivery WHERE campaign_id = \(campaign) AND state <> 'claimed' GROUP BY state
            """
        ) { (try $0.word(0) { Delivery.State(rawValue: $0) }, Int(try $0.integer(1))) }
        var standing = Dictionary(counts) { $0 + $1 }
        if let deferred = standing[.deferred] {
            let tried = deferred - (try countUntried(of: campaign))
            standing[.deferred] = tried > 0 ? tried : nil
        }
        return standing
    }

    /// What came back from the relay's queue without an answer, at a pause or where there was no relay: nothing was held
    /// against it. It is due before all others, and there are never more than windows of it.
    private func countUntried(of campaign: Int64) throws -> Int {
        try connection.count(
            """
            SELECT COUNT(*) FROM (SELECT status FROM delivery
                WHERE campaign_id = \(campaign) AND state = 'deferred' AND state <> 'claimed'
                ORDER BY next_at LIMIT \(4 * Dispatcher.window)) AS due WHERE status IS NULL
            """)
    }

    func nextAttempt(of campaign: Int64) throws -> Date? {
        try connection.first(
            """
            SELECT next_at FROM delivery
            WHERE campaign_id = \(campaign) AND state = 'deferred' AND state <> 'claimed' AND status IS NOT NULL
            ORDER BY next_at LIMIT 1
            """
        ) { try $0.optional(0, $0.date) } ?? nil
    }

    func troubled(of campaign: Int64, limit: Int) throws -> [TroubledDelivery] {
        try connection.query(
            """
            SELECT s.id, d.state, d.status FROM delivery d JOIN subscription s ON s.seq = d.seq
            WHERE d.campaign_id = \(campaign) AND d.state <> 'claimed' AND d.state <> 'deferred'
            ORDER BY d.state, d.seq LIMIT \(limit)
            """
        ) { row in
            guard let id = SubscriptionID(bytes: try row.bytes(0)) else { throw UnexpectedColumn(column: 0) }
            return TroubledDelivery(
                subscription: id, state: try row.word(1) { Delivery.State(rawValue: $0) },
                status: try row.optional(2, row.text))
        }
    }

    func refusals(of campaign: Int64) throws -> [(status: String, count: Int)] {
        try connection.query(
            "SELECT status, count FROM refusal WHERE campaign_id = \(campaign) ORDER BY count DESC, status"
        ) { (try $0.text(0), Int(try $0.integer(1))) }
    }
}

extension Delivery {
    fileprivate init(_ row: any SQLRow) throws {
        guard let id = SubscriptionID(bytes: try row.bytes(1)) else { throw UnexpectedColumn(column: 1) }
        self.init(
            sequence: try row.integer(0), subscription: id, person: Sealed(bytes: try row.bytes(2)),
            attempts: Int(try row.integer(3)), isPaced: try row.optional(4, row.text) == DomainPace.mark)
    }
}

extension [(sequence: Int64, outcome: Outcome)] {
    fileprivate func sequences(_ outcome: Outcome) -> [Int64] {
        compactMap { $0.outcome == outcome ? $0.sequence : nil }
    }
}
