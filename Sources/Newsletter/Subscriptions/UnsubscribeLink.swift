import Foundation
import Mail

/// The secret in an unsubscribe link. It is stateless and never expires, so that a link in an old mail goes on working
/// after key rotation and restores; it names a subscription by its random id alone, so that it holds nothing personal.
///
/// `version ‖ number of the key ‖ purpose ‖ subscription id (16) ‖ first 16 bytes of the HMAC-SHA-256 over all before`
package struct UnsubscribeLink: Sendable, Redacted {
    /// Where in the mail it stands. Both do the same; that they differ keeps a link cut from a mail's text out of
    /// the header, where a mail client posts without asking.
    package enum Place: UInt8, Sendable {
        case body = 0x62
        case header = 0x68
    }

    package let subscription: SubscriptionID
    package let text: String

    static let version: UInt8 = 1
    static let length = 35

    /// Nil when forged, truncated or made with a key that this installation never had.
    package init?(_ text: some StringProtocol, keyring: Keyring) {
        guard let bytes = Data(base64URL: text), bytes.count == Self.length, bytes[0] == Self.version,
            Place(rawValue: bytes[2]) != nil, let stamp = keyring.linkStamps[bytes[1]],
            let subscription = SubscriptionID(bytes: bytes[3..<19])
        else { return nil }
        let code = stamp.code(of: bytes[..<19]).prefix(16)
        guard code.equalsInConstantTime(bytes[19...]) else { return nil }
        self.subscription = subscription
        self.text = String(text)
    }

    package init(_ subscription: SubscriptionID, place: Place, keyring: Keyring) {
        guard let (number, stamp) = keyring.newestLink else { preconditionFailure("a keyring holds a link key") }
        var bytes = Data([Self.version, number, place.rawValue]) + subscription.bytes
        bytes += stamp.code(of: bytes).prefix(16)
        self.subscription = subscription
        self.text = bytes.base64URL
    }
}

extension Data {
    /// Takes the same time wherever the two differ.
    func equalsInConstantTime(_ other: Data) -> Bool {
        count == other.count && zip(self, other).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
