import Crypto
import Foundation

/// One sign-up's name to the page that it was made on: 128 random bits. Every sign-up gets one, also where nothing was
/// written, so that it says nothing; with the mail's code it confirms. The store keeps its hash beside the token.
package struct SignUpRequest: Sendable, Equatable {
    fileprivate let bytes: Data

    package static func random() -> SignUpRequest {
        SignUpRequest(bytes: SubscriptionID.random().bytes)
    }

    private init(bytes: Data) {
        self.bytes = bytes
    }

    /// Nil unless `text` is its only spelling: 22 characters of base64url.
    package init?(_ text: String) {
        guard let bytes = Data(base64URL: text), bytes.count == 16 else { return nil }
        self.bytes = bytes
    }

    package var text: String { bytes.base64URL }

    var hash: Data { Data(SHA256.hash(data: bytes)) }
}

/// What the confirm mail carries beside its link, for who is still on the page: 40 bits in Crockford's base 32, as
/// `K7PD-3QXM`. It is made of the sign-up's name by a key, so that it is stored nowhere, and a wrong one is told from the
/// right one without asking the store: the answer takes as long whether there was a mail or not.
package struct ConfirmCode: Sendable, Equatable {
    private let number: UInt64

    private static let letters = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)

    fileprivate init(number: UInt64) {
        self.number = number
    }

    /// As somebody types or pastes it: small letters, spaces and hyphens of any kind, O for 0, I and L for 1.
    package init?(typed text: String) {
        guard text.utf8.count <= 64 else { return nil }
        var number: UInt64 = 0
        var count = 0
        for scalar in text.unicodeScalars where !Self.isFiller(scalar) {
            guard let value = Self.value(scalar), count < 8 else { return nil }
            number = number << 5 | value
            count += 1
        }
        guard count == 8 else { return nil }
        self.number = number
    }

    package var text: String {
        let digits = (0..<8).map { Self.letters[Int(number >> (35 - 5 * $0) & 31)] }
        return String(decoding: digits[..<4] + [UInt8(ascii: "-")] + digits[4...], as: UTF8.self)
    }

    private static func isFiller(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .spaceSeparator, .dashPunctuation, .control, .format: true
        default: scalar == "\u{2212}"
        }
    }

    private static func value(_ scalar: Unicode.Scalar) -> UInt64? {
        guard var letter = UInt8(exactly: scalar.value) else { return nil }
        if (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(letter) { letter -= 0x20 }
        switch letter {
        case UInt8(ascii: "O"): letter = UInt8(ascii: "0")
        case UInt8(ascii: "I"), UInt8(ascii: "L"): letter = UInt8(ascii: "1")
        default: break
        }
        return letters.firstIndex(of: letter).map { UInt64($0) }
    }
}

extension Keyring {
    package func code(for request: SignUpRequest) -> ConfirmCode {
        let mac = codeStamp.code(of: request.bytes)
        return ConfirmCode(number: mac.prefix(5).reduce(0) { $0 << 8 | UInt64($1) })
    }
}
