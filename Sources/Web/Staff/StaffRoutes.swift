import CourantAPI
import Hummingbird
import Newsletter

/// `GET /api/v1/whoami`
struct StaffRoutes: Sendable {
    let site: PublicSite

    func add(to door: StaffDoor) {
        door.on(.get, "whoami", .see) { call in
            try .json(
                Whoami(
                    name: call.member.name, role: call.member.role.rawValue, expiresAt: call.member.expiresAt,
                    service: site.version, publicURL: site.masthead.publicURL))
        }
    }
}
