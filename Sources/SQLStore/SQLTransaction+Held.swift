import Foundation
import Mail
import Newsletter

extension SQLTransaction {
    // MARK: Holding and lifting

    func hold(_ id: SubscriptionID, _ hold: Hold, at now: Date) throws {
        let claimedElsewhere = try connection.first(
            """
            UPDATE subscription SET held_at = \(afterEachStart(now)), held_status = \(hold.status), held_domain = \(hold.domain),
                strike_kind = 'dead', strikes = strikes + 1, struck_first = COALESCE(struck_first, \(now)),
                struck_last = \(now), strike_campaign = \(hold.campaign)
            WHERE id = \(id.bytes) AND held_at IS NULL AND state <> 'restricted'
            RETURNING (SELECT COUNT(*) FROM delivery d WHERE d.seq = subscription.seq AND d.state = 'claimed' AND d.holder <> \(holder))
            """
        ) { try $0.integer(0) }
        guard let claimedElsewhere else { return }
        // Many may be held at once, and asking for holders costs a round trip: only where the row says that there are any.
        if claimedElsewhere > 0 { try stop(.recall(id.number)) } else { effects.add(.recall(id.number)) }
        try forgetNotification(of: id)
        try tell(.bounced, of: id, at: now)
    }

    func lift(addressOf id: SubscriptionID, at now: Date) throws {
        let held = try connection.query(
            """
            SELECT seq, id FROM subscription
            WHERE held_at IS NOT NULL AND digest = (SELECT s.digest FROM subscription s WHERE s.id = \(id.bytes))
            """
        ) { try HeldPlace($0) }
        try lift(held, at: now)
    }

    /// Nearly always nobody is held; asked in this order, the engine then looks at nothing else.
    func lift(takenMails mails: [Int64], at now: Date) throws {
        guard !mails.isEmpty else { return }
        let held = try connection.query(
            """
            SELECT h.seq, h.id FROM subscription h WHERE h.held_at IS NOT NULL AND EXISTS
                (SELECT 1 FROM outbox o JOIN subscription s ON s.id = o.subscription_id
                WHERE o.id \(in: mails) AND s.digest = h.digest)
            """
        ) { try HeldPlace($0) }
        try lift(held, at: now)
    }

    private func lift(_ places: [HeldPlace], at now: Date) throws {
        guard !places.isEmpty else { return }
        try release(places, at: now)
        try connection.execute(
            """
            UPDATE subscription SET strike_kind = NULL, strikes = 0, struck_first = NULL, struck_last = NULL,
                strike_campaign = NULL
            WHERE seq \(in: places.map(\.sequence))
            """)
    }

    /// Of each sign-up of that address: whichever is renewed, the others must not keep it from being written to. Who was
    /// imported has not signed up; their month counts from the first notice.
    func forgetNotification(of id: SubscriptionID) throws {
        try connection.execute(
            """
            UPDATE subscription SET last_notified = NULL
            WHERE state = 'pending' AND asked_at IS NOT NULL
                AND digest = (SELECT s.digest FROM subscription s WHERE s.id = \(id.bytes))
            """)
    }

    // MARK: Who is held

    func held(of campaign: Int64?, until: Date, limit: Int) throws -> [HeldPlace] {
        guard let campaign else {
            return try connection.query(
                """
                SELECT seq, id FROM subscription
                WHERE held_at IS NOT NULL AND held_at <= \(until) AND state <> 'restricted' ORDER BY held_at LIMIT \(limit)
                """
            ) { try HeldPlace($0) }
        }
        return try connection.query(
            """
            SELECT seq, id FROM subscription
            WHERE held_at IS NOT NULL AND held_at <= \(until) AND strike_campaign = \(campaign) AND state <> 'restricted'
            ORDER BY held_at LIMIT \(limit)
            """
        ) { try HeldPlace($0) }
    }

    func heldCounts() throws -> [HeldCount] {
        try connection.query(
            """
            SELECT held_at / 3600000 * 3600000 AS hour, held_domain, strike_campaign, held_status, COUNT(*)
            FROM subscription WHERE held_at IS NOT NULL AND state <> 'restricted'
            GROUP BY held_at / 3600000 * 3600000, held_domain, strike_campaign, held_status
            """
        ) { row in
            HeldCount(
                hour: try row.date(0), domain: try row.optional(1, row.bytes),
                campaign: try row.optional(2, row.integer), status: try row.optional(3, row.text) ?? "",
                count: Int(try row.integer(4)))
        }
    }

    func heldState(of id: SubscriptionID) throws -> HeldState? {
        try connection.first(
            """
            SELECT held_at, strikes, struck_first, struck_last FROM subscription
            WHERE id = \(id.bytes) AND struck_first IS NOT NULL
            """
        ) { row in
            HeldState(
                heldAt: try row.optional(0, row.date), strikes: Int(try row.integer(1)), first: try row.date(2),
                last: try row.date(3))
        }
    }

    // MARK: What becomes of them

    func release(_ places: [HeldPlace], at now: Date) throws {
        guard !places.isEmpty else { return }
        effects.mustRing = true
        let sequences = places.map(\.sequence)
        try countAmongRecipients(sequences)
        try connection.execute(
            """
            UPDATE subscription SET held_at = NULL, held_status = NULL, held_domain = NULL WHERE seq \(in: sequences)
            """)
        try reopenDead(sequences, at: now)
        try tell(.changed, ofPlaces: sequences, at: now)
        try connection.execute(
            """
            UPDATE outbox SET due_at = \(now), status = NULL
            WHERE is_claimed = 0 AND due_at > \(now)
                AND subscription_id IN (SELECT id FROM subscription WHERE seq \(in: sequences))
            """)
    }

    /// A campaign that began while they were held, and has still to come to their place, did not count them.
    private func countAmongRecipients(_ sequences: [Int64]) throws {
        try connection.execute(
            """
            UPDATE campaign SET recipients = recipients + (SELECT COUNT(*) FROM subscription s
                WHERE s.seq \(in: sequences) AND s.state = 'active' AND s.active_since <= campaign.started_at
                    AND s.held_at <= campaign.started_at AND s.seq > campaign.next_seq AND s.seq <= campaign.last_seq
                    AND (s.list_id = campaign.list_id OR campaign.notice IS NOT NULL)
                    AND (campaign.notice IS NULL OR s.noticed IS NULL OR s.noticed <> campaign.id))
            WHERE \(raw: isAtWork) AND state <> 'scheduled' AND started_at IS NOT NULL
            """)
    }

    func eraseHeld(_ place: HeldPlace, at now: Date) throws -> Bool {
        try connection.execute(
            """
            UPDATE campaign SET dead = dead + 1 WHERE id IN
                (SELECT campaign_id FROM delivery WHERE seq = \(place.sequence) AND state = 'refused' AND cause = 'dead')
            """)
        try connection.execute(
            "DELETE FROM delivery WHERE seq = \(place.sequence) AND state = 'refused' AND cause = 'dead'")
        return try erase(place.subscription, as: .bounced, at: now)
    }

    // MARK: Counting

    func noteAnswers(_ counts: [Data: Int], at hour: Date) throws {
        for (domain, count) in counts where count > 0 {
            try connection.execute(
                """
                INSERT INTO answer (domain, hour, count) VALUES (\(domain), \(hour), \(count))
                ON CONFLICT (domain, hour) DO UPDATE SET count = answer.count + excluded.count
                """)
        }
    }

    func answerCounts() throws -> [AnswerCount] {
        try connection.query("SELECT domain, hour, count FROM answer") { row in
            AnswerCount(hour: try row.date(1), domain: try row.bytes(0), count: Int(try row.integer(2)))
        }
    }

    func forgetAnswers(before horizon: Date) throws {
        try connection.execute(
            """
            DELETE FROM answer WHERE hour < \(horizon) OR (length(domain) > 0 AND domain NOT IN
                (SELECT held_domain FROM subscription
                WHERE held_at IS NOT NULL AND held_domain IS NOT NULL AND state <> 'restricted'))
            """)
    }

    func heldCampaigns() throws -> [(id: Int64, dead: Int, answers: Int)] {
        try connection.query(
            """
            SELECT c.id, c.dead + h.held,
                c.accepted + COALESCE((SELECT CAST(SUM(count) AS BIGINT) FROM refusal r WHERE r.campaign_id = c.id), 0)
            FROM campaign c JOIN (SELECT strike_campaign, COUNT(*) AS held FROM subscription
                WHERE held_at IS NOT NULL AND state <> 'restricted' AND strike_campaign IS NOT NULL
                GROUP BY strike_campaign) h ON h.strike_campaign = c.id
            ORDER BY c.id
            """
        ) { (try $0.integer(0), Int(try $0.integer(1)), Int(try $0.integer(2))) }
    }
}

extension HeldPlace {
    /// `seq, id`.
    fileprivate init(_ row: any SQLRow) throws {
        self.init(sequence: try row.integer(0), subscription: try row.subscription(1))
    }
}
