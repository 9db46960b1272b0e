import Crypto
package import Foundation

/// The proof of consent that its giver keeps. Courant holds no evidence once a subscription is erased, but recognises a
/// receipt that a person presents: it is signed (Ed25519, RFC 8032) over exactly the lines above the signature.
package struct Receipt: Sendable, Equatable {
    package let list: String
    package let askedAt: Date
    package let confirmedAt: Date
    /// SHA-256 of the sentence that was agreed to.
    package let text: String
    package let policy: String

    init(_ subscription: Subscription, confirmedAt: Date) {
        list = subscription.list.slug.text
        askedAt = subscription.consent?.askedAt ?? confirmedAt
        self.confirmedAt = confirmedAt
        text = subscription.consent?.text ?? "-"
        policy = subscription.consent?.policy ?? "-"
    }

    /// Seven lines of ASCII.
    func signed(by keyring: Keyring) throws -> String {
        let signature = try keyring.receipts.signature(for: Data(statement.utf8))
        return statement + "Signature: \(Data(signature).base64URL)"
    }

    /// Whether these lines were signed here; white space around lines, as mail programs add it, does not matter.
    package static func isGenuine(_ receipt: String, keyring: Keyring) -> Bool {
        let lines = receipt.utf8.split(whereSeparator: { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") })
            .map { String(decoding: $0, as: UTF8.self).trimmingCharacters(in: .whitespaces) }
            .filter { !$0.isEmpty }
        guard let last = lines.last, last.hasPrefix("Signature: "),
            let signature = Data(base64URL: last.dropFirst("Signature: ".count))
        else { return false }
        let statement = lines.dropLast().map { $0 + "\n" }.joined()
        return keyring.receipts.publicKey.isValidSignature(signature, for: Data(statement.utf8))
    }

    private var statement: String {
        """
        Courant consent receipt, version 1
        List: \(list)
        Asked: \(askedAt.formatted(.iso8601))
        Confirmed: \(confirmedAt.formatted(.iso8601))
        Text: \(text)
        Policy: \(policy)

        """
    }
}
