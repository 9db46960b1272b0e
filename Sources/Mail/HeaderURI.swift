/// A URI that may stand between angle brackets in a List-* header (RFC 2369 §2): printable ASCII, no space, no bracket.
/// It does not describe itself, for it may hold a person's token.
package struct HeaderURI: Hashable, Sendable, Redacted {
    package let text: String

    /// Nil unless it is an `https:`, `http:` or `mailto:` URI of at most 900 octets, so that its line stays below 998.
    package init?(_ text: String) {
        let bytes = text.utf8
        guard bytes.count <= 900, Self.isClean(bytes) else { return nil }
        let isKnown = { (scheme: String) in bytes.starts(with: scheme.utf8) }
        guard isKnown("https://") || isKnown("http://") || isKnown("mailto:") else { return nil }
        self.text = text
    }

    private static func isClean(_ bytes: String.UTF8View) -> Bool {
        bytes.withContiguousStorageIfAvailable { $0.allSatisfy(mayStand) } ?? bytes.allSatisfy(mayStand)
    }

    private static func mayStand(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "\""), UInt8(ascii: ","), UInt8(ascii: "\\"): false
        default: (0x21...0x7E).contains(byte)
        }
    }
}

/// A mailing list's name for machines (RFC 2919 §2), stable for ever: `Phrase <label.namespace>`.
package struct ListID: Hashable, Sendable {
    package let phrase: HeaderText
    /// `label.namespace`, ASCII dot-atoms, at most 255 octets.
    package let identifier: String

    package init?(phrase: HeaderText, identifier: String) {
        guard identifier.utf8.count <= 255, identifier.utf8.allSatisfy({ $0 < 0x80 }), identifier.utf8[...].isDotAtom,
            identifier.utf8.contains(UInt8(ascii: "."))
        else { return nil }
        self.phrase = phrase
        self.identifier = identifier
    }
}

/// Google's Feedback-ID: up to three fields and the sender's, none of them about one person.
package struct FeedbackID: Hashable, Sendable {
    package let text: String

    /// Nil unless every field is ASCII without space and colon, no two are alike, and the sender has 5 to 15 characters.
    package init?(_ fields: [String], sender: String) {
        let all = fields + [sender]
        guard fields.count <= 3, (5...15).contains(sender.utf8.count), Set(all).count == all.count else { return nil }
        guard all.allSatisfy({ !$0.isEmpty && $0.utf8.count <= 64 && $0.utf8.allSatisfy(Self.isField) }) else {
            return nil
        }
        text = all.joined(separator: ":")
    }

    private static func isField(_ byte: UInt8) -> Bool { (0x21...0x7E).contains(byte) && byte != UInt8(ascii: ":") }
}

/// `<unique@domain>` (RFC 5322 §3.6.4), the same each time the same mail is sent.
package struct MessageID: Hashable, Sendable {
    package let unique: String
    package let domain: String

    /// `unique` is of ASCII letters, digits, dots and hyphens.
    package init(unique: String, domain: String) {
        precondition(unique.utf8[...].isDotAtom && unique.utf8.count <= 128, "the left side is a dot-atom")
        precondition(domain.utf8[...].isDotAtom && domain.utf8.count <= 255, "the right side is a domain")
        self.unique = unique
        self.domain = domain
    }

    /// With its angle brackets.
    package var wire: String { "<\(unique)@\(domain)>" }
}
