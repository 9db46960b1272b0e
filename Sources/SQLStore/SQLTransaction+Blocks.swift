import Foundation
import Newsletter

/// The wish for every list stands under list 0.
extension SQLTransaction {
    func insert(_ plan: BlockPlan, by staff: String, idempotencyKey: String, at now: Date) throws -> Int64 {
        let id = try connection.first(
            """
            INSERT INTO block (list_id, source, skips_bad, state, created_by, created_at, idempotency_key)
            VALUES (\(plan.list?.id ?? 0), \(plan.source), \(plan.skipsBad ? 1 : 0), 'reading', \(staff), \(now),
                \(idempotencyKey))
            RETURNING id
            """
        ) { try $0.integer(0) }
        guard let id else { throw UnexpectedColumn(column: 0) }
        return id
    }

    func block(_ id: Int64) throws -> Block? {
        try connection.first("\(raw: selectBlock) WHERE id = \(id)") { try Block($0, list) }
    }

    func block(idempotencyKey: String, by staff: String) throws -> Block? {
        try connection.first(
            "\(raw: selectBlock) WHERE created_by = \(staff) AND idempotency_key = \(idempotencyKey)"
        ) { try Block($0, list) }
    }

    func blocks(_ state: Block.State) throws -> [Block] {
        try connection.query("\(raw: selectBlock) WHERE state = \(state.rawValue) ORDER BY id") {
            try Block($0, list)
        }
    }

    func update(_ block: Block) throws {
        let counts = block.counts
        try connection.execute(
            """
            UPDATE block SET state = \(block.state.rawValue), created_at = \(block.createdAt), parts = \(block.parts),
                row_count = \(counts.rows), duplicates = \(counts.duplicates), invalid = \(counts.invalid),
                known = \(counts.known), blocked = \(counts.blocked), leaving = \(counts.leaving)
            WHERE id = \(block.id)
            """)
    }

    func forgetKey(ofBlock id: Int64) throws {
        try connection.execute("UPDATE block SET idempotency_key = NULL WHERE id = \(id)")
    }

    func deleteBlock(_ id: Int64) throws {
        try connection.execute("DELETE FROM block WHERE id = \(id)")
        effects.mustScrub = true
    }

    // MARK: Staged lines

    func stage(_ row: BlockRow, forBlock id: Int64) throws -> Bool {
        try connection.changes(
            by: """
                INSERT INTO block_row (block_id, digest, fingerprint) VALUES (\(id), \(row.digest), \(row.fingerprint))
                ON CONFLICT (block_id, digest) DO NOTHING
                """) > 0
    }

    func takeStaged(ofBlock id: Int64, limit: Int) throws -> [BlockRow] {
        let rows = try connection.query(
            "SELECT seq, digest, fingerprint FROM block_row WHERE block_id = \(id) ORDER BY seq LIMIT \(limit)"
        ) { (seq: try $0.integer(0), row: BlockRow(digest: try $0.bytes(1), fingerprint: try $0.bytes(2))) }
        if let last = rows.last {
            try connection.execute("DELETE FROM block_row WHERE block_id = \(id) AND seq <= \(last.seq)")
            effects.mustScrub = true
        }
        return rows.map(\.row)
    }

    func forecast(of block: Block) throws -> BlockForecast {
        let list = block.plan.list?.id ?? 0
        let known = try connection.count(
            """
            SELECT COUNT(*) FROM block_row r WHERE block_id = \(block.id)
                AND EXISTS (SELECT 1 FROM fingerprint f WHERE f.fingerprint = r.fingerprint AND f.list_id IN (0, \(list)))
            """)
        let leaving = try connection.count(
            """
            SELECT COUNT(*) FROM block_row r JOIN subscription s ON s.digest = r.digest
            WHERE block_id = \(block.id) AND s.list_id > 0 AND (\(list) = 0 OR s.list_id = \(list))
            """)
        let population = try connection.count(
            "SELECT COUNT(*) FROM subscription WHERE list_id > 0 AND (\(list) = 0 OR list_id = \(list))")
        return BlockForecast(known: known, leaving: leaving, population: population)
    }

    func isKept(_ fingerprint: Data, on list: MailingList?) throws -> Bool {
        try connection.count(
            "SELECT COUNT(*) FROM fingerprint WHERE fingerprint = \(fingerprint) AND list_id = \(list?.id ?? 0)") > 0
    }
}

private let selectBlock: StaticString = """
    SELECT list_id, id, source, skips_bad, state, created_by, created_at, parts, row_count, duplicates, invalid, known,
        blocked, leaving
    FROM block
    """

extension Block {
    fileprivate init(_ row: any SQLRow, _ list: (Int64) throws -> MailingList) throws {
        func counter(_ column: Int) throws -> Int { Int(try row.integer(column)) }
        let number = try row.integer(0)
        self.init(
            id: try row.integer(1),
            plan: BlockPlan(
                list: number == 0 ? nil : try list(number), source: try row.text(2),
                skipsBad: try row.integer(3) == 1),
            state: try row.word(4) { State(rawValue: $0) }, createdBy: try row.text(5), createdAt: try row.date(6),
            parts: try counter(7),
            counts: BlockCounts(
                rows: try counter(8), duplicates: try counter(9), invalid: try counter(10), known: try counter(11),
                blocked: try counter(12), leaving: try counter(13)))
    }
}
