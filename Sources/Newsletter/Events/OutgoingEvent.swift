package import Foundation

/// Something that a company's other programs want to know of a subscription: who has confirmed, left, been erased,
/// bounced or changed. It is written in the transaction that makes it so, and waits until the receiver has it.
///
/// It holds no name and no address, sealed or not. What is told of somebody is read from their record when it goes out:
/// so nothing waits after they are gone, and what was corrected meanwhile never leaves as it was.
package struct OutgoingEvent: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
        /// On the list from now on.
        case confirmed
        /// Name, address, language or class are others, or how they may be used.
        case changed
        /// Gone by their own wish to leave the list.
        case left
        /// Gone for another reason: a request, a rule of retention, the privacy page.
        case erased
        /// The mailbox is said not to exist: they are written to no more, or gone.
        case bounced

        /// It carries what the record says; the others carry the id alone.
        package var tellsPerson: Bool { self == .confirmed || self == .changed }
    }

    package let kind: Kind
    package let subscription: SubscriptionID
    package let list: Slug
    package let at: Date

    package init(_ kind: Kind, of subscription: SubscriptionID, on list: Slug, at: Date) {
        self.kind = kind
        self.subscription = subscription
        self.list = list
        self.at = at
    }
}

/// An event on its way out.
package struct ClaimedEvent: Sendable {
    package let id: Int64
    package let event: OutgoingEvent
    package let attempts: Int
    /// Since when it has been tried in vain; nil: not yet.
    package let failingSince: Date?
    /// As the record is now; nil where the event tells the id alone.
    package let record: Subscription?
    /// There is no record any more.
    package let isGone: Bool

    package init(
        id: Int64, event: OutgoingEvent, attempts: Int, failingSince: Date?, record: Subscription?, isGone: Bool
    ) {
        self.id = id
        self.event = event
        self.attempts = attempts
        self.failingSince = failingSince
        self.record = record
        self.isGone = isGone
    }

    /// Whom it says something about that must not go out once they are gone; 0: nobody.
    var person: UInt128 { record.map(\.id.number) ?? 0 }
}

/// What waits for the receiver.
package struct WaitingEvents: Sendable, Equatable {
    package let count: Int
    package let since: Date?
    /// Of those that were tried: what became of the last of them.
    package let status: String?

    package init(count: Int, since: Date?, status: String?) {
        self.count = count
        self.since = since
        self.status = status
    }
}
