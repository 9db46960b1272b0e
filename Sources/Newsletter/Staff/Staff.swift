import CoreMetrics
import Foundation
package import Logging

/// Individual logins for those who write and send: given out, renewed, looked through, taken back.
package struct Staff: Sendable {
    private let store: any Store
    private let keyring: Keyring
    private let clock: WallClock
    private let logger: Logger?
    private let wrongTokens = WrongTokens()

    /// Unless renewed.
    package static let lifetime: Duration = .seconds(90 * 24 * 3600)
    /// From its making on, however often it is renewed; then a new token is due.
    package static let longestLifetime: Duration = .seconds(365 * 24 * 3600)

    package init(store: any Store, keyring: Keyring, clock: WallClock, logger: Logger? = nil) {
        self.logger = logger
        self.store = store
        self.keyring = keyring
        self.clock = clock
    }

    /// Returns the token, which nobody can show again.
    package func add(
        _ name: String, role: Role, lists: [Slug] = [], for lifetime: Duration = lifetime, by actor: Actor
    ) async throws -> (token: StaffToken, member: StaffMember) {
        try StaffName.check(name)
        try check(lifetime)
        try check(lists, role)
        let token = StaffToken.random()
        let now = clock.now()
        let member = StaffMember(
            name: name, role: role, createdAt: now, expiresAt: now + lifetime, lastUsed: nil, lists: lists)
        try await store.write { [keyring] tx in
            for list in lists where try tx.list(list) == nil {
                throw Refusal.invalid(field: "lists", problem: "There is no list \(list.text).")
            }
            let likeness = StaffName.likeness(name)
            if let other = try tx.staff().first(where: { StaffName.likeness($0.name) == likeness }) {
                throw Refusal.taken(.staff, other.name)
            }
            let login = StaffLogin(member: member, tokenID: token.id, tokenHash: token.hash, seal: nil)
            try tx.insert(login.sealed(keyring))
            try tx.audit(
                .addStaff, of: .staff(name), by: actor, result: member.grant, keyring: keyring, at: now)
        }
        return (token, member)
    }

    private func check(_ lifetime: Duration) throws {
        guard lifetime >= .seconds(24 * 3600), lifetime <= Self.longestLifetime else {
            throw Refusal.invalid(field: "days", problem: "A login lasts 1 to 365 days.")
        }
    }

    private func check(_ lists: [Slug], _ role: Role) throws {
        if role == .integration, lists.isEmpty {
            throw Refusal.invalid(field: "lists", problem: "Say which lists an integration is for: --list SLUG.")
        }
        if role != .integration, !lists.isEmpty {
            throw Refusal.invalid(
                field: "lists", problem: "The role \(role.rawValue) is for every list; integration alone is for some.")
        }
    }

    /// The token stays the same and lasts that long from now, but never past its first year. Also one that has expired.
    package func renew(
        _ name: String, for lifetime: Duration = lifetime, by actor: Actor
    ) async throws -> StaffMember {
        try check(lifetime)
        let now = clock.now()
        return try await store.write { [keyring] tx in
            guard var login = try tx.logins().first(where: { $0.member.name == name }) else {
                throw Refusal.notFound(.staff)
            }
            guard keyring.grantSeal.vouches(for: login) else { throw Refusal.notOurs(name) }
            let end = login.member.createdAt + Self.longestLifetime
            guard end > now else { throw Refusal.tooOld(name) }
            login.member.expiresAt = min(now + lifetime, end)
            try tx.renew(login.sealed(keyring))
            try tx.audit(.renewStaff, of: .staff(name), by: actor, keyring: keyring, at: now)
            return login.member
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
        return try await store.read { [keyring] tx in try tx.standings(keyring, at: now) }
    }

    /// Who has what, and what should not go on as it is. That somebody looked is written down.
    package func review(by actor: Actor) async throws -> [StaffStanding] {
        let now = clock.now()
        return try await store.write { [keyring] tx in
            let standings = try tx.standings(keyring, at: now)
            let flagged = standings.count { !$0.concerns.isEmpty }
            try tx.audit(
                .reviewStaff, of: .installation, by: actor, result: "logins=\(standings.count) flagged=\(flagged)",
                keyring: keyring, at: now)
            return standings
        }
    }

    /// Nil for an unknown, wrong or expired token, and for a login that we did not give out. Notes the day of use.
    package func signIn(_ token: StaffToken) async throws -> StaffMember? {
        let now = clock.now()
        guard let known = try await store.read({ try $0.login(tokenID: token.id) }) else { return nil }
        guard known.tokenHash.equalsInConstantTime(token.hash), keyring.grantSeal.vouches(for: known) else {
            try await noteWrong(known, at: now)
            return nil
        }
        guard known.member.expiresAt > now else { return nil }
        let today = Calendar.utc.startOfDay(for: now)
        if known.member.lastUsed != today { try await store.write { try $0.used(known.member.name, at: today) } }
        return known.member
    }

    private func noteWrong(_ login: StaffLogin, at now: Date) async throws {
        Measures.wrongTokens.increment()
        guard wrongTokens.note(login.tokenID, at: clock.uptime()) else { return }
        let name = login.member.name
        logger?.warning("wrong tokens are tried under a login", metadata: ["login": "\(name)"])
        try await store.write { [keyring] tx in
            try tx.audit(
                .refuseStaff, of: .staff(name), by: .service, result: "wrong=\(WrongTokens.noted)", keyring: keyring,
                at: now)
        }
    }

    // MARK: Logins from before there were seals

    /// Gives their seals to the logins of an earlier version: those that the audit's chain vouches for, with their role and
    /// hour, and only once in the life of that chain. Whatever row is planted later has no seal, no entry and no second
    /// chance. Returns how many were left without.
    @discardableResult
    package func adopt() async throws -> Int {
        let unsealed = try await store.read { try $0.logins().filter { $0.seal == nil } }
        guard !unsealed.isEmpty else { return 0 }
        let (now, vouched) = (clock.now(), try await Audit(store: store, keyring: keyring).logins())
        let ours = vouched.map { vouched in unsealed.filter { vouched.know($0.member) } } ?? []
        if !ours.isEmpty {
            try await store.write { [keyring] tx in
                for login in ours { try tx.adopt(login.sealed(keyring)) }
                try tx.audit(
                    .sealStaff, of: .installation, by: .service, result: "logins=\(ours.count)", keyring: keyring,
                    at: now)
            }
        }
        for login in unsealed where !ours.contains(where: { $0.tokenID == login.tokenID }) {
            logger?.warning(
                "a login that Courant did not give out is not let in: courantd staff revoke, then add",
                metadata: ["login": "\(login.member.name)"])
        }
        return unsealed.count - ours.count
    }
}

extension Calendar {
    static let utc: Calendar = {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        return calendar
    }()
}

extension StaffMember {
    /// What was given, as the audit has it.
    fileprivate var grant: String {
        "role=\(role.rawValue)" + (lists.isEmpty ? "" : " lists=\(lists.map(\.text).joined(separator: ","))")
    }
}

extension Transaction {
    fileprivate func standings(_ keyring: Keyring, at now: Date) throws -> [StaffStanding] {
        try logins().map { StaffStanding($0.member, isOurs: keyring.grantSeal.vouches(for: $0), at: now) }
    }

    fileprivate func existing(staff name: String) throws -> StaffMember {
        guard let member = try staff(named: name) else { throw Refusal.notFound(.staff) }
        return member
    }
}
