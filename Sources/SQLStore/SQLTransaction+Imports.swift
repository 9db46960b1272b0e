import Foundation
import Newsletter
import Rendering

extension SQLTransaction {
    func insert(_ plan: ImportPlan, by staff: String, idempotencyKey: String?, at now: Date) throws -> Int64 {
        let id = try connection.first(
            """
            INSERT INTO import (list_id, class, source, state, created_by, created_at, idempotency_key, evidence,
                consent_day, skips_bad, announces)
            VALUES (\(plan.list.id), \(plan.class.rawValue), \(plan.source), 'reading', \(staff), \(now), \(idempotencyKey),
                \(plan.elsewhere?.evidence), \(plan.elsewhere?.day), \(plan.skipsBad ? 1 : 0),
                \(plan.announces ? 1 : 0))
            RETURNING id
            """
        ) { try $0.integer(0) }
        guard let id else { throw UnexpectedColumn(column: 0) }
        return id
    }

    func `import`(_ id: Int64) throws -> Import? {
        try connection.first("\(raw: selectImport) WHERE import.id = \(id)") { try Import($0, list) }
    }

    func `import`(idempotencyKey: String, by staff: String, since: Date) throws -> Import? {
        try connection.first(
            """
            \(raw: selectImport)
            WHERE created_by = \(staff) AND idempotency_key = \(idempotencyKey) AND import.created_at >= \(since)
            """
        ) { try Import($0, list) }
    }

    func imports(_ state: Import.State) throws -> [Import] {
        try connection.query(
            """
            \(raw: selectImport)
            WHERE state = \(state.stored) AND (proposed_at IS NOT NULL) = (\(state == .proposed ? 1 : 0) = 1)
            ORDER BY import.id
            """
        ) { try Import($0, list) }
    }

    func update(_ file: Import) throws {
        let counts = file.counts
        try connection.execute(
            """
            UPDATE import SET state = \(file.state.stored), digest = \(file.digest), row_count = \(counts.rows),
                duplicates = \(counts.duplicates), imported = \(counts.imported), known = \(counts.known),
                blocked = \(counts.blocked), invalid = \(counts.invalid), parts = \(file.parts),
                created_at = \(file.createdAt), proposed_at = \(file.state == .proposed ? file.proposedAt : nil),
                approved_by = \(file.approvedBy)
            WHERE id = \(file.id)
            """)
    }

    func forgetKey(of id: Int64) throws {
        try connection.execute("UPDATE import SET idempotency_key = NULL WHERE id = \(id)")
    }

    func deleteImport(_ id: Int64) throws {
        try connection.execute("DELETE FROM import WHERE id = \(id)")
        effects.mustScrub = true
    }

    // MARK: Staged lines

    func stage(_ row: StagedRow, for id: Int64) throws -> Bool {
        try connection.changes(
            by:
                """
                INSERT INTO import_row (import_id, digest, fingerprint, subscription_id, person, language, last_contact,
                    asked_at, confirmed_at, consent_text, consent_policy, consent_evidence, class, source, is_restricted)
                VALUES (\(id), \(row.digest), \(row.fingerprint), \(row.subscription.bytes), \(fresh(row.person)),
                    \(row.language.code), \(row.lastContact), \(row.consent?.askedAt), \(row.consent?.confirmedAt),
                    \(row.consent?.text), \(row.consent?.policy), \(row.consent?.evidence), \(row.class?.rawValue),
                    \(row.source), \(row.isRestricted ? 1 : 0))
                ON CONFLICT (import_id, digest) DO NOTHING
                """) > 0
    }

    func takeStaged(of id: Int64, limit: Int) throws -> [StagedRow] {
        let rows = try connection.query(
            """
            SELECT seq, digest, fingerprint, subscription_id, person, language, last_contact, asked_at, confirmed_at,
                consent_text, consent_policy, consent_evidence, class, source, is_restricted
            FROM import_row
            WHERE import_id = \(id) ORDER BY seq LIMIT \(limit)
            """
        ) { (seq: try $0.integer(0), row: try StagedRow($0)) }
        if let last = rows.last {
            try connection.execute("DELETE FROM import_row WHERE import_id = \(id) AND seq <= \(last.seq)")
            effects.mustScrub = true
        }
        return rows.map(\.row)
    }

    func sealedLines(after place: Int64, limit: Int) throws -> [(place: Int64, id: SubscriptionID, person: Sealed)] {
        try connection.query(
            "SELECT seq, subscription_id, person FROM import_row WHERE seq > \(place) ORDER BY seq LIMIT \(limit)"
        ) { (try $0.integer(0), try $0.subscription(1), Sealed(bytes: try $0.bytes(2))) }
    }

    func replaceLine(at place: Int64, with person: Sealed) throws {
        try connection.execute("UPDATE import_row SET person = \(fresh(person)) WHERE seq = \(place)")
        effects.mustScrub = true
    }

    /// What a backup held of files that were not on their list yet: some of their people may have left since.
    func dropImports() throws {
        try connection.execute("DELETE FROM import_row")
        try connection.execute("DELETE FROM import WHERE state <> 'done'")
    }

    func forecast(_ id: Int64, on list: MailingList) throws -> ImportForecast {
        let blocked = try connection.count(
            """
            SELECT COUNT(*) FROM import_row r WHERE import_id = \(id)
                AND EXISTS (SELECT 1 FROM fingerprint f WHERE f.fingerprint = r.fingerprint AND f.list_id IN (0, \(list.id)))
            """)
        let known = try connection.first(
            """
            SELECT COUNT(*), COALESCE(SUM(CASE WHEN s.state = 'pending' THEN 1 ELSE 0 END), 0)
            FROM import_row r JOIN subscription s ON s.digest = r.digest AND s.list_id = \(list.id)
            WHERE import_id = \(id)
                AND NOT EXISTS
                    (SELECT 1 FROM fingerprint f WHERE f.fingerprint = r.fingerprint AND f.list_id IN (0, \(list.id)))
            """
        ) { (all: Int(try $0.integer(0)), pending: Int(try $0.integer(1))) }
        return ImportForecast(known: known?.all ?? 0, pending: known?.pending ?? 0, blocked: blocked)
    }
}

private let selectImport: StaticString = """
    SELECT list_id, import.id, class, source, state, created_by, import.created_at, digest, row_count, duplicates, imported,
        known, blocked, invalid, parts, proposed_at, approved_by, evidence, consent_day, skips_bad, announces
    FROM import
    """

extension Import {
    fileprivate init(_ row: any SQLRow, _ list: (Int64) throws -> MailingList) throws {
        let first = 1
        let (state, proposedAt) = (
            try row.word(first + 3) { State(rawValue: $0) }, try row.optional(first + 14, row.date)
        )
        func counter(_ column: Int) throws -> Int { Int(try row.integer(first + column)) }
        self.init(
            id: try row.integer(first),
            plan: ImportPlan(
                list: try list(row.integer(0)), source: try row.text(first + 2),
                class: try row.word(first + 1) { SubscriberClass(rawValue: $0) },
                elsewhere: try row.optional(first + 16, row.text).map {
                    ConsentElsewhere(evidence: $0, day: try row.optional(first + 17, row.date))
                }, skipsBad: try row.integer(first + 18) == 1, announces: try row.integer(first + 19) == 1),
            state: proposedAt == nil ? state : .proposed, createdBy: try row.text(first + 4),
            createdAt: try row.date(first + 5), digest: try row.text(first + 6),
            counts: ImportCounts(
                rows: try counter(7), duplicates: try counter(8), imported: try counter(9), known: try counter(10),
                blocked: try counter(11), invalid: try counter(12)),
            parts: try counter(13), proposedAt: proposedAt, approvedBy: try row.optional(first + 15, row.text))
    }
}

extension Import.State {
    /// Who waits for a second person is told by its time.
    fileprivate var stored: String { (self == .proposed ? .reading : self).rawValue }
}

extension StagedRow {
    fileprivate init(_ row: any SQLRow) throws {
        self.init(
            digest: try row.bytes(1), fingerprint: try row.bytes(2), subscription: try row.subscription(3),
            person: Sealed(bytes: try row.bytes(4)), language: try row.word(5) { Language($0) },
            lastContact: try row.optional(6, row.date), consent: try Consent(staged: row),
            class: try row.optional(12, row.text).flatMap { SubscriberClass(rawValue: $0) },
            source: try row.optional(13, row.text), isRestricted: try row.integer(14) == 1)
    }
}

extension Consent {
    fileprivate init?(staged row: any SQLRow) throws {
        guard let askedAt = try row.optional(7, row.date) else { return nil }
        self.init(
            text: try row.optional(9, row.text) ?? "", policy: try row.optional(10, row.text) ?? "", askedAt: askedAt,
            confirmedAt: try row.optional(8, row.date), evidence: try row.optional(11, row.text))
    }
}
