import Foundation
import Mail
import Newsletter
import Outbound

/// Who may do what, and what is written down of it.
extension PromiseCheck {
    static let logins = [individualLogins, encryptedLogins, leastAccess, loginsAreReviewed]

    private static let individualLogins = PromiseCheck(
        "individual-logins",
        "each login is one person’s, expires within a year and works over encrypted connections alone; `shared` are names that no person has",
        reaches: .seen, parameters: ["shared": .texts]
    ) { inspection, parameters in
        let (staff, now) = (try await inspection.staff(), inspection.courant.clock.now())
        let names = Set((parameters.texts("shared") + sharedNames).map { $0.lowercased() })
        if let shared = staff.first(where: { names.contains($0.name.lowercased()) }) {
            return .broken("The login “\(shared.name)” is nobody’s own: revoke it and give each person one.")
        }
        if let eternal = staff.first(where: { $0.expiresAt.timeIntervalSince($0.createdAt) > 366 * 86_400 }) {
            return .broken("The login of \(eternal.name) works for more than a year: renew it for less.")
        }
        if let complaint = try await inspection.complaintAboutEncryption() { return .broken(complaint) }
        let live = staff.filter { $0.expiresAt > now }
        return .seen(
            "\(live.count) logins, each named for one, none for more than a year; a call in the clear is refused",
            unseen: "whether each is used by the person whose name it has, and by nobody else")
    }

    /// What teams call themselves.
    private static let sharedNames = [
        "all", "everybody", "info", "kontor", "marketing", "newsletter", "nyhetsbrev", "office", "shared", "staff",
        "team",
    ]

    private static let encryptedLogins = PromiseCheck(
        "encrypted-logins",
        "a token that comes over an unencrypted connection is refused, and the public address is https",
        reaches: .proven
    ) { inspection, _ in
        try await inspection.complaintAboutEncryption().map { .broken($0) } ?? .proven("A call in the clear is refused")
    }

    private static let leastAccess = PromiseCheck(
        "least-access", "no more people than `admins` may do everything", reaches: .seen,
        parameters: ["admins": .number]
    ) { inspection, parameters in
        let now = inspection.courant.clock.now()
        let admins = try await inspection.staff().filter { $0.role == .admin && $0.expiresAt > now }
        let most = parameters.number("admins", else: 3)
        return admins.count <= most
            ? .seen(
                "\(admins.count) may do everything; \(most) at the most",
                unseen: "whether each of the others needs what their role lets them do: courant staff ls")
            : .broken("\(admins.count) may do everything, over \(most): give them the role that they need.")
    }

    private static let loginsAreReviewed = PromiseCheck(
        "logins-are-reviewed",
        "somebody has looked through the logins (courant staff review), and none that still works has been unused for longer than `unused`",
        reaches: .seen, parameters: ["unused": .time]
    ) { inspection, parameters in
        let (limit, now) = (
            parameters.time("unused", else: .seconds(90 * 86_400)), inspection.courant.clock.now()
        )
        let stale = try await inspection.staff().filter { member in
            member.expiresAt > now && (member.lastUsed ?? member.createdAt) < now - limit
        }
        guard stale.isEmpty else {
            return .broken(
                "Unused for longer than \(limit.words): \(stale.map(\.name).joined(separator: ", ")). Revoke them.")
        }
        guard let review = try await inspection.read({ try $0.lastAuditEntry(of: .reviewStaff) }) else {
            return .notYet("Nobody has looked through the logins yet: courant staff review")
        }
        return .seen(
            "Looked through on \(review.at.formatted(.iso8601.year().month().day())) (\(review.actor)); every login has been "
                + "used within \(limit.words)",
            unseen: "whether each still needs theirs, which whoever looks through them decides")
    }
}

extension Inspection {
    /// Nil where all is well.
    fileprivate func complaintAboutEncryption() async throws -> String? {
        let answer = try await get(
            "/api/v1/whoami",
            headers: [
                HTTPHeader("Authorization", "Bearer \(StaffToken.random().text)"),
                HTTPHeader("X-Forwarded-Proto", "http"), HTTPHeader("X-Forwarded-For", "192.0.2.1"),
            ])
        guard answer.status == 403 else {
            return "A staff call in the clear was answered with \(answer.status) and not 403."
        }
        // The public address cannot be http:// but for this machine: `PublicURL` is none then.
        return nil
    }

    func staff() async throws -> [StaffMember] { try await read { try $0.staff() } }
}
