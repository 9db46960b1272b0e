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
    /// With `confirmed`: each is told once that the list has moved here, and how to leave.
    package var announce: Bool?

    package init(
        list: String, basis: String, source: String, class: String? = nil, confirmed: Bool? = nil,
        evidence: String? = nil, confirmedAt: String? = nil, skipBad: Bool? = nil,
        announce: Bool? = nil
    ) {
        self.announce = announce
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

/// `POST /api/v1/blocks`: a file of people who are never to be written to again, in parts like an upload.
package struct BlockOrderInfo: Codable, Sendable, Equatable {
    /// Absent: for every list.
    package var list: String?
    package var source: String
    package var skipBad: Bool?

    package init(list: String?, source: String, skipBad: Bool? = nil) {
        self.list = list
        self.source = source
        self.skipBad = skipBad
    }
}

/// Numbers of lines, and never whose.
package struct BlockInfo: Codable, Sendable, Equatable {
    package var id: String
    package var list: String?
    /// `reading`, `accepted` (being taken over) or `done`
    package var state: String
    package var parts: Int
    package var rows: Int
    package var duplicates: Int
    package var invalid: Int
    /// Had that wish already.
    package var known: Int
    /// Have it from now on; before it is accepted: would have it.
    package var blocked: Int
    /// Subscriptions that go, or have gone.
    package var leaving: Int
    /// On the list, or on all, before it is accepted.
    package var population: Int?
    /// So many of them leave that it has to be said once more.
    package var isMany: Bool?

    package init(
        id: String, list: String?, state: String, parts: Int, rows: Int, duplicates: Int, invalid: Int, known: Int,
        blocked: Int, leaving: Int, population: Int? = nil, isMany: Bool? = nil
    ) {
        self.id = id
        self.list = list
        self.state = state
        self.parts = parts
        self.rows = rows
        self.duplicates = duplicates
        self.invalid = invalid
        self.known = known
        self.blocked = blocked
        self.leaving = leaving
        self.population = population
        self.isMany = isMany
    }
}

/// `POST /api/v1/blocks/{id}/accept`
package struct AcceptBlock: Codable, Sendable, Equatable {
    package var expectRows: Int
    /// Needed where many leave.
    package var expectLeaving: Int?

    package init(expectRows: Int, expectLeaving: Int? = nil) {
        self.expectRows = expectRows
        self.expectLeaving = expectLeaving
    }
}
