import Foundation
import Newsletter

extension SQLTransaction {
    func insert(_ request: RightsRequest, about digest: Data?) throws -> RightsRequest {
        let id = try connection.first(
            """
            INSERT INTO rights_request (kind, received_at, due_at, is_extended, closed_at, outcome, handler, digest)
            VALUES (\(request.kind.rawValue), \(request.receivedAt), \(request.dueAt), \(request.isExtended),
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
        if request.closedAt != nil { aftermath.mustScrub = true }
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
            ORDER BY id DESC LIMIT \(limit)
            """
        ) { try RightsRequest($0) }
    }

    func countOverdueRequests(at now: Date) throws -> Int {
        try connection.count("SELECT COUNT(*) FROM rights_request WHERE closed_at IS NULL AND due_at < \(now)")
    }

    func forgetSubject(_ digest: Data) throws {
        let count = try connection.changes(
            by:
                "UPDATE rights_request SET digest = NULL WHERE closed_at IS NULL AND digest = \(digest)")
        if count > 0 { aftermath.mustScrub = true }
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
