package import Mail
package import Rendering

/// Mails about rights: none carries a word that anybody typed.
extension OutboxMail {
    static func privacyLink(
        _ address: EmailAddress, token: Token, subscription: SubscriptionID, language: Language
    ) -> OutboxMail {
        OutboxMail(
            kind: .privacyLink, recipient: Person(address: address, name: nil), language: language, list: nil,
            subscription: subscription, values: ["privacy": token.text])
    }

    /// For who once wished never to be written to again, and now asks what we hold: that alone.
    package static func privacyFingerprint(_ address: EmailAddress, language: Language) -> OutboxMail {
        OutboxMail(
            kind: .privacyFingerprint, recipient: Person(address: address, name: nil), language: language, list: nil,
            subscription: nil, values: [:])
    }

    static func changeAddress(
        _ address: EmailAddress, token: Token, subscription: Subscription, expiresHours: Int
    ) -> OutboxMail {
        OutboxMail(
            kind: .changeAddress, recipient: Person(address: address, name: nil), language: subscription.language,
            list: nil, subscription: subscription.id,
            values: ["change": token.text, "expires_hours": String(expiresHours)])
    }

    /// To the old mailbox. It does not say which address is the new one.
    static func changeNotice(_ address: EmailAddress, subscription: Subscription) -> OutboxMail {
        OutboxMail(
            kind: .changeNotice, recipient: Person(address: address, name: nil), language: subscription.language,
            list: nil, subscription: subscription.id, values: [:])
    }

    static func restrictionLifted(
        _ address: EmailAddress, subscription: Subscription, lists: [MailingList]
    ) -> OutboxMail {
        OutboxMail(
            kind: .restrictionLifted, recipient: Person(address: address, name: nil), language: subscription.language,
            list: nil, subscription: subscription.id,
            values: ["lists": lists.map(\.title).joined(separator: ", ")])
    }
}
