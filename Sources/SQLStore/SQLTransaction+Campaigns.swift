import Foundation
import Mail
import Newsletter
import Rendering

extension SQLTransaction {
    func insert(_ campaign: Campaign, idempotencyKey: String?) throws -> Campaign {
        let id = try connection.first(
            """
            INSERT INTO campaign (list_id, source, subject, state, created_by, created_at, idempotency_key, file)
            VALUES (\(campaign.list.id), \(campaign.source), \(campaign.subject), \(campaign.state.rawValue),
                \(campaign.createdBy), \(campaign.createdAt), \(idempotencyKey), \(campaign.file))
            RETURNING id
            """
        ) { try $0.integer(0) }
        guard let id, let made = try self.campaign(id) else { throw UnexpectedColumn(column: 0) }
        return made
    }

    func lockCampaign(_ id: Int64) throws {
        guard connection.hasOthers else { return }
        _ = try connection.first("SELECT id FROM campaign WHERE id = \(id) FOR UPDATE") { try $0.integer(0) }
    }

    func rewrite(_ campaign: Campaign) throws {
        try connection.execute(
            """
            UPDATE campaign SET source = \(campaign.source), subject = \(campaign.subject), file = \(campaign.file),
                idempotency_key = NULL
            WHERE id = \(campaign.id)
            """)
    }

    func campaign(_ id: Int64) throws -> Campaign? {
        try connection.first("\(raw: selectCampaign) WHERE id = \(id)") { try Campaign($0, list) }
    }

    func campaign(idempotencyKey: String, by staff: String) throws -> Campaign? {
        try connection.first(
            "\(raw: selectCampaign) WHERE created_by = \(staff) AND idempotency_key = \(idempotencyKey)"
        ) { try Campaign($0, list) }
    }

    func campaigns(limit: Int) throws -> [Campaign] {
        try connection.query("\(raw: selectCampaign) ORDER BY id DESC LIMIT \(limit)") { try Campaign($0, list) }
    }

    func update(_ campaign: Campaign) throws {
        if campaign.state == .sending { effects.mustRing = true }
        try connection.execute(
            """
            UPDATE campaign SET state = \(campaign.state.rawValue), reason = \(campaign.reason),
                approved_by = \(campaign.approval?.by), approved_at = \(campaign.approval?.at),
                approved_digest = \(campaign.approval?.digest), approved_recipients = \(campaign.approval?.recipients),
                approval_seal = \(campaign.approval?.seal), scheduled_for = \(campaign.scheduledFor), finished_at = \(campaign.finishedAt)
            WHERE id = \(campaign.id)
            """)
    }

    func note(_ run: RefusalRun, of campaign: Int64) throws {
        try connection.execute(
            "UPDATE campaign SET run_kind = \(run.kind), run_count = \(run.count) WHERE id = \(campaign)")
    }

    func sendingCampaigns() throws -> [Campaign] {
        try connection.query(
            "\(raw: selectCampaign) WHERE \(raw: isAtWork) AND state = 'sending' ORDER BY id"
        ) { try Campaign($0, list) }
    }

    func scheduledCampaigns(dueBefore now: Date) throws -> [Campaign] {
        try connection.query(
            """
            \(raw: selectCampaign) WHERE \(raw: isAtWork) AND state = 'scheduled' AND scheduled_for <= \(now)
            ORDER BY scheduled_for
            """
        ) { try Campaign($0, list) }
    }

    func campaignUnderWay(on list: MailingList) throws -> Int64? {
        try connection.first(
            """
            SELECT id FROM campaign WHERE \(raw: isAtWork) AND state IN ('sending', 'paused') AND list_id = \(list.id)
            ORDER BY id
            """
        ) { try $0.integer(0) }
    }

    func countRecipients(on list: MailingList) throws -> Int {
        try connection.count(
            """
            SELECT COUNT(*) FROM subscription
            WHERE list_id = \(list.id) AND state = 'active' AND held_at IS NULL
            """)
    }

    func countNewcomers(on list: MailingList, since: Date) throws -> Newcomers {
        let newcomers = try connection.first(
            """
            SELECT COUNT(*),
                COALESCE(SUM(CASE WHEN basis = 'legitimate-interest' OR consent_evidence IS NOT NULL THEN 1 ELSE 0 END), 0)
            FROM subscription
            WHERE list_id = \(list.id) AND state = 'active' AND active_since > \(since) AND held_at IS NULL
            """
        ) { Newcomers(all: Int(try $0.integer(0)), putIn: Int(try $0.integer(1))) }
        return newcomers ?? Newcomers(all: 0, putIn: 0)
    }

    func launch(_ id: Int64, recipients: Int, at now: Date) throws {
        try freezeList(of: id)
        try bringBack(
            to: now, on: connection.query("SELECT list_id FROM campaign WHERE id = \(id)") { try $0.integer(0) })
        try connection.execute(
            """
            UPDATE campaign SET started_at = \(now), next_seq = 0, recipients = \(recipients),
                last_seq = COALESCE((SELECT MAX(seq) FROM subscription), 0)
            WHERE id = \(id)
            """)
    }

    /// Whoever is there when a campaign begins is among its recipients, and whoever is held then is not, also where a clock that
    /// was ahead has dated that later.
    func bringBack(to now: Date, on lists: [Int64]) throws {
        try connection.execute(
            """
            UPDATE subscription SET active_since = \(now)
            WHERE list_id \(in: lists) AND state = 'active' AND active_since > \(now)
            """)
        try connection.execute(
            "UPDATE subscription SET held_at = \(now) WHERE list_id \(in: lists) AND held_at IS NOT NULL AND held_at > \(now)"
        )
    }

    /// `now`, but after the beginning of each campaign at work: whoever comes, or is held, while one is under way does so after it
    /// began, also where a clock has been put back meanwhile.
    func afterEachStart(_ now: Date) throws -> Date {
        let latest = try connection.first("SELECT MAX(started_at) FROM campaign WHERE \(raw: isAtWork)") {
            try $0.optional(0, $0.date)
        }
        return max(now, (latest ?? nil).map { $0 + .milliseconds(1) } ?? now)
    }

    func freezeList(of id: Int64) throws {
        try connection.execute(
            """
            UPDATE campaign SET
                began_title = (SELECT title FROM list WHERE list.id = campaign.list_id),
                began_language = (SELECT language FROM list WHERE list.id = campaign.list_id),
                began_sender_name = (SELECT sender_name FROM list WHERE list.id = campaign.list_id),
                began_sender_address = (SELECT sender_address FROM list WHERE list.id = campaign.list_id)
            WHERE id = \(id)
            """)
    }

    /// That nobody is left to meet is asked first: who looks for open deliveries walks past all that were deleted lately.
    func finish(_ id: Int64, at now: Date) throws -> Bool {
        let isThrough = try connection.count(
            "SELECT COUNT(*) FROM campaign WHERE id = \(id) AND state = 'sending' AND next_seq >= last_seq")
        guard isThrough > 0 else { return false }
        return try connection.changes(
            by:
                """
                UPDATE campaign SET state = 'sent', reason = NULL, finished_at = \(now)
                WHERE id = \(id) AND state = 'sending' AND next_seq >= last_seq
                    AND NOT EXISTS (SELECT 1 FROM delivery WHERE campaign_id = \(id) AND state IN ('claimed', 'deferred'))
                """) > 0
    }
}

private let selectCampaign: StaticString = """
    SELECT list_id, id, source, subject, state, reason, created_by, created_at, approved_by, scheduled_for, started_at,
        finished_at, recipients, accepted, withdrawn, dead, refused_for_us, approved_at, approved_digest, approved_recipients,
        notice, (SELECT effective FROM policy WHERE version = notice), approval_seal, file,
        began_title, began_language, began_sender_name, began_sender_address, run_kind, run_count
    FROM campaign
    """

/// In the words of the index on campaigns at work: by them the engine knows that it will do, and past campaigns are not
/// looked at.
let isAtWork: StaticString = "state IN ('scheduled', 'sending', 'paused')"

extension Campaign {
    fileprivate init(_ row: any SQLRow, _ list: (Int64) throws -> MailingList) throws {
        let first = 1
        func counter(_ column: Int) throws -> Int { Int(try row.integer(first + column)) }
        self.init(
            id: try row.integer(first), list: try list(row.integer(0)).begun(row, from: first + 23),
            source: try row.text(first + 1),
            subject: try row.text(first + 2), state: try row.word(first + 3) { CampaignState(rawValue: $0) },
            reason: try row.optional(first + 4, row.text), createdBy: try row.text(first + 5),
            createdAt: try row.date(first + 6), approval: try CampaignApproval(row, by: first + 7, from: first + 16),
            scheduledFor: try row.optional(first + 8, row.date), startedAt: try row.optional(first + 9, row.date),
            finishedAt: try row.optional(first + 10, row.date),
            tally: Tally(
                recipients: try counter(11), accepted: try counter(12), withdrawn: try counter(13),
                dead: try counter(14),
                refusedForUs: try counter(15)))
        file = try row.optional(first + 22, row.text)
        notice = try row.optional(first + 19, row.text).map { Notice(version: $0, effective: try row.text(first + 20)) }
        run = RefusalRun(kind: try row.text(first + 27), count: try counter(28))
    }
}

extension CampaignApproval {
    /// Nil where there is none.
    fileprivate init?(_ row: any SQLRow, by name: Int, from first: Int) throws {
        guard let by = try row.optional(name, row.text), let at = try row.optional(first, row.date) else { return nil }
        self.init(
            by: by, at: at, digest: try row.text(first + 1), recipients: Int(try row.integer(first + 2)),
            seal: try row.optional(first + 5, row.bytes) ?? Data())
    }
}

extension MailingList {
    /// As it was when a campaign began, where one has.
    fileprivate func begun(_ row: any SQLRow, from first: Int) throws -> MailingList {
        guard let title = try row.optional(first, row.text) else { return self }
        var list = self
        list.title = title
        list.language = try row.word(first + 1) { Language($0) }
        list.sender = try Correspondent(storedName: row.text(first + 2), address: row.text(first + 3))
        return list
    }
}
