package import Foundation
package import Reports

/// What was said against a mailbox, campaign by campaign, and not contradicted since. A day's trouble is no reason to let
/// anybody go: how often it must be said, and over how long, depends on what is said.
package struct Strikes: Sendable, Equatable {
    /// The mildest of what was said.
    package let kind: ReportClass
    package let count: Int
    package let first: Date
    package let last: Date
    package let campaign: Int64?

    /// A campaign that ended so long ago, and of which nothing came back, has arrived.
    static let timeToReturn: Duration = .days(7)

    package init(kind: ReportClass, count: Int, first: Date, last: Date, campaign: Int64?) {
        self.kind = kind
        self.count = count
        self.first = first
        self.last = last
        self.campaign = campaign
    }

    /// One more; `before`: nil where none was in a row with it.
    init(_ before: Strikes?, _ verdict: ReportClass, of campaign: Int64, at now: Date) {
        let known = before.flatMap { $0.count > 0 ? $0 : nil }
        kind = known.map { min($0.kind, verdict) } ?? verdict
        count = (known?.count ?? 0) + 1
        first = known?.first ?? now
        last = now
        self.campaign = campaign
    }

    /// The mailbox is as good as dead.
    var isOut: Bool {
        let (most, span) = rule
        return count >= most && first + span <= last
    }

    private var rule: (Int, Duration) {
        switch kind {
        case .strike, .dead: (2, .days(3))
        case .disabled: (3, .days(30))
        case .full: (5, .days(60))
        default: (5, .days(30))
        }
    }
}

/// What came back of a campaign, so and so often: no person's.
package struct ReturnedCount: Sendable, Equatable {
    /// A `ReportClass`, or `gone`: about somebody who had left already.
    package let `class`: String
    package let status: String
    package let count: Int

    package init(class: String, status: String, count: Int) {
        self.class = `class`
        self.status = status
        self.count = count
    }
}

package protocol ReportRecords {
    /// False where a bounce of this campaign, or of a later one, has counted for them already.
    func noteReport(of campaign: Int64, on id: SubscriptionID) throws -> Bool
    /// Of no campaign: not counted.
    func noteReturned(_ class: String, _ status: String, of campaign: Int64?) throws
    /// Most frequent first; nil: of all campaigns.
    func returned(of campaign: Int64?) throws -> [ReturnedCount]
    func strikes(of id: SubscriptionID) throws -> Strikes?
    func note(_ strikes: Strikes, on id: SubscriptionID) throws
    /// Whether a campaign on its list began between the two and was finished before then.
    func hasCleanCampaign(between earlier: Int64, and later: Campaign, finishedBefore: Date) throws -> Bool
}
