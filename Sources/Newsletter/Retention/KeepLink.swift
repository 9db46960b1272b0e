import Foundation
import Mail

/// The secret in a "keep me" link. Stateless as an unsubscribe link is, and of another purpose: neither does the other's work.
///
/// `version ‖ number of the key ‖ purpose ‖ subscription id (16) ‖ first 16 bytes of the HMAC-SHA-256 over all before`
package struct KeepLink: Sendable, Redacted {
    package let subscription: SubscriptionID
    package let text: String

    private static let purpose: UInt8 = 0x6B

    /// Nil when forged, truncated, of another purpose, or made with a key that this installation never had.
    package init?(_ text: some StringProtocol, keyring: Keyring) {
        guard let bytes = Data(base64URL: text), bytes.count == UnsubscribeLink.length,
            bytes[0] == UnsubscribeLink.version, bytes[2] == Self.purpose, let stamp = keyring.linkStamps[bytes[1]],
            let subscription = SubscriptionID(bytes: bytes[3..<19])
        else { return nil }
        let code = stamp.code(of: bytes[..<19]).prefix(16)
        guard code.equalsInConstantTime(bytes[19...]) else { return nil }
        self.subscription = subscription
        self.text = String(text)
    }

    package init(_ subscription: SubscriptionID, keyring: Keyring) {
        guard let (number, stamp) = keyring.newestLink else { preconditionFailure("a keyring holds a link key") }
        var bytes = Data([UnsubscribeLink.version, number, Self.purpose]) + subscription.bytes
        bytes += stamp.code(of: bytes).prefix(16)
        self.subscription = subscription
        text = bytes.base64URL
    }
}
