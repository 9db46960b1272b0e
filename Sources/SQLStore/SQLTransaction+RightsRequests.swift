import Foundation
import Newsletter

extension SQLTransaction {
    func insert(_ request: RightsRequest, about digest: Data?) throws -> RightsRequest {
        // A server's next number would be gone, whatever became of the transaction.
        let number =
            isRehearsal
            ? "\(-Int64.random(in: 1...Int64.max))" : connection.dialect == .postgresql ? "DEFAULT" : "NULL"
        let id = try connection.first(
            """
            INSERT INTO rights_request (id, kind, received_at, due_at, is_extended, closed_at, outcome, handler, digest)
            VALUES (\(ofOurs: number), \(request.kind.rawValue), \(request.receivedAt), \(request.dueAt), \(request.isExtended),
                \(request.closedAt), \(request.outcome?.rawValue), \(request.handler), \(digest))
            RETURNING id
            """
        ) { try $0.integer(0) }
        return RightsRequest(
            id: id ?? 0, kind: request.kind, receivedAt: request.receivedAt, dueAt: request.dueAt,
            isExtended: request.isExtended, closedAt: request.closedAt, outcome: request.outcome,
            handler: request.handler)
    }

    func update(_ request: RightsRequest) throws {
        try connection.execute(
            """
            UPDATE rights_request SET due_at = \(request.dueAt), is_extended = \(request.isExtended),
                closed_at = \(request.closedAt), outcome = \(request.outcome?.rawValue), handler = \(request.handler),
                digest = CASE WHEN \(request.closedAt != nil) = 1 THEN NULL ELSE digest END
            WHERE id = \(request.id)
            """)
        if request.closedAt != nil { effects.mustScrub = true }
    }

    func rightsRequest(_ id: Int64) throws -> RightsRequest? {
        try connection.first("SELECT \(raw: requestColumns) FROM rights_request WHERE id = \(id)") {
            try RightsRequest($0)
        }
    }

    func openRequests(about digest: Data) throws -> [RightsRequest] {
        try connection.query(
            """
            SELECT \(raw: requestColumns) FROM rights_request WHERE closed_at IS NULL AND digest = \(digest) ORDER BY id
            """
        ) { try RightsRequest($0) }
    }

    func rightsRequests(openOnly: Bool, limit: Int) throws -> [RightsRequest] {
        try connection.query(
            """
            SELECT \(raw: requestColumns) FROM rights_request WHERE \(openOnly) = 0 OR closed_at IS NULL
            ORDER BY CASE WHEN closed_at IS NULL THEN due_at ELSE \(Int64.max) END, id DESC LIMIT \(limit)
            """
        ) { try RightsRequest($0) }
    }

    func countRequest(_ outcome: RightsRequest.Outcome, at now: Date) throws {
        let day = Date(timeIntervalSince1970: (now.timeIntervalSince1970 / 86_400).rounded(.down) * 86_400)
        try connection.execute(
            """
            INSERT INTO request_count (day, outcome, count) VALUES (\(day), \(outcome.rawValue), 1)
            ON CONFLICT (day, outcome) DO UPDATE SET count = request_count.count + 1
            """)
    }

    func requestCounts(since day: Date) throws -> [RightsRequest.Outcome: Int] {
        let counts = try connection.query(
            """
            SELECT outcome, CAST(SUM(count) AS BIGINT) FROM request_count WHERE day >= \(day) GROUP BY outcome
            """
        ) { (try $0.word(0) { RightsRequest.Outcome(rawValue: $0) }, Int(try $0.integer(1))) }
        return Dictionary(counts) { $0 + $1 }
    }

    func hasRequests(closedBefore time: Date) throws -> Bool {
        try connection.count(
            """
            SELECT COUNT(*) FROM (SELECT 1 FROM rights_request WHERE closed_at < \(time)
                UNION ALL SELECT 1 FROM request_count WHERE day < \(time) LIMIT 1) AS old
            """) > 0
    }

    func deleteRequests(closedBefore time: Date, limit: Int) throws -> Int {
        try connection.execute("DELETE FROM request_count WHERE day < \(time)")
        return try connection.changes(
            by:
                """
                DELETE FROM rights_request
                WHERE id IN (SELECT id FROM rights_request WHERE closed_at < \(time) ORDER BY closed_at LIMIT \(limit))
                """)
    }

    func countOverdueRequests(at now: Date) throws -> Int {
        try connection.count("SELECT COUNT(*) FROM rights_request WHERE closed_at IS NULL AND due_at < \(now)")
    }

    func forgetSubject(_ digest: Data) throws {
        let count = try connection.changes(
            by:
                "UPDATE rights_request SET digest = NULL WHERE closed_at IS NULL AND digest = \(digest)")
        if count > 0 { effects.mustScrub = true }
    }
}

private let requestColumns: StaticString = """
    id, kind, received_at, due_at, is_extended, closed_at, outcome, handler
    """

extension RightsRequest {
    fileprivate init(_ row: any SQLRow) throws {
        self.init(
            id: try row.integer(0), kind: try row.word(1) { Kind(rawValue: $0) }, receivedAt: try row.date(2),
            dueAt: try row.date(3), isExtended: try row.integer(4) == 1, closedAt: try row.optional(5, row.date),
            outcome: try row.optional(6, row.text).flatMap { Outcome(rawValue: $0) },
            handler: try row.optional(7, row.text))
    }
}
