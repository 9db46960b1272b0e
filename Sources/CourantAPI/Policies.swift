package import Foundation

/// One version of the privacy policy.
package struct PolicyInfo: Codable, Sendable, Equatable {
    package var version: String
    /// `in-force`, `upcoming` or `earlier`
    package var state: String
    /// The day from which it counts, `2026-11-01`.
    package var effective: String
    package var isMaterial: Bool
    /// SHA-256 of its text, in hexadecimal.
    package var hash: String
    package var publishedAt: Date
    package var publishedBy: String
    /// The mail that tells everybody; absent where nobody was told.
    package var notice: CampaignInfo?

    package init(
        version: String, state: String, effective: String, isMaterial: Bool, hash: String, publishedAt: Date,
        publishedBy: String, notice: CampaignInfo?
    ) {
        self.version = version
        self.state = state
        self.effective = effective
        self.isMaterial = isMaterial
        self.hash = hash
        self.publishedAt = publishedAt
        self.publishedBy = publishedBy
        self.notice = notice
    }
}

/// `GET /api/v1/policies`: newest first.
package struct PoliciesInfo: Codable, Sendable, Equatable {
    package var policies: [PolicyInfo]
    /// Different addresses that a notice would reach now.
    package var readers: Int

    package init(policies: [PolicyInfo], readers: Int) {
        self.policies = policies
        self.readers = readers
    }
}

/// `POST /api/v1/policies`
package struct PublishPolicy: Codable, Sendable, Equatable {
    /// Front matter with the `version`, and Markdown.
    package var source: String
    /// Where the source names none.
    package var effective: String?
    package var isMaterial: Bool?

    package init(source: String, effective: String? = nil, isMaterial: Bool? = nil) {
        self.source = source
        self.effective = effective
        self.isMaterial = isMaterial
    }
}

/// `POST /api/v1/policies/{version}/notify`
package struct NotifyPolicy: Codable, Sendable, Equatable {
    /// Refused where it would reach others than so many.
    package var expectReaders: Int?
    package init(expectReaders: Int? = nil) { self.expectReaders = expectReaders }
}
