/// What a report says of a mailbox, the mildest first: where one says several things, the mildest counts.
package enum ReportClass: String, Sendable, CaseIterable, Comparable {
    /// An automatic answer, or nothing that can be read.
    case auto
    /// Somebody wrote to the address that ends their subscription.
    case leave
    /// Not given up yet.
    case delayed
    /// About us: reputation, authentication, content, size, protocol.
    case ours
    /// The recipient's own rule, such as a list of those who may write to them.
    case refused
    /// No room in the mailbox.
    case full
    /// Tried for days, or unreachable.
    case soft
    /// Switched off, suspended, inactive.
    case disabled
    /// Said to be gone, by words or by a doubtful code.
    case strike
    /// No such mailbox, domain or account, said by a code that no word contradicts.
    case dead
    /// The spam button.
    case complaint

    package static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }

    private var rank: Int { Self.ranks[self] ?? 0 }
    private static let ranks = Dictionary(uniqueKeysWithValues: allCases.enumerated().map { ($1, $0) })
}
