package import Foundation
package import Mail

/// All that is held about one address, opened: what its owner may see (GDPR Art. 15).
package struct PersonalData: Sendable, Redacted {
    package let address: EmailAddress
    package let subscriptions: [SubscriptionData]
    /// What stayed of a wish never to be written to again.
    package let fingerprints: [FingerprintData]
    /// Requests of theirs that are not answered yet.
    package let requests: [RightsRequest]
    package let at: Date

    package var mayHaveCompany: Bool { subscriptions.contains(where: \.mayHaveCompany) }

    package var isEmpty: Bool { subscriptions.isEmpty && fingerprints.isEmpty && requests.isEmpty }
}

package struct SubscriptionData: Sendable, Redacted {
    package let subscription: Subscription
    package let person: Person
    package let links: [LinkData]
    /// What was typed with links that are not pressed yet, by the link's place among them.
    let signUps: [Int: RepeatedSignUp]
    package let mails: [MailData]
    package let deliveries: [DeliveryData]
    /// A new address that waits for its mailbox.
    package let change: (address: EmailAddress, expires: Date)?
    /// When they were asked whether to be kept, if no answer has come.
    package let remindedAt: Date?
    /// What mail systems have said against the mailbox; nil where there is nothing.
    package let strikes: HeldState?
    /// The sentence of the consent; nil where there is none, or it was not kept.
    package let wording: ConsentWording?
    /// What a consent rests on that was given elsewhere.
    package let evidence: ConsentEvidence?
}

extension SubscriptionData {
    /// Names that stand in sign-ups which nobody has confirmed.
    package var typedNames: [String] { signUps.sorted { $0.key < $1.key }.compactMap { $0.value.name?.text } }
    package var typedCompanies: [String] { signUps.sorted { $0.key < $1.key }.compactMap { $0.value.company?.text } }

    /// There is a company, or there could be.
    package var mayHaveCompany: Bool {
        subscription.list.asksCompany || person.company != nil || !typedCompanies.isEmpty
    }
}

/// A link that works at the moment; its secret is not kept.
package struct LinkData: Sendable {
    package let purpose: Token.Purpose
    package let expires: Date
    /// Whether it can be used by a typed code as well.
    package let hasCode: Bool
    /// A `RepeatedSignUp` that it carries.
    package let signUp: Sealed?

    package init(purpose: Token.Purpose, expires: Date, hasCode: Bool, signUp: Sealed? = nil) {
        self.signUp = signUp
        self.purpose = purpose
        self.expires = expires
        self.hasCode = hasCode
    }
}

/// A mail that waits to be handed to the relay.
package struct MailData: Sendable {
    package let due: Date
    package let attempts: Int
    package let sealed: Sealed

    package init(due: Date, attempts: Int, sealed: Sealed) {
        self.due = due
        self.attempts = attempts
        self.sealed = sealed
    }
}

/// A newsletter that is on its way, or of which it is open what became.
package struct DeliveryData: Sendable {
    package let campaign: Int64
    package let subject: String
    package let state: Delivery.State
    package let attempts: Int
    package let nextAt: Date?
    package let status: String?

    package init(campaign: Int64, subject: String, state: Delivery.State, attempts: Int, nextAt: Date?, status: String?)
    {
        self.campaign = campaign
        self.subject = subject
        self.state = state
        self.attempts = attempts
        self.nextAt = nextAt
        self.status = status
    }
}

package struct FingerprintData: Sendable, Equatable {
    /// Nil: for every list.
    package let list: Slug?
    package let since: Date

    package init(list: Slug?, since: Date) {
        self.list = list
        self.since = since
    }
}

extension Transaction {
    func personalData(of claimed: SubjectRecords, keyring: Keyring, at now: Date) throws -> PersonalData {
        PersonalData(
            address: claimed.address,
            subscriptions: try claimed.subscriptions.map { try held($0, digest: claimed.digest, keyring: keyring) },
            fingerprints: try fingerprints(keyring.fingerprint(of: claimed.address)),
            requests: try openRequests(about: claimed.digest), at: now)
    }

    private func held(_ subscription: Subscription, digest: Data, keyring: Keyring) throws -> SubscriptionData {
        let id = subscription.id
        // One that is carried out stays for a while, so that its button can be pressed twice.
        let change = try addressChange(of: id).flatMap { $0.digest == digest ? nil : $0 }
        let person = try keyring.person(subscription.person, of: id)
        // A mail to a new address says whether anybody may write there, and that is not this person's to know.
        let mails = try waitingMails(of: id).filter {
            try keyring.outboxMail($0.sealed).recipient.address.key == person.address.key
        }
        let links = try links(of: id)
        var signUps: [Int: RepeatedSignUp] = [:]
        for (place, link) in links.enumerated() {
            signUps[place] = try link.signUp.map { try keyring.repeatedSignUp($0, of: id) }
        }
        return SubscriptionData(
            subscription: subscription, person: person, links: links, signUps: signUps, mails: mails,
            deliveries: try deliveries(to: id),
            change: try change.map { (try keyring.person($0.person, of: id).address, $0.expires) },
            remindedAt: try remindedAt(id), strikes: try heldState(of: id),
            wording: try subscription.consent.flatMap { try consentWording($0.text) },
            evidence: try evidence(of: subscription.consent))
    }
}
