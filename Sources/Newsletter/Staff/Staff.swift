import Foundation

/// Individual logins for those who write and send: given out, renewed, looked through, taken back.
package struct Staff: Sendable {
    private let store: any Store
    private let keyring: Keyring
    private let clock: WallClock

    /// Unless renewed.
    package static let lifetime: Duration = .seconds(90 * 24 * 3600)
    /// From its making on, however often it is renewed; then a new token is due.
    package static let longestLifetime: Duration = .seconds(365 * 24 * 3600)

    package init(store: any Store, keyring: Keyring, clock: WallClock) {
        self.store = store
        self.keyring = keyring
        self.clock = clock
    }

    /// Returns the token, which nobody can show again.
    package func add(
        _ name: String, role: Role, for lifetime: Duration = lifetime, by actor: Actor
    ) async throws -> (token: StaffToken, member: StaffMember) {
        guard (1...64).contains(name.utf8.count),
            name.unicodeScalars.allSatisfy({
                $0.properties.isAlphabetic || "0123456789.-_ '".unicodeScalars.contains($0)
            })
        else {
            throw Refusal.invalid(field: "name", problem: "A name is 1 to 64 letters, digits, spaces or . - _ '.")
        }
        try check(lifetime)
        let token = StaffToken.random()
        let now = clock.now()
        let member = StaffMember(name: name, role: role, createdAt: now, expiresAt: now + lifetime, lastUsed: nil)
        try await store.write { [keyring] tx in
            if try tx.staff(named: name) != nil { throw Refusal.taken(.staff, name) }
            try tx.insert(member, tokenID: token.id, tokenHash: token.hash)
            try tx.audit(
                .addStaff, of: .staff(name), by: actor, result: "role=\(role.rawValue)", keyring: keyring, at: now)
        }
        return (token, member)
    }

    private func check(_ lifetime: Duration) throws {
        guard lifetime >= .seconds(24 * 3600), lifetime <= Self.longestLifetime else {
            throw Refusal.invalid(field: "days", problem: "A login lasts 1 to 365 days.")
        }
    }

    /// The token stays the same and lasts that long from now, but never past its first year. Also one that has expired.
    package func renew(
        _ name: String, for lifetime: Duration = lifetime, by actor: Actor
    ) async throws -> StaffMember {
        try check(lifetime)
        let now = clock.now()
        return try await store.write { [keyring] tx in
            var member = try tx.existing(staff: name)
            let end = member.createdAt + Self.longestLifetime
            guard end > now else { throw Refusal.tooOld(name) }
            member.expiresAt = min(now + lifetime, end)
            try tx.renew(name, until: member.expiresAt)
            try tx.audit(.renewStaff, of: .staff(name), by: actor, keyring: keyring, at: now)
            return member
        }
    }

    /// The token works no more, from this moment on; the name may be given again. Nobody revokes the last admin but the host,
    /// which can make another.
    package func revoke(_ name: String, by actor: Actor) async throws {
        let now = clock.now()
        try await store.write { [keyring] tx in
            let member = try tx.existing(staff: name)
            if actor != .host, member.role == .admin {
                let others = try tx.staff().filter { $0.role == .admin && $0.expiresAt > now && $0.name != name }
                if others.isEmpty { throw Refusal.lastAdmin(name) }
            }
            try tx.deleteStaff(name)
            try tx.audit(
                .revokeStaff, of: .staff(name), by: actor, result: "role=\(member.role.rawValue)", keyring: keyring,
                at: now)
        }
    }

    package func all() async throws -> [StaffStanding] {
        let now = clock.now()
        return try await store.read { tx in try tx.staff().map { StaffStanding($0, at: now) } }
    }

    /// Who has what, and what should not go on as it is. That somebody looked is written down.
    package func review(by actor: Actor) async throws -> [StaffStanding] {
        let now = clock.now()
        return try await store.write { [keyring] tx in
            let standings = try tx.staff().map { StaffStanding($0, at: now) }
            let flagged = standings.count { !$0.concerns.isEmpty }
            try tx.audit(
                .reviewStaff, of: .installation, by: actor, result: "logins=\(standings.count) flagged=\(flagged)",
                keyring: keyring, at: now)
            return standings
        }
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

extension Transaction {
    fileprivate func existing(staff name: String) throws -> StaffMember {
        guard let member = try staff(named: name) else { throw Refusal.notFound(.staff) }
        return member
    }
}
