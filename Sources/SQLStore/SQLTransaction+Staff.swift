import Foundation
import Newsletter

extension SQLTransaction {
    func insert(_ login: StaffLogin) throws {
        let member = login.member
        try connection.execute(
            """
            INSERT INTO staff (name, role, token_id, token_hash, created_at, expires_at, seal, lists)
            VALUES (\(member.name), \(member.role.rawValue), \(login.tokenID), \(login.tokenHash), \(member.createdAt),
                \(member.expiresAt), \(login.seal), \(member.lists.map(\.text).joined(separator: " ")))
            """)
    }

    func login(tokenID: String) throws -> StaffLogin? {
        try connection.first("SELECT \(raw: loginColumns) FROM staff WHERE token_id = \(tokenID)") {
            try StaffLogin($0)
        }
    }

    func logins() throws -> [StaffLogin] {
        try connection.query("SELECT \(raw: loginColumns) FROM staff ORDER BY name") { try StaffLogin($0) }
    }

    func staff(named name: String) throws -> StaffMember? {
        try connection.first("SELECT \(raw: staffColumns) FROM staff WHERE name = \(name)") { try StaffMember($0) }
    }

    func staff() throws -> [StaffMember] {
        try connection.query("SELECT \(raw: staffColumns) FROM staff ORDER BY name") { try StaffMember($0) }
    }

    func used(_ name: String, at day: Date) throws {
        try connection.execute("UPDATE staff SET last_used = \(day) WHERE name = \(name)")
    }

    func renew(_ login: StaffLogin) throws {
        try connection.execute(
            "UPDATE staff SET expires_at = \(login.member.expiresAt), seal = \(login.seal) WHERE name = \(login.member.name)"
        )
    }

    func adopt(_ login: StaffLogin) throws {
        try connection.execute(
            """
            UPDATE staff SET seal = \(login.seal)
            WHERE name = \(login.member.name) AND token_hash = \(login.tokenHash) AND seal IS NULL
            """)
    }

    func deleteStaff(_ name: String) throws {
        try connection.execute("DELETE FROM staff WHERE name = \(name)")
    }
}

private let staffColumns: StaticString = "name, role, created_at, expires_at, last_used, lists"
private let loginColumns: StaticString = """
    name, role, created_at, expires_at, last_used, lists, token_id, token_hash, seal
    """

extension StaffMember {
    fileprivate init(_ row: any SQLRow) throws {
        self.init(
            name: try row.text(0), role: try row.word(1) { Role(rawValue: $0) }, createdAt: try row.date(2),
            expiresAt: try row.date(3), lastUsed: try row.optional(4, row.date),
            lists: try row.text(5).split(separator: " ").compactMap { Slug(String($0)) })
    }
}

extension StaffLogin {
    fileprivate init(_ row: any SQLRow) throws {
        self.init(
            member: try StaffMember(row), tokenID: try row.text(6), tokenHash: try row.bytes(7),
            seal: try row.optional(8, row.bytes))
    }
}
