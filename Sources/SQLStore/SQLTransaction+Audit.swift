import Foundation
import Newsletter

extension SQLTransaction {
    func lastAuditEntry() throws -> AuditEntry? {
        try connection.first(
            "SELECT \(raw: auditColumns) FROM audit ORDER BY number DESC LIMIT 1"
        ) { try AuditEntry($0) }
    }

    func lastAuditEntry(of action: AuditAction) throws -> AuditEntry? {
        try connection.first(
            "SELECT \(raw: auditColumns) FROM audit WHERE action = \(action.rawValue) ORDER BY number DESC LIMIT 1"
        ) { try AuditEntry($0) }
    }

    func insert(_ entry: AuditEntry) throws {
        try connection.execute(
            """
            INSERT INTO audit (number, at, actor, action, subject, result, code)
            VALUES (\(entry.number), \(entry.at), \(entry.actor), \(entry.action), \(entry.subject), \(entry.result),
                \(entry.code))
            """)
    }

    func auditEntries(from number: Int64, limit: Int) throws -> [AuditEntry] {
        try connection.query(
            "SELECT \(raw: auditColumns) FROM audit WHERE number >= \(number) ORDER BY number LIMIT \(limit)"
        ) { try AuditEntry($0) }
    }

    func auditHead() throws -> AuditHead? {
        try connection.first("SELECT number, code, seal FROM audit_head") { row in
            AuditHead(number: try row.integer(0), code: try row.bytes(1), seal: try row.bytes(2))
        }
    }

    func countWhatIsAudited() throws -> Int {
        try connection.count("SELECT COUNT(*) FROM list WHERE id > 0") + connection.count("SELECT COUNT(*) FROM staff")
    }

    func write(_ head: AuditHead) throws {
        try connection.execute(
            """
            INSERT INTO audit_head (id, number, code, seal) VALUES (1, \(head.number), \(head.code), \(head.seal))
            ON CONFLICT (id) DO UPDATE SET number = excluded.number, code = excluded.code, seal = excluded.seal
            """)
    }
}

private let auditColumns: StaticString = "number, at, actor, action, subject, result, code"

extension AuditEntry {
    fileprivate init(_ row: any SQLRow) throws {
        self.init(
            number: try row.integer(0), at: try row.date(1), actor: try row.text(2), action: try row.text(3),
            subject: try row.text(4), result: try row.text(5), code: try row.bytes(6))
    }
}
