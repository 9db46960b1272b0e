package import Foundation

/// `GET /api/v1/whoami`
package struct Whoami: Codable, Sendable, Equatable {
    package var name: String
    package var role: String
    package var expiresAt: Date
    /// The service's version and public address, so that a person knows where a send will happen.
    package var service: String
    package var publicURL: String

    package init(name: String, role: String, expiresAt: Date, service: String, publicURL: String) {
        self.name = name
        self.role = role
        self.expiresAt = expiresAt
        self.service = service
        self.publicURL = publicURL
    }

    // `publicURL` would become `public_u_r_l` by the strategy.
    private enum CodingKeys: String, CodingKey {
        case name, role, expiresAt, service
        case publicURL = "publicUrl"
    }
}
