package import Foundation
import Mail
package import Rendering

/// A mail that a fact has caused, written in the fact's own transaction and gone from the store as soon as the relay has
/// it. Everything in it is sealed: an address, and often a token.
package struct OutboxMail: Sendable, Redacted {
    package enum Kind: String, Sendable, Codable {
        case confirm
        /// To somebody in a file, on a list that asks for consent.
        case importConfirm = "import-confirm"
        /// To somebody for whom another program asked.
        case broughtConfirm = "brought-confirm"
        case welcome
        case alreadySubscribed = "already-subscribed"
        /// "Still interested?", before a term ends.
        case stillInterested = "still-interested"
        /// To somebody who was imported: where we have the address from, and their rights (GDPR Art. 14).
        case firstNotice = "first-notice"
        /// To somebody who was imported with a consent from elsewhere: that the list has moved here, and how to leave.
        case announcement
        case privacyLink = "privacy-link"
        case privacyFingerprint = "privacy-fingerprint"
        case changeAddress = "change-address"
        case changeNotice = "change-notice"
        case restrictionLifted = "restriction-lifted"
        /// A campaign as one address would get it.
        case test
    }

    package let kind: Kind
    package let recipient: Person
    package let language: Language
    /// The list it speaks for: gives `List-Id` and, for welcome mails, the unsubscribe link.
    package let list: Slug?
    /// Erased together with this subscription.
    package let subscription: SubscriptionID?
    /// What the template's variables stand for; days as moments, for they are written where the reader's words are.
    package let values: [String: String]
    package let campaign: Int64?
    /// Random, sealed with the rest: makes the Message-ID one that nobody can guess and no later mail repeats.
    package let reference: String

    init(
        kind: Kind, recipient: Person, language: Language, list: Slug?, subscription: SubscriptionID?,
        values: [String: String], campaign: Int64? = nil
    ) {
        self.kind = kind
        self.recipient = recipient
        self.language = language
        self.list = list
        self.subscription = subscription
        self.values = values
        self.campaign = campaign
        reference = SubscriptionID.random().hex
    }

    static func confirm(
        _ signUp: SignUp, lists: [MailingList], token: Token, code: ConfirmCode, first: SubscriptionID,
        expiresHours: Int
    ) -> OutboxMail {
        OutboxMail(
            kind: signUp.behalf == nil ? .confirm : .broughtConfirm,
            recipient: Person(address: signUp.person.address, name: nil), language: signUp.language,
            list: lists.first?.slug, subscription: first,
            values: [
                "token": token.text, "code": code.text, "lists": lists.map(\.title).joined(separator: ", "),
                "expires_hours": String(expiresHours), "wording": signUp.consentText,
            ])
    }

    /// Nobody signed up: it says that a file was imported on `day`, what staff said of where it comes from, and asks.
    static func importConfirm(
        _ signUp: SignUp, _ subscription: Subscription, token: Token, importedAt day: Date, expiresHours: Int
    ) -> OutboxMail {
        OutboxMail(
            kind: .importConfirm, recipient: Person(address: signUp.person.address, name: nil),
            language: signUp.language, list: subscription.list.slug, subscription: subscription.id,
            values: [
                "token": token.text, "lists": subscription.list.title, "expires_hours": String(expiresHours),
                "wording": signUp.consentText, "source": subscription.source, "day": day.formatted(.iso8601),
            ])
    }

    /// `wording`: the sentence that the receipt names, where it is kept.
    static func welcome(
        _ subscription: Subscription, person: Person, receipt: String, wording: String?
    ) -> OutboxMail {
        var values = ["list": subscription.list.title, "receipt": receipt]
        values["wording"] = wording
        return OutboxMail(
            kind: .welcome, recipient: person, language: subscription.language, list: subscription.list.slug,
            subscription: subscription.id, values: values)
    }

    static func alreadySubscribed(_ subscription: Subscription, person: Person) -> OutboxMail {
        var values = ["list": subscription.list.title]
        if subscription.leavesFingerprint { values["source"] = subscription.source }
        return OutboxMail(
            kind: .alreadySubscribed, recipient: person, language: subscription.language, list: subscription.list.slug,
            subscription: subscription.id, values: values)
    }

    static func stillInterested(_ subscription: Subscription, person: Person, end: Date) -> OutboxMail {
        OutboxMail(
            kind: .stillInterested, recipient: person, language: subscription.language, list: subscription.list.slug,
            subscription: subscription.id,
            values: ["list": subscription.list.title, "until": end.formatted(.iso8601)])
    }

    /// Says what is known: that a file was imported on `day`, and what staff said of where it comes from.
    static func firstNotice(_ subscription: Subscription, person: Person, importedAt day: Date) -> OutboxMail {
        var values = [
            "list": subscription.list.title, "source": subscription.source, "class": subscription.class.rawValue,
            "day": day.formatted(.iso8601),
        ]
        if let days = subscription.list.retention.terms[subscription.class] {
            values["days"] = String(days)
            values["until"] = (subscription.lastActivity + .days(days)).formatted(.iso8601)
        }
        return OutboxMail(
            kind: .firstNotice, recipient: person, language: subscription.language, list: subscription.list.slug,
            subscription: subscription.id, values: values)
    }

    /// Says that the file was imported on `day`, and what staff said of where the list was before.
    static func announcement(_ subscription: Subscription, person: Person, importedAt day: Date) -> OutboxMail {
        OutboxMail(
            kind: .announcement, recipient: person, language: subscription.language,
            list: subscription.list.slug, subscription: subscription.id,
            values: [
                "list": subscription.list.title, "source": subscription.source, "day": day.formatted(.iso8601),
            ])
    }

    static func test(_ campaign: Campaign, to recipient: Person) -> OutboxMail {
        OutboxMail(
            kind: .test, recipient: recipient, language: campaign.list.language, list: campaign.list.slug,
            subscription: nil, values: [:], campaign: campaign.id)
    }
}

/// How it is sealed: as fields, each by its name, so that a later version may have more of them.
extension OutboxMail {
    fileprivate var fields: OutboxFields {
        var fields = OutboxFields()
        fields["kind"] = kind.rawValue
        fields["address"] = recipient.address.wire
        fields["name"] = recipient.name?.text
        fields["company"] = recipient.company?.text
        fields["language"] = language.code
        fields["list"] = list?.text
        fields["subscription"] = subscription?.hex
        fields["campaign"] = campaign.map { String($0) }
        fields["reference"] = reference
        for (name, value) in values { fields["values.\(name)"] = value }
        return fields
    }

    fileprivate init?(_ fields: OutboxFields) {
        guard let kind = fields["kind"].flatMap({ Kind(rawValue: $0) }),
            let address = fields["address"].flatMap({ EmailAddress(stored: $0) }),
            let language = fields["language"].flatMap({ Language($0) }), let reference = fields["reference"]
        else { return nil }
        self.kind = kind
        self.language = language
        self.reference = reference
        recipient = Person(
            address: address, name: fields["name"].map { PersonName(stored: $0) },
            company: fields["company"].map { CompanyName(stored: $0) })
        list = fields["list"].flatMap { Slug($0) }
        subscription = fields["subscription"].flatMap { SubscriptionID(hex: $0) }
        campaign = fields["campaign"].flatMap { Int64($0) }
        values = fields.all(behind: "values.")
    }
}

extension Keyring {
    private static let outbox = Data("outbox".utf8)

    package func seal(_ mail: OutboxMail) throws -> Sealed {
        try seal(mail.fields.bytes, for: Self.outbox)
    }

    package func outboxMail(_ sealed: Sealed) throws -> OutboxMail {
        guard let fields = OutboxFields(try open(sealed, of: Self.outbox)), let mail = OutboxMail(fields) else {
            throw SealingFailure.damaged
        }
        return mail
    }

    func resealOutboxMail(_ sealed: Sealed) throws -> Sealed { try reseal(sealed, of: Self.outbox) }
}

extension Transaction {
    func enqueue(_ mail: OutboxMail, _ keyring: Keyring, at now: Date) throws {
        try insertOutbox(keyring.seal(mail), subscription: mail.subscription, due: now, link: mail.link)
    }
}

/// The one-time link that a mail carries. Its term counts from when the relay has the mail: nobody can use it before.
package struct OutboxLink: Sendable {
    /// Of its token.
    package let hash: Data
    package let lasts: Duration
}

extension OutboxMail {
    /// What the mail says of its link's term.
    var link: OutboxLink? {
        let hours = values["expires_hours"].flatMap { Int($0) }.map { Duration.seconds($0 * 3600) }
        let lasts = kind == .privacyLink ? Rights.linkLifetime : hours
        let token = (values["token"] ?? values["privacy"] ?? values["change"]).flatMap { Token($0) }
        guard let token, let lasts else { return nil }
        return OutboxLink(hash: token.hash, lasts: lasts)
    }
}

/// A row of the outbox that the dispatcher has claimed.
package struct ClaimedOutboxMail: Sendable {
    package let id: Int64
    package let subscription: SubscriptionID?
    package let sealed: Sealed
    /// How often the relay has put it off.
    package let attempts: Int

    package init(id: Int64, subscription: SubscriptionID?, sealed: Sealed, attempts: Int) {
        self.id = id
        self.subscription = subscription
        self.sealed = sealed
        self.attempts = attempts
    }
}

package protocol OutboxRecords {
    func insertOutbox(_ mail: Sealed, subscription: SubscriptionID?, due: Date, link: OutboxLink?) throws
    /// What is due, oldest first; nobody else gets it until it is put off or deleted.
    func claimOutbox(dueBefore: Date, limit: Int) throws -> [ClaimedOutboxMail]
    /// `status`: what it was refused with, where that was for our sake or it waits for somebody who is held.
    func putOffOutbox(_ id: Int64, until: Date, attempts: Int, status: String?) throws
    /// Nobody's any more, and due as it was: nothing was held against it.
    func releaseOutbox(_ id: Int64) throws
    func deleteOutbox(_ id: Int64) throws
    /// The relay has them: they go, the terms of their links begin, and who was imported and has heard why may be written to
    /// from now on.
    func deliverOutbox(_ ids: [Int64], at: Date) throws
    /// Waiting mails that were refused, by status, most frequent first.
    func refusedOutbox() throws -> [(status: String, count: Int)]
    /// Whether any mail is due after `horizon`, transactional or a campaign's.
    func hasMail(dueAfter horizon: Date) throws -> Bool
    /// What is due after `horizon` is due at `now`.
    func bringForward(dueAfter horizon: Date, at now: Date) throws
    func outboxCount() throws -> Int
    /// When the one that has waited longest was due.
    func outboxWaitingSince() throws -> Date?
}
