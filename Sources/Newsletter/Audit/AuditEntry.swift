import Crypto
package import Foundation

/// One thing that a member of staff or somebody on the host has done to personal data or a campaign: who, what, when, to
/// which opaque subject, with what result. It holds no address and no name of a subscriber.
///
/// Entries are a chain: the code of each covers its own text and the code before it, under a key that is not in the
/// database. Whoever edits, removes or inserts one in the middle is found at that entry.
package struct AuditEntry: Sendable, Equatable {
    /// 1 for the first; without gaps.
    package let number: Int64
    package let at: Date
    package let actor: String
    package let action: String
    package let subject: String
    package let result: String
    /// HMAC-SHA-256 over the entry before and this one's text.
    package let code: Data

    package init(
        number: Int64, at: Date, actor: String, action: String, subject: String, result: String, code: Data
    ) {
        self.number = number
        self.at = at
        self.actor = actor
        self.action = action
        self.subject = subject
        self.result = result
        self.code = code
    }
}

/// Who does something.
package enum Actor: Sendable, Equatable {
    case staff(String)
    /// Whoever may run `courantd` on the host.
    case host
    /// The person the data is about.
    case person
    /// Courant itself: expiry, retention, a schedule.
    case service

    package var text: String {
        switch self {
        case .staff(let name): "staff:\(name)"
        case .host: "host"
        case .person: "person"
        case .service: "service"
        }
    }
}

/// To what, by a name that says nothing about a person.
package struct AuditSubject: Sendable, Equatable {
    package let text: String

    package static let installation = AuditSubject(text: "installation")
    /// Somebody was looked for of whom nothing is held.
    package static let nobody = AuditSubject(text: "nobody")
    package static func subscription(_ id: SubscriptionID) -> Self { Self(text: "subscription:\(id.hex)") }
    package static func list(_ slug: Slug) -> Self { Self(text: "list:\(slug.text)") }
    package static func campaign(_ id: Int64) -> Self { Self(text: "campaign:\(id)") }
    package static func staff(_ name: String) -> Self { Self(text: "staff:\(name)") }
    package static func request(_ id: Int64) -> Self { Self(text: "request:\(id)") }
    package static func policy(_ version: String) -> Self { Self(text: "policy:\(version)") }
}

package protocol AuditRecords {
    func lastAuditEntry() throws -> AuditEntry?
    func insert(_ entry: AuditEntry) throws
    /// In their order, from the one with that number.
    func auditEntries(from number: Int64, limit: Int) throws -> [AuditEntry]
}

extension Transaction {
    /// Writes down, in the transaction of what is done, that it is done. `result` is a few words such as `done` or
    /// `recipients=120`; never anything about a person.
    package func audit(
        _ action: AuditAction, of subject: AuditSubject, by actor: Actor, result: String = "done", keyring: Keyring,
        at now: Date
    ) throws {
        let last = try lastAuditEntry()
        let number = (last?.number ?? 0) + 1
        let code = keyring.auditCode(
            after: last?.code, number: number, at: now, parts: [actor.text, action.rawValue, subject.text, result])
        try insert(
            AuditEntry(
                number: number, at: now, actor: actor.text, action: action.rawValue, subject: subject.text,
                result: result, code: code))
    }
}

extension Keyring {
    /// Each part is preceded by its length, so that no two entries have one text.
    func auditCode(after last: Data?, number: Int64, at: Date, parts: [String]) -> Data {
        let key = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: fingerprints, info: Data("courant audit".utf8), outputByteCount: 32)
        var code = HMAC<SHA256>(key: key)
        code.update(data: last ?? Data())
        let milliseconds = Int64((at.timeIntervalSince1970 * 1000).rounded())
        for part in [String(number), String(milliseconds)] + parts {
            code.update(data: Data("\(part.utf8.count):\(part)".utf8))
        }
        return Data(code.finalize())
    }
}
