import Foundation

/// The part of an envelope sender that says whose mail bounced: `number of the key ‖ subscription id (16) ‖ first 10 bytes of
/// the HMAC-SHA-256`, in base32 without padding (RFC 4648 §6), lower case, as some mail servers fold case. 44 characters:
/// with `bounce+` it stays within the 64 octets of a local part (RFC 5321 §4.5.3.1.1).
package struct BounceTag: Sendable {
    package let subscription: SubscriptionID
    package let text: String

    package init(_ subscription: SubscriptionID, keyring: Keyring) {
        guard let (number, stamp) = keyring.newestLink else { preconditionFailure("a keyring holds a link key") }
        let named = Data([number]) + subscription.bytes
        self.subscription = subscription
        text = Self.base32(named + Self.code(named, stamp))
    }

    /// Nil when forged, damaged or of another installation.
    package init?(_ text: some StringProtocol, keyring: Keyring) {
        guard let bytes = Self.bytes(base32: text.lowercased()), bytes.count == 27,
            let stamp = keyring.linkStamps[bytes[0]],
            let subscription = SubscriptionID(bytes: bytes[1..<17]),
            Self.code(bytes.prefix(17), stamp).equalsInConstantTime(Data(bytes[17...]))
        else { return nil }
        self.subscription = subscription
        self.text = text.lowercased()
    }

    private static func code(_ named: Data, _ stamp: HMACKey) -> Data {
        stamp.code(of: Data("bounce".utf8) + named).prefix(10)
    }

    private static let digits = Array("abcdefghijklmnopqrstuvwxyz234567".utf8)

    private static func base32(_ bytes: Data) -> String {
        var (output, bits, pending) = ([UInt8](), UInt32(0), 0)
        for byte in bytes {
            bits = bits << 8 | UInt32(byte)
            pending += 8
            while pending >= 5 {
                pending -= 5
                output.append(digits[Int(bits >> pending & 31)])
            }
        }
        if pending > 0 { output.append(digits[Int(bits << (5 - pending) & 31)]) }
        return String(decoding: output, as: UTF8.self)
    }

    private static func bytes(base32 text: String) -> Data? {
        var (output, bits, pending) = (Data(), UInt32(0), 0)
        guard text.utf8.count == 44 else { return nil }
        for byte in text.utf8 {
            guard let digit = digits.firstIndex(of: byte) else { return nil }
            bits = (bits << 5 | UInt32(digit)) & 0xFFFF
            pending += 5
            if pending >= 8 {
                pending -= 8
                output.append(UInt8(bits >> pending & 0xFF))
            }
        }
        return output
    }
}
