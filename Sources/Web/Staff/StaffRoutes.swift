import CourantAPI
import Foundation
import Hummingbird
import Mail
import Newsletter

/// `/api/v1/whoami` and `/api/v1/staff`
struct StaffRoutes: Sendable {
    let staff: Staff
    let clock: WallClock
    let site: PublicSite
    let health: RelayHealth

    func add(to router: StaffRouter) {
        router.on(.get, "whoami", .see) { call in
            try .json(
                Whoami(
                    name: call.member.name, role: call.member.role.rawValue, expiresAt: call.member.expiresAt,
                    service: site.version, publicURL: site.publisher.publicURL.text,
                    relay: health.trouble?.cause.plainWords,
                    relayNextTry: health.nextTry(from: clock.now())))
        }
        router.on(.get, "staff", .manageStaff) { _ in try .json(StaffListInfo(await staff.all())) }
        router.on(.post, "staff", .manageStaff, add)
        // A review is something that somebody does, and that is written down.
        router.on(.post, "staff/review", .manageStaff) { call in
            try .json(StaffListInfo(await staff.review(by: call.member.actor)))
        }
        router.on(.post, "staff/{name}/renew", .manageStaff, renew)
        router.on(.post, "staff/{name}/revoke", .manageStaff) { call in
            try await staff.revoke(call.staffName(), by: call.member.actor)
            return Response(status: .noContent)
        }
    }

    @Sendable private func add(_ call: StaffCall) async throws -> Response {
        let wish = try await call.body(AddStaff.self)
        guard let role = Role(rawValue: wish.role) else {
            let roles = Role.allCases.map(\.rawValue).joined(separator: ", ")
            throw Refusal.invalid(field: "role", problem: "A role is one of \(roles).")
        }
        let (token, member) = try await staff.add(
            wish.name, role: role, lists: slugs(wish.lists ?? []), for: lifetime(wish.days), by: call.member.actor)
        let answer = AddedStaff(member: StaffInfo(StaffStanding(member, at: clock.now())), token: token.text)
        return try .json(answer, status: .created)
    }

    @Sendable private func renew(_ call: StaffCall) async throws -> Response {
        let wish = try await call.body(RenewStaff.self)
        let member = try await staff.renew(call.staffName(), for: lifetime(wish.days), by: call.member.actor)
        return try .json(StaffInfo(StaffStanding(member, at: clock.now())))
    }

    private func slugs(_ texts: [String]) throws -> [Slug] {
        try texts.map { text in
            guard let slug = Slug(text) else {
                throw Refusal.invalid(field: "lists", problem: "There is no such list.")
            }
            return slug
        }
    }

    private func lifetime(_ days: Int?) -> Duration {
        days.map { .seconds(max(0, min($0, 1000)) * 24 * 3600) } ?? Staff.lifetime
    }
}

extension StaffCall {
    fileprivate func staffName() throws -> String {
        guard let name = context.parameters.get("name")?.removingPercentEncoding else { throw Refusal.notFound(.staff) }
        return name
    }
}

extension StaffListInfo {
    fileprivate init(_ standings: [StaffStanding]) { self.init(staff: standings.map { StaffInfo($0) }) }
}

extension StaffInfo {
    fileprivate init(_ standing: StaffStanding) {
        let member = standing.member
        self.init(
            name: member.name, role: member.role.rawValue,
            permissions: Permission.allCases.filter { member.role.may($0) }.map(\.rawValue),
            createdAt: member.createdAt, expiresAt: member.expiresAt, lastUsed: member.lastUsed,
            concerns: standing.concerns.map(\.rawValue),
            lists: member.lists.isEmpty ? nil : member.lists.map(\.text))
    }
}
