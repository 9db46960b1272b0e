import Foundation

/// The logins that the audit says were given out and not taken back.
struct AuditLogins {
    /// The entry that gave it, by name.
    private var given: [String: AuditEntry] = [:]
    /// Logins from before there were seals were given theirs.
    private(set) var areSealed = false

    mutating func take(_ entry: AuditEntry) {
        let name = String(entry.subject.dropFirst("staff:".count))
        switch AuditAction(rawValue: entry.action) {
        case .addStaff: given[name] = entry
        case .revokeStaff: given[name] = nil
        case .sealStaff: areSealed = true
        default: break
        }
    }

    func know(_ name: String) -> Bool { given[name] != nil }

    /// With this role, from that very hour.
    func know(_ member: StaffMember) -> Bool {
        guard let entry = given[member.name] else { return false }
        return entry.result == "role=\(member.role.rawValue)"
            && abs(entry.at.timeIntervalSince(member.createdAt)) < 0.001
    }
}
