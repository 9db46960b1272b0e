package import Foundation

/// What a consent rests on that was given elsewhere, in the words of whoever brought it: where, when the form was in use, and
/// the wording or where that is kept. A subscription names it by its hash, by which it is told from a consent that was
/// given here for as long as the subscription lives.
package struct ConsentEvidence: Sendable, Equatable {
    /// SHA-256 of the text in UTF-8, in hexadecimal.
    package let hash: String
    package let text: String
    /// When it came here.
    package let since: Date

    package init(_ text: String, since: Date) {
        self.hash = ConsentWording.hash(of: text)
        self.text = text
        self.since = since
    }

    package static let longest = 1_000
}

/// Consent that the people of a file gave before the file came here.
package struct ConsentElsewhere: Sendable, Equatable {
    /// As its owners will read it.
    package let evidence: String
    /// Of lines that name no day.
    package let day: Date?

    package init(evidence: String, day: Date? = nil) {
        self.evidence = evidence
        self.day = day
    }
}

extension Transaction {
    func evidence(of consent: Consent?) throws -> ConsentEvidence? {
        try consent?.evidence.flatMap { try consentEvidence($0) }
    }
}
