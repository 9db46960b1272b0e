package import Foundation

/// `GET /api/v1/whoami`
package struct Whoami: Codable, Sendable, Equatable {
    package var name: String
    package var role: String
    package var expiresAt: Date
    /// The service's version and public address, so that a person knows where a send will happen.
    package var service: String
    package var publicURL: String
    /// What stands in the way of mail, in plain words; absent while it goes.
    package var relay: String?
    /// When the relay is tried again; absent while mail goes, or where it is being tried.
    package var relayNextTry: Date?

    package init(
        name: String, role: String, expiresAt: Date, service: String, publicURL: String, relay: String? = nil,
        relayNextTry: Date? = nil
    ) {
        self.relayNextTry = relayNextTry
        self.relay = relay
        self.name = name
        self.role = role
        self.expiresAt = expiresAt
        self.service = service
        self.publicURL = publicURL
    }

    // `publicURL` would become `public_u_r_l` by the strategy.
    private enum CodingKeys: String, CodingKey {
        case name, role, expiresAt, service, relay, relayNextTry
        case publicURL = "publicUrl"
    }
}

/// One login: who has what, since when, until when.
package struct StaffInfo: Codable, Sendable, Equatable {
    package var name: String
    /// `viewer`, `editor`, `sender`, `privacy`, `admin` or `integration`
    package var role: String
    /// An integration's; absent where it is every list.
    package var lists: [String]?
    /// What the role may: `see`, `edit`, `send`, `serve-subscribers`, `read-audit`, `manage-staff`, `subscribe`
    package var permissions: [String]
    package var createdAt: Date
    package var expiresAt: Date
    /// The day; absent where the token was never used.
    package var lastUsed: Date?
    /// `expired`, `unused` (for 90 days), `expires-soon` (within two weeks)
    package var concerns: [String]

    package init(
        name: String, role: String, permissions: [String], createdAt: Date, expiresAt: Date, lastUsed: Date?,
        concerns: [String], lists: [String]? = nil
    ) {
        self.lists = lists
        self.name = name
        self.role = role
        self.permissions = permissions
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.lastUsed = lastUsed
        self.concerns = concerns
    }
}

/// `GET /api/v1/staff`, `POST /api/v1/staff/review`
package struct StaffListInfo: Codable, Sendable, Equatable {
    package var staff: [StaffInfo]
    package init(staff: [StaffInfo]) { self.staff = staff }
}

/// `POST /api/v1/staff`
package struct AddStaff: Codable, Sendable, Equatable {
    package var name: String
    package var role: String
    /// 90 where absent; 365 at most.
    package var days: Int?
    /// For `integration`, which is for these alone.
    package var lists: [String]?

    package init(name: String, role: String, days: Int? = nil, lists: [String]? = nil) {
        self.lists = lists
        self.name = name
        self.role = role
        self.days = days
    }
}

/// The answer to it: the only time that the token is shown.
package struct AddedStaff: Codable, Sendable, Equatable {
    package var member: StaffInfo
    package var token: String

    package init(member: StaffInfo, token: String) {
        self.member = member
        self.token = token
    }
}

/// `POST /api/v1/staff/{name}/renew`
package struct RenewStaff: Codable, Sendable, Equatable {
    /// From today; 90 where absent.
    package var days: Int?
    package init(days: Int? = nil) { self.days = days }
}
