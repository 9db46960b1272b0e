/// `application/problem+json` (RFC 9457): how every error of the HTTP API looks.
package struct Problem: Codable, Sendable, Equatable {
    /// `/problems/WORD`, the word being stable for scripts: `validation`, `not-found`, `not-signed-in`, `not-allowed`,
    /// `conflict`, `recipients-changed`, `digest-changed`, `lint`, `unavailable` …
    package var type: String
    package var title: String
    package var status: Int
    /// What to do about it. Never holds personal data.
    package var detail: String?
    /// Where a field is to blame.
    package var errors: [FieldError]?
    /// Where a campaign file is to blame.
    package var findings: [FindingInfo]?

    package init(
        type: String, title: String, status: Int, detail: String? = nil, errors: [FieldError]? = nil,
        findings: [FindingInfo]? = nil
    ) {
        self.type = "/problems/\(type)"
        self.title = title
        self.status = status
        self.detail = detail
        self.errors = errors
        self.findings = findings
    }

    /// The stable word.
    package var word: String { String(type.split(separator: "/").last ?? "internal") }
}

package struct FieldError: Codable, Sendable, Equatable {
    package var field: String
    package var message: String
    package init(field: String, message: String) {
        self.field = field
        self.message = message
    }
}
