import Foundation
import Newsletter
import Reports

extension SQLTransaction {
    func noteReport(of campaign: Int64, on id: SubscriptionID) throws -> Bool {
        try connection.changes(
            by: """
                UPDATE subscription SET returned_campaign = \(campaign)
                WHERE id = \(id.bytes) AND (returned_campaign IS NULL OR returned_campaign < \(campaign))
                """) > 0
    }

    func noteReturned(_ class: String, _ status: String, of campaign: Int64?) throws {
        guard let campaign else { return }
        try connection.execute(
            """
            INSERT INTO returned (campaign_id, class, status, count) VALUES (\(campaign), \(`class`), \(status), 1)
            ON CONFLICT (campaign_id, class, status) DO UPDATE SET count = returned.count + 1
            """)
    }

    func returned(of campaign: Int64?) throws -> [ReturnedCount] {
        let all = campaign == nil ? 1 : 0
        return try connection.query(
            """
            SELECT class, status, CAST(SUM(count) AS BIGINT) AS total FROM returned
            WHERE campaign_id = \(campaign ?? 0) OR \(all) = 1
            GROUP BY class, status ORDER BY total DESC, class, status
            """
        ) { ReturnedCount(class: try $0.text(0), status: try $0.text(1), count: Int(try $0.integer(2))) }
    }

    func strikes(of id: SubscriptionID) throws -> Strikes? {
        try connection.first(
            """
            SELECT strike_kind, strikes, struck_first, struck_last, strike_campaign FROM subscription
            WHERE id = \(id.bytes) AND strike_kind IS NOT NULL AND struck_first IS NOT NULL AND struck_last IS NOT NULL
            """
        ) { row in
            Strikes(
                kind: try row.word(0) { ReportClass(rawValue: $0) }, count: Int(try row.integer(1)),
                first: try row.date(2), last: try row.date(3), campaign: try row.optional(4, row.integer))
        }
    }

    func note(_ strikes: Strikes, on id: SubscriptionID) throws {
        try connection.execute(
            """
            UPDATE subscription SET strike_kind = \(strikes.kind.rawValue), strikes = \(strikes.count),
                struck_first = \(strikes.first), struck_last = \(strikes.last), strike_campaign = \(strikes.campaign)
            WHERE id = \(id.bytes)
            """)
    }

    func hasCleanCampaign(between earlier: Int64, and later: Campaign, finishedBefore horizon: Date) throws -> Bool {
        try connection.count(
            """
            SELECT COUNT(*) FROM campaign c JOIN campaign e ON e.id = \(earlier)
            WHERE c.list_id = \(later.list.id) AND c.notice IS NULL AND c.id <> \(later.id) AND c.id <> e.id
                AND c.started_at > e.started_at AND c.started_at < \(later.startedAt) AND c.state = 'sent'
                AND c.finished_at <= \(horizon)
            """) > 0
    }
}
