package import Foundation

/// `POST /api/v1/imports` and `GET /api/v1/imports/{id}`: numbers of lines, and never whose.
package struct ImportInfo: Codable, Sendable, Equatable {
    /// Absent for a rehearsal.
    package var id: String?
    package var list: String
    /// The list's: of basis `consent` those who are new are asked by mail, of basis `legitimate-interest` they are told.
    package var basis: String
    /// `rehearsed`, `reading` (parts of it are still to come), `proposed` (a second person has to agree), `accepted` (being put
    /// on the list) or `done`
    package var state: String
    /// Good lines, each address once.
    package var rows: Int
    package var duplicates: Int
    /// New to the list; nobody is active on it before they have been asked, or told.
    package var imported: Int
    /// On the list already.
    package var known: Int
    /// Of these, who have been asked, or are to be told, and are not written to yet; absent where it was not looked at.
    package var pending: Int?
    /// Asked never to be written to.
    package var blocked: Int
    /// When the same file was taken before: nothing of it is imported again, and the numbers are those of now.
    package var takenAt: Date?
    /// Bad lines, of which nothing is imported.
    package var invalid: Int
    /// The first of them.
    package var problems: [FieldError]
    /// Of a file that comes in parts: how many have come.
    package var parts: Int?
    /// Where the consent was given elsewhere.
    package var evidence: String?
    /// Who may agree, while it is `proposed`.
    package var approvers: [String]?

    package init(
        id: String?, list: String, basis: String, state: String, rows: Int, duplicates: Int, imported: Int, known: Int,
        blocked: Int, pending: Int? = nil, takenAt: Date? = nil, invalid: Int = 0, problems: [FieldError] = []
    ) {
        self.pending = pending
        self.takenAt = takenAt
        self.id = id
        self.list = list
        self.basis = basis
        self.state = state
        self.rows = rows
        self.duplicates = duplicates
        self.imported = imported
        self.known = known
        self.blocked = blocked
        self.invalid = invalid
        self.problems = problems
    }

    package var isOver: Bool { state != "accepted" }
}
