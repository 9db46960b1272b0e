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

    fileprivate func coded(_ code: Data) -> AuditEntry {
        AuditEntry(
            number: number, at: at, actor: actor, action: action, subject: subject, result: result, code: code)
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

    /// Of a login, where it is one; else the word for who it is.
    package var name: String {
        if case .staff(let name) = self { name } else { text }
    }

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
    func lastAuditEntry(of action: AuditAction) throws -> AuditEntry?
    func insert(_ entry: AuditEntry) throws
    /// In their order, from the one with that number.
    func auditEntries(from number: Int64, limit: Int) throws -> [AuditEntry]
    func auditHead() throws -> AuditHead?
    func write(_ head: AuditHead) throws
    /// Lists and logins, each of which an entry tells the making of.
    func countWhatIsAudited() throws -> Int
}

extension Transaction {
    /// Writes down, in the transaction of what is done, that it is done. `result` is a few words such as `done` or
    /// `recipients=120`; never anything about a person.
    package func audit(
        _ action: AuditAction, of subject: AuditSubject, by actor: Actor, result: String = "done", keyring: Keyring,
        at now: Date
    ) throws {
        let seal = keyring.auditSeal
        let (number, before) = try auditEnd(seal, action)
        let draft = AuditEntry(
            number: number, at: now, actor: actor.text, action: action.rawValue, subject: subject.text, result: result,
            code: Data())
        let entry = draft.coded(seal.code(of: draft, after: before))
        try insert(entry)
        try write(seal.head(entry))
    }

    /// The next entry's number, and the code that it follows. It follows what the head says, not what is in the table: a
    /// tail that was cut leaves a hole, which nothing written later closes. Where there is no head, it is the first entry only
    /// if nothing is there that an earlier one must tell of.
    private func auditEnd(_ seal: AuditSeal, _ action: AuditAction) throws -> (number: Int64, before: Data?) {
        let (head, last) = (try auditHead(), try lastAuditEntry())
        guard let head else {
            let own = action == .createList || action == .addStaff ? 1 : 0
            let isFirst = try last == nil && countWhatIsAudited() <= own
            return ((last?.number ?? 0) &+ 1, isFirst ? nil : AuditSeal.headLost)
        }
        guard seal.vouches(for: head) else { return ((last?.number ?? 0) &+ 1, AuditSeal.headLost) }
        return (max(head.number, last?.number ?? 0) &+ 1, head.code)
    }
}
