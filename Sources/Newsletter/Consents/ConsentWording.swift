import Crypto
package import Foundation
package import Rendering
import Synchronization

/// A sentence that people agree to, as it was shown. A consent names it by its hash; the sentence itself stands here, once,
/// for as long as anybody may ask what was agreed to. It says nothing about a person, so that it stays when people go.
package struct ConsentWording: Sendable, Equatable {
    /// SHA-256 of the sentence in UTF-8, in hexadecimal.
    package let hash: String
    package let text: String
    package let language: Language
    /// When it was first shown.
    package let since: Date

    package init(_ text: String, language: Language, since: Date) {
        self.init(hash: Self.hash(of: text), text: text, language: language, since: since)
    }

    package init(hash: String, text: String, language: Language, since: Date) {
        self.hash = hash
        self.text = text
        self.language = language
        self.since = since
    }

    static func hash(of text: String) -> String { Data(SHA256.hash(data: Data(text.utf8))).hex }
}

package protocol ConsentWordingRecords {
    /// Where it stands already, it stays as it is.
    func insert(_ wording: ConsentWording) throws
    func consentWording(_ hash: String) throws -> ConsentWording?

    /// Where it stands already, it stays as it is.
    func insert(_ evidence: ConsentEvidence) throws
    func consentEvidence(_ hash: String) throws -> ConsentEvidence?
    /// On which nobody's consent rests any more.
    func deleteUnusedEvidence() throws
    func hasUnusedEvidence() throws -> Bool
    /// How many consents were given elsewhere.
    func countConsentsElsewhere() throws -> Int
}

/// The sentences that this process knows to be stored, so that a sign-up need not ask. There are as many as languages.
package final class KnownWordings: Sendable {
    private let wordings = Mutex<[String: ConsentWording]>([:])

    package init() {}

    func isKnown(_ wording: ConsentWording) -> Bool { wordings.withLock { $0[wording.hash] != nil } }

    /// After the commit that stored it, or later.
    func note(_ wording: ConsentWording) { wordings.withLock { $0[wording.hash] = wording } }

    /// Nil where the store does not have it either: it was agreed to before sentences were kept.
    func wording(_ hash: String, _ tx: any Transaction) throws -> ConsentWording? {
        if let known = wordings.withLock({ $0[hash] }) { return known }
        return try tx.consentWording(hash)
    }
}
