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
    func signed(by keyring: Keyring) throws -> String { try keyring.signed(statement) }

    /// Whether these lines were signed here.
    package static func isGenuine(_ receipt: String, keyring: Keyring) -> Bool { keyring.hasSigned(receipt) }

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
