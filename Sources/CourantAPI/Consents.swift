package import Foundation

/// A sentence that people agree to.
package struct WordingInfo: Codable, Sendable, Equatable {
    /// SHA-256 of the sentence in UTF-8, in hexadecimal.
    package var hash: String
    /// Absent where it was agreed to before sentences were kept.
    package var text: String?
    package var language: String?

    package init(hash: String, text: String? = nil, language: String? = nil) {
        self.hash = hash
        self.text = text
        self.language = language
    }
}

/// What one subscription rests on.
package struct ConsentInfo: Codable, Sendable, Equatable {
    package var subscription: String
    package var list: String
    /// `pending`, `active` or `restricted`
    package var state: String
    /// `consent` or `legitimate-interest`
    package var basis: String
    /// `form`, or what an import said.
    package var source: String
    /// When somebody signed up, or an import asked; absent where nobody was asked.
    package var askedAt: Date?
    package var confirmedAt: Date?
    package var policy: String?
    package var wording: WordingInfo?
    /// Present where it was given elsewhere: where, and in which words or where those are kept.
    package var evidence: String?

    package init(
        subscription: String, list: String, state: String, basis: String, source: String, askedAt: Date? = nil,
        confirmedAt: Date? = nil, policy: String? = nil, wording: WordingInfo? = nil, evidence: String? = nil
    ) {
        self.evidence = evidence
        self.subscription = subscription
        self.list = list
        self.state = state
        self.basis = basis
        self.source = source
        self.askedAt = askedAt
        self.confirmedAt = confirmedAt
        self.policy = policy
        self.wording = wording
    }
}

/// `POST /api/v1/consents/show`
package struct ConsentsInfo: Codable, Sendable, Equatable {
    package var consents: [ConsentInfo]
    package init(consents: [ConsentInfo]) { self.consents = consents }
}

/// `POST /api/v1/consents/verify`: a mail that holds a receipt, or the receipt alone.
package struct PresentedReceipt: Codable, Sendable, Equatable {
    package var receipt: String
    package init(receipt: String) { self.receipt = receipt }
}

/// Whether it was signed here, and then what it says.
package struct ReceiptInfo: Codable, Sendable, Equatable {
    package var isGenuine: Bool
    package var list: String?
    /// Absent where that list is no more.
    package var title: String?
    package var askedAt: Date?
    package var confirmedAt: Date?
    package var policy: String?
    package var wording: WordingInfo?

    package init(
        isGenuine: Bool, list: String? = nil, title: String? = nil, askedAt: Date? = nil, confirmedAt: Date? = nil,
        policy: String? = nil, wording: WordingInfo? = nil
    ) {
        self.isGenuine = isGenuine
        self.list = list
        self.title = title
        self.askedAt = askedAt
        self.confirmedAt = confirmedAt
        self.policy = policy
        self.wording = wording
    }
}
