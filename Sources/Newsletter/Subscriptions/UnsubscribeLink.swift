/// The secret in an unsubscribe link.
package typealias UnsubscribeLink = MailedLink<UnsubscribePlace>

/// Where in the mail it stands. Both do the same.
package enum UnsubscribePlace: UInt8, Sendable {
    case body = 0x62
    case header = 0x68
}

extension UnsubscribeLink {
    package init(_ subscription: SubscriptionID, place: UnsubscribePlace, keyring: Keyring) {
        self.init(subscription, for: place, keyring: keyring)
    }
}
