package import Foundation
import Mail
package import Rendering

/// What a person takes with them (GDPR Art. 15(3) and 20): all that `PersonalData` has and what must be told beside it, for
/// machines. Its shape is `templates/assets/export-4.schema.json`; whatever changes it gets a new number.
package struct Export: Sendable, Encodable, Redacted {
    package static let version = 4

    struct List: Sendable, Encodable {
        let slug: String
        let title: String
        let description: String
    }

    struct Consent: Sendable, Encodable {
        /// SHA-256 of the sentence.
        let text: String
        /// Absent where the sentence was not kept.
        let wording: String?
        let policy: String
        /// Absent where it was given elsewhere and its day is all that is known.
        let askedAt: Date?
        let confirmedAt: Date?
        /// Present where it was given elsewhere: where, and in which words.
        let evidence: String?
    }

    /// Of a sign-up that was repeated before anybody confirmed it, and counts once the link is pressed.
    struct SignUp: Sendable, Encodable {
        let name: String?
        let company: String?
        let language: String
        let consent: Consent
    }

    struct Link: Sendable, Encodable {
        let purpose: String
        let expires: Date
        let hasCode: Bool
        let signUp: SignUp?
    }

    struct Waiting: Sendable, Encodable {
        let due: Date
        let attempts: Int
    }

    struct Delivery: Sendable, Encodable {
        let campaign: Int64
        let subject: String
        let state: String
        let attempts: Int
        let nextAt: Date?
        let status: String?
    }

    struct Change: Sendable, Encodable {
        let address: String
        let expires: Date
    }

    /// What mail systems have said against the mailbox.
    struct Technical: Sendable, Encodable {
        let heldAt: Date?
        let strikes: Int
        let firstStruck: Date
        let lastStruck: Date
    }

    struct Item: Sendable, Encodable {
        let id: String
        let list: List
        let address: String
        let name: String?
        let company: String?
        let language: String
        let state: String
        let `class`: String
        let basis: String
        let basisExplained: String
        let source: String
        let retention: String
        let consent: Consent?
        let activeSince: Date?
        let lastActivity: Date
        let lastNotified: Date?
        let remindedAt: Date?
        let addressChange: Change?
        let links: [Link]
        let waitingMails: [Waiting]
        let deliveries: [Delivery]
        let technical: Technical?
    }

    struct Fingerprint: Sendable, Encodable {
        /// Absent: for every list.
        let list: String?
        let since: Date
    }

    struct Request: Sendable, Encodable {
        let number: Int64
        let kind: String
        let receivedAt: Date
        let dueAt: Date
        let isExtended: Bool
    }

    let version: Int
    let exportedAt: Date
    let language: String
    let disclosure: Disclosure
    let address: String
    let subscriptions: [Item]
    let neverAgain: [Fingerprint]
    let openRequests: [Request]

    init(_ personalData: PersonalData, _ disclosures: Disclosures, in language: Language) {
        version = Self.version
        exportedAt = personalData.at
        self.language = language.code
        disclosure = disclosures.disclosure(in: language, asksCompany: personalData.mayHaveCompany)
        address = personalData.address.wire
        subscriptions = personalData.subscriptions.map { Item($0, disclosures, in: language) }
        neverAgain = personalData.fingerprints.map { Fingerprint(list: $0.list?.text, since: $0.since) }
        openRequests = personalData.requests.map {
            Request(
                number: $0.id, kind: $0.kind.rawValue, receivedAt: $0.receivedAt, dueAt: $0.dueAt,
                isExtended: $0.isExtended)
        }
    }

    /// UTF-8, dates by RFC 3339 in UTC.
    package func json() throws -> Data {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.dateEncodingStrategy = .iso8601
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
        return try encoder.encode(self) + [0x0A]
    }
}

extension Export.Item {
    fileprivate init(_ held: SubscriptionData, _ disclosures: Disclosures, in language: Language) {
        let subscription = held.subscription
        id = subscription.id.hex
        list = Export.List(
            slug: subscription.list.slug.text, title: subscription.list.title,
            description: subscription.list.description)
        address = held.person.address.wire
        name = held.person.name?.text
        company = held.person.company?.text
        self.language = subscription.language.code
        state = subscription.state.rawValue
        `class` = subscription.class.rawValue
        basis = subscription.basis.rawValue
        basisExplained = disclosures.basis(of: subscription, in: language)
        source = subscription.source
        retention = disclosures.retention(of: subscription, in: language)
        consent = subscription.consent.map {
            Export.Consent($0, wording: held.wording?.text, evidence: held.evidence?.text)
        }
        activeSince = subscription.activeSince
        lastActivity = subscription.lastActivity
        lastNotified = subscription.lastNotified
        remindedAt = held.remindedAt
        addressChange = held.change.map { Export.Change(address: $0.address.wire, expires: $0.expires) }
        links = held.links.enumerated().map { place, link in
            Export.Link(
                purpose: link.purpose.rawValue, expires: link.expires, hasCode: link.hasCode,
                signUp: held.signUps[place].map { Export.SignUp($0, among: held) })
        }
        waitingMails = held.mails.map { Export.Waiting(due: $0.due, attempts: $0.attempts) }
        deliveries = held.deliveries.map {
            Export.Delivery(
                campaign: $0.campaign, subject: $0.subject, state: $0.state.rawValue, attempts: $0.attempts,
                nextAt: $0.nextAt, status: $0.status)
        }
        technical = held.strikes.map {
            Export.Technical(heldAt: $0.heldAt, strikes: $0.strikes, firstStruck: $0.first, lastStruck: $0.last)
        }
    }
}

extension Export.Consent {
    fileprivate init(_ consent: Consent, wording: String?, evidence: String?) {
        self.init(
            text: consent.text, wording: wording, policy: consent.policy, askedAt: consent.knownAskedAt,
            confirmedAt: consent.confirmedAt, evidence: evidence)
    }
}

extension Export.SignUp {
    /// The same sentence as the subscription's, where it is the same.
    fileprivate init(_ signUp: RepeatedSignUp, among held: SubscriptionData) {
        let known = held.wording.flatMap { $0.hash == signUp.consent.text ? $0.text : nil }
        self.init(
            name: signUp.name?.text, company: signUp.company?.text, language: signUp.language.code,
            consent: Export.Consent(signUp.consent, wording: known, evidence: nil))
    }
}

extension Rights {
    /// In the language that is asked for, else in the person's own.
    package func export(_ personalData: PersonalData, in language: Language? = nil) -> Export {
        let own = personalData.subscriptions.first?.subscription.language
        return Export(personalData, disclosures, in: language ?? own ?? disclosures.templates.languages[0])
    }
}
