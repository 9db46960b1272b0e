import Foundation

/// Individual logins for those who write and send.
package struct Staff: Sendable {
    private let store: any Store
    private let clock: WallClock

    /// Unless renewed.
    package static let lifetime: Duration = .seconds(90 * 24 * 3600)

    package init(store: any Store, clock: WallClock) {
        self.store = store
        self.clock = clock
    }

    /// Returns the token, which nobody can show again.
    package func add(_ name: String, role: Role) async throws -> (token: StaffToken, member: StaffMember) {
        guard (1...64).contains(name.utf8.count),
            name.unicodeScalars.allSatisfy({
                $0.properties.isAlphabetic || "0123456789.-_ '".unicodeScalars.contains($0)
            })
        else {
            throw Refusal.invalid(field: "name", problem: "A name is 1 to 64 letters, digits, spaces or . - _ '.")
        }
        let token = StaffToken.random()
        let now = clock.now()
        let member = StaffMember(name: name, role: role, createdAt: now, expiresAt: now + Self.lifetime, lastUsed: nil)
        try await store.write { tx in
            if try tx.staff(named: name) != nil { throw Refusal.taken(.staff, name) }
            try tx.insert(member, tokenID: token.id, tokenHash: token.hash)
        }
        return (token, member)
    }

    /// Nil for an unknown, wrong or expired token. Notes the day of use.
    package func signIn(_ token: StaffToken) async throws -> StaffMember? {
        let now = clock.now()
        guard let known = try await store.read({ try $0.staff(tokenID: token.id) }),
            known.tokenHash.equalsInConstantTime(token.hash), known.member.expiresAt > now
        else { return nil }
        let today = Calendar.utc.startOfDay(for: now)
        if known.member.lastUsed != today { try await store.write { try $0.used(known.member.name, at: today) } }
        return known.member
    }
}

extension Calendar {
    static let utc: Calendar = {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        return calendar
    }()
}
