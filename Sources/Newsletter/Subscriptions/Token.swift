import Crypto
package import Foundation
import Mail

/// The secret in a confirm or privacy link: 256 random bits, known to the mail alone. The store keeps its hash.
package struct Token: Sendable, Redacted {
    package enum Purpose: String, Sendable {
        case confirm
        case privacy
    }

    private let bytes: Data

    package static func random() -> Token {
        Token(bytes: SymmetricKey(size: .bits256).withUnsafeBytes { Data($0) })
    }

    private init(bytes: Data) {
        self.bytes = bytes
    }

    /// As it arrives in a link: see `LinkToken`. Its own spelling is 43 characters of base64url (RFC 4648 §5).
    package init?(_ text: some StringProtocol) {
        guard let bytes = LinkToken.bytes(32, in: text) else { return nil }
        self.bytes = bytes
    }

    package var text: String { bytes.base64URL }

    /// SHA-256: with 256 random bits inside, nothing slower is needed.
    package var hash: Data { Data(SHA256.hash(data: bytes)) }
}

extension ContiguousBytes {
    /// Base64 for URLs, without padding (RFC 4648 §5).
    package var base64URL: String {
        withUnsafeBytes { bytes in
            String(unsafeUninitializedCapacity: (bytes.count * 4 + 2) / 3) { text in
                var (bits, pending, length) = (UInt32(0), 0, 0)
                func append(_ sextet: UInt32) {
                    text[length] = base64URLDigits.utf8Start[Int(sextet & 0x3F)]
                    length += 1
                }
                for byte in bytes {
                    bits = bits << 8 | UInt32(byte)
                    pending += 8
                    while pending >= 6 {
                        pending -= 6
                        append(bits >> pending)
                    }
                }
                if pending > 0 { append(bits << (6 - pending)) }
                return length
            }
        }
    }
}

extension Data {
    /// Nil for anything but the one spelling that `base64URL` writes.
    package init?(base64URL text: some StringProtocol) {
        guard text.utf8.count <= 128 else { return nil }
        var plain = text.utf8.map { byte in
            switch byte {
            case UInt8(ascii: "-"): UInt8(ascii: "+")
            case UInt8(ascii: "_"): UInt8(ascii: "/")
            default: byte
            }
        }
        plain += Array(repeating: UInt8(ascii: "="), count: (4 - plain.count % 4) % 4)
        guard let bytes = Data(base64Encoded: Data(plain)), bytes.base64URL.utf8.elementsEqual(text.utf8) else {
            return nil
        }
        self = bytes
    }
}

private let base64URLDigits: StaticString = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
