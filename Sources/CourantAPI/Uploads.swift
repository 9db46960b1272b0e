/// `POST /api/v1/uploads`: a file of people that comes in parts. Asked again with the same key, it is the same upload.
package struct UploadOrder: Codable, Sendable, Equatable {
    package var list: String
    /// The list's own; `consent` where it was given elsewhere.
    package var basis: String
    package var source: String
    /// `subscriber` where absent
    package var `class`: String?
    /// They have consented elsewhere: needs `evidence`.
    package var confirmed: Bool?
    /// Where, and to which wording or where that is kept; they will read it.
    package var evidence: String?
    /// `2026-03-01`, for lines that name no day of their own.
    package var confirmedAt: String?
    /// Bad lines are left out, instead of all of it.
    package var skipBad: Bool?

    package init(
        list: String, basis: String, source: String, class: String? = nil, confirmed: Bool? = nil,
        evidence: String? = nil, confirmedAt: String? = nil, skipBad: Bool? = nil
    ) {
        self.list = list
        self.basis = basis
        self.source = source
        self.class = `class`
        self.confirmed = confirmed
        self.evidence = evidence
        self.confirmedAt = confirmedAt
        self.skipBad = skipBad
    }
}

/// `PUT /api/v1/uploads/{id}/parts/{part}`: numbers of lines, and what is against the bad ones.
package struct PartInfo: Codable, Sendable, Equatable {
    package var rows: Int
    package var duplicates: Int
    package var problems: [FieldError]

    package init(rows: Int, duplicates: Int, problems: [FieldError]) {
        self.rows = rows
        self.duplicates = duplicates
        self.problems = problems
    }
}

/// `POST /api/v1/uploads/{id}/accept` and `/approve`: as many people as whoever says so knows of.
package struct AcceptUpload: Codable, Sendable, Equatable {
    package var expectRows: Int?
    package init(expectRows: Int? = nil) { self.expectRows = expectRows }
}
