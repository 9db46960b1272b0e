import Foundation
import Newsletter

extension SQLTransaction {
    func insert(_ member: StaffMember, tokenID: String, tokenHash: Data) throws {
        try connection.execute(
            """
            INSERT INTO staff (name, role, token_id, token_hash, created_at, expires_at)
            VALUES (\(member.name), \(member.role.rawValue), \(tokenID), \(tokenHash), \(member.createdAt), \(member.expiresAt))
            """)
    }

    func staff(tokenID: String) throws -> (member: StaffMember, tokenHash: Data)? {
        try connection.first(
            "SELECT name, role, created_at, expires_at, last_used, token_hash FROM staff WHERE token_id = \(tokenID)"
        ) { (try StaffMember($0), try $0.bytes(5)) }
    }

    func staff(named name: String) throws -> StaffMember? {
        try connection.first(
            "SELECT name, role, created_at, expires_at, last_used FROM staff WHERE name = \(name)"
        ) { try StaffMember($0) }
    }

    func staff() throws -> [StaffMember] {
        try connection.query("SELECT name, role, created_at, expires_at, last_used FROM staff ORDER BY name") {
            try StaffMember($0)
        }
    }

    func used(_ name: String, at day: Date) throws {
        try connection.execute("UPDATE staff SET last_used = \(day) WHERE name = \(name)")
    }

    func renew(_ name: String, until end: Date) throws {
        try connection.execute("UPDATE staff SET expires_at = \(end) WHERE name = \(name)")
    }

    func deleteStaff(_ name: String) throws {
        try connection.execute("DELETE FROM staff WHERE name = \(name)")
    }
}

extension StaffMember {
    fileprivate init(_ row: any SQLRow) throws {
        self.init(
            name: try row.text(0), role: try row.word(1) { Role(rawValue: $0) }, createdAt: try row.date(2),
            expiresAt: try row.date(3), lastUsed: try row.optional(4, row.date))
    }
}
