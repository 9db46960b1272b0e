package import Foundation
package import Mail

extension Subscriptions {
    private static let purpose = Data("address in a page's own address".utf8)

    /// An address that a page can carry in its own, so that its visitor sees where a mail goes: nobody but us reads it there,
    /// and nothing is kept for it.
    package func veil(_ address: EmailAddress) -> String {
        (try? keyring.seal(Data(address.wire.utf8), for: Self.purpose).bytes.base64URL) ?? ""
    }

    /// Tells one press of a form's button from another by the captcha's answer and the words that came with it, and keeps
    /// nothing of either. Nil without an answer.
    package func mark(_ captcha: String, _ words: [String]) -> Data? {
        captcha.isEmpty ? nil : keyring.indexStamp.code(of: Data("press \([captcha] + words)".utf8))
    }

    /// Nil for anything but what `veil` made under a key that is still there.
    package func unveil(_ text: String) -> EmailAddress? {
        guard (1...600).contains(text.utf8.count), let bytes = Data(base64URL: text),
            let wire = try? keyring.open(Sealed(bytes: bytes), of: Self.purpose)
        else { return nil }
        return EmailAddress(stored: String(decoding: wire, as: UTF8.self))
    }
}
