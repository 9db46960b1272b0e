package import Foundation

/// Subscriptions by how long they have been quiet. The restricted are in none of these but the counts (GDPR Art. 18).
package protocol RetentionRecords {
    /// Whose latest activity is at `horizon` or before, quietest first.
    func quiet(
        on list: MailingList, _ kind: SubscriberClass, since horizon: Date, limit: Int
    ) throws -> [SubscriptionID]
    func countQuiet(on list: MailingList, _ kind: SubscriberClass, since horizon: Date) throws -> Int
    func countUninformed(on list: MailingList, since horizon: Date) throws -> Int
    /// Everybody on it whom a rule may end.
    func countAnybody(on list: MailingList) throws -> Int
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
    func classify(_ id: SubscriptionID, as kind: SubscriberClass, at: Date) throws

    func holdings() throws -> [HoldingCount]

    /// What a sweep did not do by itself, list by list.
    func heldSweeps() throws -> [HeldSweep]
    /// Nil: nothing is held on the list any more, nor released.
    func hold(_ sweep: HeldSweep?, on list: MailingList) throws
}

/// A sweep of one list that would end so many at once that a person has to look at it first.
package struct HeldSweep: Sendable, Equatable {
    package let list: Slug
    /// Who would end.
    package var due: Int
    /// Of so many on the list.
    package var population: Int
    /// How many of them a person has released; nil: none has looked yet.
    package var released: Int?

    package init(list: Slug, due: Int, population: Int, released: Int? = nil) {
        self.list = list
        self.due = due
        self.population = population
        self.released = released
    }
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
