import Crypto
package import Foundation
import Mail

/// A person who may use the staff API, by an individual, expiring token; or a program, with the role `integration`.
package struct StaffMember: Sendable, Equatable {
    package let name: String
    package let role: Role
    package let createdAt: Date
    package var expiresAt: Date
    package var lastUsed: Date?
    /// For which lists a program's login is; empty for a person's, which is for all.
    package let lists: [Slug]

    package init(
        name: String, role: Role, createdAt: Date, expiresAt: Date, lastUsed: Date?, lists: [Slug] = []
    ) {
        self.lists = lists
        self.name = name
        self.role = role
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.lastUsed = lastUsed
    }

    /// As whom the audit knows them.
    package var actor: Actor { .staff(name) }
}

package enum Role: String, Sendable, CaseIterable {
    /// Sees lists, campaigns and numbers.
    case viewer
    /// And writes campaigns and lists, and sends tests. How long people are kept is not theirs to say.
    case editor
    /// And sends.
    case sender
    /// Sees what a viewer sees, reads the audit, serves subscribers' rights, and says how long people are kept.
    case privacy
    case admin
    /// A web shop, till or CRM: brings sign-ups to its own lists and takes people off them, and sees nothing.
    case integration

    package func may(_ permission: Permission) -> Bool {
        switch permission {
        case .see: self != .integration
        case .edit: self == .editor || self == .sender || self == .admin
        case .send: self == .sender || self == .admin
        case .serveSubscribers, .readAudit: self == .privacy || self == .admin
        case .manageStaff: self == .admin
        case .subscribe: self == .integration
        }
    }
}

/// What a staff call needs.
package enum Permission: String, Sendable, CaseIterable {
    case see
    case edit
    case send
    case serveSubscribers = "serve-subscribers"
    case readAudit = "read-audit"
    case manageStaff = "manage-staff"
    case subscribe
}

/// A staff member's secret: `courant.ID.SECRET.CHECKSUM`. The prefix lets scanners find a leaked one, the checksum tells
/// a typing error from a forgery without asking the store. The store keeps the SHA-256 of the secret; with 256 random bits in
/// it, nothing slower is needed.
package struct StaffToken: Sendable, Redacted {
    package let id: String
    private let secret: Data

    package static func random() -> StaffToken {
        func bytes(_ size: SymmetricKeySize) -> Data { SymmetricKey(size: size).withUnsafeBytes { Data($0) } }
        let id = bytes(.bits128).prefix(5).map { byte in String(byte, radix: 16) }
        return StaffToken(id: id.map { $0.utf8.count == 1 ? "0" + $0 : $0 }.joined(), secret: bytes(.bits256))
    }

    private init(id: String, secret: Data) {
        self.id = id
        self.secret = secret
    }

    package init?(_ text: some StringProtocol) {
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        guard text.utf8.count <= 128, parts.count == 4, parts[0] == "courant", !parts[1].isEmpty,
            let secret = Data(base64URL: parts[2]), secret.count == 32
        else { return nil }
        self.init(id: parts[1], secret: secret)
        guard parts[3] == checksum else { return nil }
    }

    package var text: String { "courant.\(id).\(secret.base64URL).\(checksum)" }
    package var hash: Data { Data(SHA256.hash(data: secret)) }

    private var checksum: String { Data(SHA256.hash(data: Data(id.utf8) + secret)).prefix(4).base64URL }
}
