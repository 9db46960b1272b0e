/// One line of `POST /api/v1/lists/{slug}/export`: somebody who moves, with what their consent rests on. Times are RFC 3339 to
/// the millisecond, as strings, so that none is lost.
package struct LeaverInfo: Codable, Sendable, Equatable {
    package var email: String
    package var name: String?
    package var company: String?
    package var language: String
    /// `active`, `restricted`, or `pending`: not told yet that they are on the list
    package var state: String
    package var `class`: String
    package var basis: String
    package var source: String
    package var askedAt: String?
    package var confirmedAt: String?
    package var wording: String?
    package var policy: String?
    package var evidence: String?
    /// From when the term is counted.
    package var lastContact: String

    package init(
        email: String, name: String?, company: String? = nil, language: String, state: String, class: String,
        basis: String,
        source: String, askedAt: String?, confirmedAt: String?, wording: String?, policy: String?, evidence: String?,
        lastContact: String
    ) {
        self.email = email
        self.name = name
        self.company = company
        self.language = language
        self.state = state
        self.class = `class`
        self.basis = basis
        self.source = source
        self.askedAt = askedAt
        self.confirmedAt = confirmedAt
        self.wording = wording
        self.policy = policy
        self.evidence = evidence
        self.lastContact = lastContact
    }
}

/// The first line, and the last: without that one somebody is missing.
package struct LeaversMark: Codable, Sendable, Equatable {
    /// `begin` or `end`
    package var mark: String
    /// How many there were at the beginning; how many came, at the end.
    package var people: Int

    package init(mark: String, people: Int) {
        self.mark = mark
        self.people = people
    }
}
