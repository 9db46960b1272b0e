package import Foundation
import Mail
package import Rendering

/// One address on one list: the only record of a person. It carries its own copy of address, name and company, sealed, so that
/// what is deleted with it is all there was. Erased means the row is gone.
package struct Subscription: Sendable {
    package enum State: String, Sendable, CaseIterable {
        /// Asked for on the form, not yet confirmed by mail. Gets no newsletter and expires.
        case pending
        case active
        /// Kept but not written to (GDPR Art. 18).
        case restricted
    }

    package let id: SubscriptionID
    package let list: MailingList
    package let person: Sealed
    package let language: Language
    package let state: State
    /// By how it came: the form asks for consent whatever the list's basis is, which is that of its imports.
    package let basis: LegalBasis
    /// Where the address came from: `form`, or what an import said.
    package let source: String
    package let consent: Consent?
    /// When it last became active; campaigns launched earlier don't go to it.
    package let activeSince: Date?
    /// When the person last did something: signed up, confirmed. Never what we sent.
    package let lastActivity: Date
    /// What its owner is to us: decides how long it is kept.
    package let `class`: SubscriberClass
    /// When a mail that a form caused last went to this address.
    package let lastNotified: Date?
    /// Since when a relay says that there is no such mailbox: no mail goes there but what its owner asks for.
    package let heldAt: Date?

    package init(
        id: SubscriptionID, list: MailingList, person: Sealed, language: Language, state: State, basis: LegalBasis,
        source: String, consent: Consent?, activeSince: Date?, lastActivity: Date, lastNotified: Date?,
        class: SubscriberClass = .subscriber, heldAt: Date? = nil
    ) {
        self.id = id
        self.list = list
        self.person = person
        self.language = language
        self.state = state
        self.basis = basis
        self.source = source
        self.consent = consent
        self.activeSince = activeSince
        self.lastActivity = lastActivity
        self.lastNotified = lastNotified
        self.class = `class`
        self.heldAt = heldAt
    }
}

extension Subscription {
    /// The source of what came by the form; anything else is what an import said.
    package static let form = "form"
    /// It came in a file, and nobody has asked for it since.
    package var isImported: Bool { source != Self.form }
    /// Its owner never asked for it. Leaving it is an objection (GDPR Art. 21), which the next file must not undo.
    package var leavesFingerprint: Bool { basis == .legitimateInterest }
    /// Nobody has agreed to it, nor been told of it yet: it is not used.
    package var isUntold: Bool { state == .pending && consent == nil }
}

/// What a person agreed to, and when: which wording of the sentence on the form, which version of the policy. Where it was
/// given elsewhere, both are empty unless they came along, and `evidence` names what it rests on.
package struct Consent: Sendable, Equatable {
    /// SHA-256 of the sentence as it was shown, in hexadecimal.
    package let text: String
    package let policy: String
    package let askedAt: Date
    package var confirmedAt: Date?
    /// The hash of a `ConsentEvidence`; nil for a consent that was given here.
    package let evidence: String?

    package init(
        text: String, policy: String, askedAt: Date, confirmedAt: Date? = nil, evidence: String? = nil
    ) {
        self.text = text
        self.policy = policy
        self.askedAt = askedAt
        self.confirmedAt = confirmedAt
        self.evidence = evidence
    }

    package var isFromElsewhere: Bool { evidence != nil }

    /// Nil where all that is known is the day of the consent.
    package var knownAskedAt: Date? { isFromElsewhere && askedAt == confirmedAt ? nil : askedAt }
}

/// Why we may write to the people on a list (GDPR Art. 6(1)).
package enum LegalBasis: String, Sendable, CaseIterable {
    case consent
    case legitimateInterest = "legitimate-interest"
}
