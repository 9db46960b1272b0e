package import Foundation
package import Mail
package import Rendering

/// Something one can subscribe to.
package struct MailingList: Sendable, Equatable {
    package let id: Int64
    package let slug: Slug
    package var title: String
    package var description: String
    package var sender: Correspondent
    package let basis: LegalBasis
    /// For those who chose none.
    package var language: Language
    /// Whether the sign-up page offers it.
    package var isPublic: Bool
    /// Whether a person on it may say which company they are with. Nothing else can be asked for.
    package var asksCompany: Bool
    package let createdAt: Date
    package var closedAt: Date?
    /// How long those are kept who never leave.
    package var retention: RetentionRules
    /// What the terms were until a short while ago, where they were longer.
    package var former: FormerTerms?

    package init(
        id: Int64, slug: Slug, title: String, description: String, sender: Correspondent, basis: LegalBasis,
        language: Language, isPublic: Bool, asksCompany: Bool = false, createdAt: Date, closedAt: Date?,
        retention: RetentionRules = RetentionRules()
    ) {
        self.id = id
        self.slug = slug
        self.title = title
        self.description = description
        self.sender = sender
        self.basis = basis
        self.language = language
        self.isPublic = isPublic
        self.asksCompany = asksCompany
        self.createdAt = createdAt
        self.closedAt = closedAt
        self.retention = retention
    }
}

/// A list's short name in addresses and commands: 1 to 40 of `a-z`, `0-9` and inner hyphens. It is the label in `List-Id`,
/// so it never changes (RFC 2919 §3).
package struct Slug: Hashable, Sendable, CustomStringConvertible {
    package let text: String

    package init?(_ text: String) {
        let bytes = text.utf8
        guard (1...40).contains(bytes.count), bytes.first != UInt8(ascii: "-"), bytes.last != UInt8(ascii: "-") else {
            return nil
        }
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
                continue
            default: return nil
            }
        }
        self.text = text
    }

    package var description: String { text }

    /// As long as one can be.
    package static let longest = Slug(unchecked: String(repeating: "a", count: 40))

    private init(unchecked text: String) { self.text = text }
}

package protocol ListRecords {
    /// Every list, in the order of their making.
    func lists() throws -> [MailingList]
    func list(_ slug: Slug) throws -> MailingList?
    /// Gives the new list its id.
    func insert(_ list: MailingList) throws -> MailingList
    func update(_ list: MailingList) throws
    /// Without those who are held.
    func count(_ state: Subscription.State, on list: MailingList) throws -> Int
    func countHeld(on list: MailingList) throws -> Int
}
