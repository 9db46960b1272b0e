import Foundation

/// The part of an address that says whose mail it is about, and of which campaign: of the envelope's sender, to which bounces
/// come (VERP), and of the address by which somebody leaves. Signed, so that nobody can forge a bounce:
/// `number of the key ‖ subscription id (16) ‖ campaign (4) ‖ first 10 bytes of the HMAC-SHA-256`, in base32 without padding
/// (RFC 4648 §6), lower case, as some mail servers fold case. What it is for goes into the code alone: the address that
/// bounces come to ends nobody's subscription. 50 characters: with `bounce+` it stays within the 64 octets of a local part
/// (RFC 5321 §4.5.3.1.1). Mails of older versions have 44, without a campaign.
package struct BounceTag: Sendable {
    package enum Purpose: String, Sendable, CaseIterable {
        case report, leave
        /// Of a mail that the operator has sent to see what becomes of it: nobody's.
        case probe
    }

    package let subscription: SubscriptionID
    /// Nil: of no campaign, or of an older version's mail.
    package let campaign: Int64?
    package let purpose: Purpose
    package let text: String

    private static let lengths: [Int: Int] = [50: 31, 44: 27]
    private static let codeLength = 10

    package init(
        _ subscription: SubscriptionID, campaign: Int64? = nil, for purpose: Purpose = .report, keyring: Keyring
    ) {
        guard let (number, stamp) = keyring.newestLink else { preconditionFailure("a keyring holds a link key") }
        let place = campaign.flatMap { UInt32(exactly: $0) } ?? 0
        let named = Data([number]) + subscription.bytes + withUnsafeBytes(of: place.bigEndian) { Data($0) }
        self.subscription = subscription
        self.campaign = place == 0 ? nil : Int64(place)
        self.purpose = purpose
        text = Self.base32(named + Self.code(named, stamp, purpose))
    }

    /// Nil when forged, damaged or of another installation.
    package init?(_ text: some StringProtocol, keyring: Keyring) {
        let text = text.lowercased()
        guard let length = Self.lengths[text.utf8.count], let bytes = Self.bytes(base32: text), bytes.count == length,
            let stamp = keyring.linkStamps[bytes[0]], let subscription = SubscriptionID(bytes: bytes[1..<17])
        else { return nil }
        let (named, code) = (bytes.dropLast(Self.codeLength), bytes.suffix(Self.codeLength))
        let purpose = Purpose.allCases.first { Self.code(named, stamp, $0).equalsInConstantTime(Data(code)) }
        guard let purpose else { return nil }
        self.subscription = subscription
        self.purpose = purpose
        let place = named.dropFirst(17).reduce(Int64(0)) { $0 << 8 | Int64($1) }
        campaign = place == 0 ? nil : place
        self.text = text
    }

    /// The first in a text, however it is wrapped: gateways write `prvs=190694bd6d=bounce+TAG@` and `SRS0=…=bounce+TAG@`.
    package static func find(in text: String, keyring: Keyring) -> BounceTag? {
        text.utf8.prefix(longestText).split { !isLetterOrDigit($0) }.lazy
            .filter { lengths[$0.count] != nil }
            .compactMap { BounceTag(String(decoding: $0, as: UTF8.self), keyring: keyring) }.first
    }

    private static let longestText = 2000

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20)
    }

    /// Older tags are reports' alone.
    private static func code(_ named: Data, _ stamp: HMACKey, _ purpose: Purpose) -> Data {
        guard named.count > 17 else {
            return purpose == .report ? stamp.code(of: Data("bounce".utf8) + named).prefix(codeLength) : Data()
        }
        return stamp.code(of: Data("bounce \(purpose.rawValue) ".utf8) + named).prefix(codeLength)
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
