/// The secret in a "keep me" link.
package typealias KeepLink = MailedLink<KeepPurpose>

package enum KeepPurpose: UInt8, Sendable {
    case keep = 0x6B
}

extension KeepLink {
    package init(_ subscription: SubscriptionID, keyring: Keyring) {
        self.init(subscription, for: .keep, keyring: keyring)
    }
}
