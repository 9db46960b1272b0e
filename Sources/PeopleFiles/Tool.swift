/// The program that a file comes from.
package enum Tool: String, CaseIterable, Sendable {
    case mailchimp, brevo, hubspot, listmonk, keila, mailman, sendy, ghost, buttondown, courant, csv

    /// By columns that no other tool has; `csv` where there are none.
    init(columns names: [String]) {
        let names = Set(names.map(Column.plain))
        self = Self.signatures.first { $0.marks.allSatisfy { !names.isDisjoint(with: $0) } }?.tool ?? .csv
    }

    /// One of each set must be there.
    private static let signatures: [(tool: Tool, marks: [Set<String>])] = [
        (.courant, [["email"], ["basis"], ["confirmed at"], ["evidence"]]),
        (.mailchimp, [["email address"], ["optin time", "leid", "euid", "member rating"]]),
        (.listmonk, [["uuid"], ["email"], ["attributes", "status"]]),
        (.ghost, [["email"], ["subscribed to emails"]]),
        (.buttondown, [["email", "email address"], ["creation date"], ["subscriber type", "type", "referrer url"]]),
        (
            .hubspot,
            [
                ["email"], ["record id", "contact id", "unsubscribed from all email"],
                ["lifecycle stage", "first name", "unsubscribed from all email"],
            ]
        ),
        (.brevo, [["email"], ["added time", "modified time", "double opt in", "contact id", "ext id"]]),
        (.keila, [["email"], ["first name"], ["last name"], ["data", "external id"]]),
        (.mailman, [["subscribed addresses"]]),
    ]

    /// What the tool means by a column that may mean something else elsewhere.
    func column(_ name: String) -> Column? {
        let plain = Column.plain(name)
        switch (self, plain) {
        case (.courant, _): return Column(rawValue: name.trimmedFile.lowercased())
        // There `source` is how somebody found the form, and `type` how they stand.
        case (.buttondown, "type"): return .standing
        // When somebody was added is when they confirmed, where they had to.
        case (.brevo, "added time"): return .confirmedAt
        case (_, "source"), (_, "state"), (_, "class"), (_, "policy"), (_, "basis"):
            return self == .csv ? Column(named: name) : nil
        case (.mailchimp, "last changed"), (.listmonk, "created at"): return nil
        default: return Column(named: name)
        }
    }

    /// How all of a file stand, where the tool keeps a file for each: by what it calls them.
    func standing(ofFileNamed name: String) -> Standing? {
        let name = name.lowercased()
        guard self == .mailchimp || self == .sendy || self == .csv || self == .buttondown else { return nil }
        if name.hasPrefix("unsubscribed") || name.hasPrefix("unsubscribers") { return .left }
        if name.hasPrefix("complaint") || name.hasPrefix("complained") { return .left }
        if name.hasPrefix("cleaned") || name.hasPrefix("bounced") { return .dead }
        return name.hasPrefix("nonsubscribed") || name.hasPrefix("unconfirmed") ? .pending : nil
    }
}
