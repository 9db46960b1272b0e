import Crypto
import Foundation
import Mail

/// The secret in a link that stands in a mail for ever. It is stateless and never expires, so that a link in an old mail
/// goes on working after key rotation and restores; it names a subscription by its random id alone, so that it holds
/// nothing personal. A link of one purpose does no other's work.
///
/// `version ‖ number of the key ‖ purpose ‖ subscription id (16) ‖ first 16 bytes of the HMAC-SHA-256 over all before`
package struct MailedLink<Purpose: RawRepresentable<UInt8>>: Sendable, Redacted {
    package let subscription: SubscriptionID
    package let text: String

    private static var version: UInt8 { 1 }

    /// As it arrives: see `LinkToken`. Nil when forged, truncated, of another purpose, or made with a key that this installation
    /// never had.
    package init?(_ text: some StringProtocol, keyring: Keyring) {
        guard let bytes = LinkToken.bytes(35, in: text), bytes[0] == Self.version,
            Purpose(rawValue: bytes[2]) != nil, let stamp = keyring.linkStamps[bytes[1]],
            let subscription = SubscriptionID(bytes: bytes[3..<19]),
            stamp.code(of: bytes[..<19]).prefix(16).equalsInConstantTime(bytes[19...])
        else { return nil }
        self.subscription = subscription
        self.text = bytes.base64URL
    }

    /// Each mail of a campaign has one: all of it is written into one array.
    init(_ subscription: SubscriptionID, for purpose: Purpose, keyring: Keyring) {
        guard let (number, stamp) = keyring.newestLink else { preconditionFailure("a keyring holds a link key") }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(35)
        bytes += [Self.version, number, purpose.rawValue]
        withUnsafeBytes(of: subscription.number.bigEndian) { bytes.append(contentsOf: $0) }
        stamp.mac(of: bytes).withUnsafeBytes { bytes.append(contentsOf: $0.prefix(16)) }
        self.subscription = subscription
        text = bytes.base64URL
    }
}

extension Data {
    /// Takes the same time wherever the two differ.
    func equalsInConstantTime(_ other: Data) -> Bool {
        count == other.count && zip(self, other).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
