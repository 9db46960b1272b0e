package import Foundation

/// Subscriptions by how long they have been quiet. The restricted are in none of these but the counts (GDPR Art. 18).
package protocol RetentionRecords {
    /// Whose latest activity is at `horizon` or before, quietest first.
    func quiet(
        on list: MailingList, _ kind: SubscriberClass, since horizon: Date, limit: Int
    ) throws -> [SubscriptionID]
    /// Active, quiet since a time between the two, and not yet asked whether to be kept.
    func unasked(
        on list: MailingList, _ kind: SubscriberClass, quietSince: ClosedRange<Date>, limit: Int
    ) throws -> [SubscriptionID]
    /// Imported, and not told of it at `horizon` or since.
    func uninformed(on list: MailingList, since horizon: Date, limit: Int) throws -> [SubscriptionID]
    func anybody(on list: MailingList, limit: Int) throws -> [SubscriptionID]

    /// The person was asked whether to be kept. Does nothing to what counts.
    func asked(_ id: SubscriptionID, at: Date) throws
    /// The person has done something, or staff have met them: `at` is now the latest, unless a later one is known.
    func noteActivity(_ id: SubscriptionID, at: Date) throws
    func classify(_ id: SubscriptionID, as kind: SubscriberClass) throws

    func holdings() throws -> [HoldingCount]
}

/// How many there are of one kind on a list, and how long the quietest has been quiet.
package struct HoldingCount: Sendable {
    package let list: Int64
    package let kind: SubscriberClass
    package let state: Subscription.State
    package let count: Int
    package let oldest: Date

    package init(list: Int64, kind: SubscriberClass, state: Subscription.State, count: Int, oldest: Date) {
        self.list = list
        self.kind = kind
        self.state = state
        self.count = count
        self.oldest = oldest
    }
}
