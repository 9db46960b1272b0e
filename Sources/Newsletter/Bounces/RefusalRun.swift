/// Refusals of one kind, one behind the other, with nothing accepted between: a relay that is wrongly set up, or one that
/// answers everybody alike, is known by them long before any share of the whole says much.
package struct RefusalRun: Sendable, Equatable {
    /// So many in a row stop a campaign.
    package static let longest = 20

    /// `ours`, whatever the status; else the status itself.
    package var kind: String
    package var count: Int

    package init(kind: String = "", count: Int = 0) {
        self.kind = kind
        self.count = count
    }

    package mutating func noteAcceptance() { self = RefusalRun() }

    package mutating func note(_ cause: RefusalCause, status: String) {
        let kind = cause == .ours ? cause.rawValue : status
        self = RefusalRun(kind: kind, count: kind == self.kind ? count + 1 : 1)
    }

    var isTooLong: Bool { count >= Self.longest }
}
