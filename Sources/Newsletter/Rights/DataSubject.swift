import Foundation
package import Mail

/// Whose data a verb is about, and how that is known.
package enum DataSubject: Sendable, Redacted {
    /// Whoever opened the link that came to the mailbox.
    case link(Token)
    /// The owner of that address; who serves them has made sure of it.
    case address(EmailAddress, by: Actor)

    var actor: Actor {
        switch self {
        case .link: .person
        case .address(_, let actor): actor
        }
    }
}

/// What a data subject may speak for: everything of one address.
struct SubjectRecords {
    let subscriptions: [Subscription]
    let address: EmailAddress
    let digest: Data
    let actor: Actor

    /// Nobody has asked: a check of a promise has.
    var isForChecks: Bool { subscriptions.first?.list.isForChecks ?? false }

    /// For the audit: by the first one's opaque id.
    var subject: AuditSubject { subscriptions.first.map { .subscription($0.id) } ?? .nobody }
    var result: String { "subscriptions=\(subscriptions.count)" }
}

extension Transaction {
    /// Throws `.linkExpired` for a link that is dead: run out, erased, of another purpose, or never given out.
    func claimed(by dataSubject: DataSubject, keyring: Keyring, at now: Date) throws -> SubjectRecords {
        switch dataSubject {
        case .link(let token):
            guard let known = try self.token(token.hash, purpose: .privacy), known.expires > now,
                let digest = try known.covers.lazy.compactMap({ try digest(of: $0.subscription) }).first,
                let first = try subscriptions(digest: digest).first
            else { throw Refusal.linkExpired }
            return SubjectRecords(
                subscriptions: try subscriptions(digest: digest),
                address: try keyring.person(first.person, of: first.id).address, digest: digest, actor: .person)
        case .address(let address, let actor):
            let digest = keyring.digest(of: address)
            return SubjectRecords(
                subscriptions: try subscriptions(digest: digest), address: address, digest: digest, actor: actor)
        }
    }

    /// The same where something must be there to be changed.
    func existing(_ dataSubject: DataSubject, keyring: Keyring, at now: Date) throws -> SubjectRecords {
        let claimed = try claimed(by: dataSubject, keyring: keyring, at: now)
        guard !claimed.subscriptions.isEmpty else { throw Refusal.notFound(.subscriber) }
        return claimed
    }

    /// Writes down that a request is served: in the register, and in the audit where it was not the person's own act.
    func conclude(
        _ kind: RightsRequest.Kind, _ outcome: RightsRequest.Outcome, as action: AuditAction, _ claimed: SubjectRecords,
        keyring: Keyring, at now: Date
    ) throws {
        guard !claimed.isForChecks else { return }
        try register(kind, outcome, by: claimed.actor, about: claimed.digest, at: now)
        guard claimed.actor != .person else { return }
        try audit(
            action, of: claimed.subject, by: claimed.actor, result: "\(outcome.rawValue) \(claimed.result)",
            keyring: keyring, at: now)
    }
}
