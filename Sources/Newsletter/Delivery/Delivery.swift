package import Foundation
import Mail
package import Rendering

/// One campaign on its way to one subscription. It exists only while something is still to be done, or is in doubt.
package struct Delivery: Sendable {
    package enum State: String, Sendable, CaseIterable {
        /// Handed to the relay's queue by a running process. When that process dies, it is sent again.
        case claimed
        /// Put off until `next attempt`.
        case deferred
        /// Sent in full, the answer lost: the relay may have it. A person decides.
        case inDoubt = "in-doubt"
        /// The relay said no for good.
        case refused
        /// Put off to the end of the schedule.
        case expired
    }

    /// The subscription's place in the order of arrival.
    package let sequence: Int64
    package let subscription: SubscriptionID
    package let person: Sealed
    /// How often the relay has put it off.
    package let attempts: Int
    /// Put off before for its domain's sake, and now is its time.
    package let isPaced: Bool
    /// The subscription's own, for a notice that goes to every list.
    package let language: Language?
    package let list: Slug?

    package init(
        sequence: Int64, subscription: SubscriptionID, person: Sealed, attempts: Int, isPaced: Bool = false,
        language: Language? = nil, list: Slug? = nil
    ) {
        self.language = language
        self.list = list
        self.sequence = sequence
        self.subscription = subscription
        self.person = person
        self.attempts = attempts
        self.isPaced = isPaced
    }
}

/// What to write down about a delivery after an attempt.
package enum Outcome: Sendable, Equatable {
    case accepted
    case deferred(until: Date, attempts: Int, status: String?)
    /// `dead`: the subscription is held.
    case refused(status: String, cause: RefusalCause)
    case expired(status: String)
    case inDoubt
    /// The person left; the row went with the person.
    case withdrawn
}

package protocol DeliveryRecords {
    /// Claims up to `limit` of a sending campaign's recipients: first the deferred that are due, then those it has not met.
    func claimDeliveries(of campaign: Int64, now: Date, limit: Int) throws -> [Delivery]
    /// Writes outcomes down and counts them; a row that went with its person is not counted again.
    func settle(_ outcomes: [(sequence: Int64, outcome: Outcome)], of campaign: Int64, at: Date) throws
    /// Nothing is claimed by anybody any more: at start, when whoever claimed it is dead.
    func releaseClaims(at: Date) throws
    /// Deferred again, due now: the refused and expired but the held, and with `inDoubt` those too. Returns how many.
    func retryDeliveries(of campaign: Int64, inDoubt: Bool, at: Date) throws -> Int
    /// Deferred, due now, with their attempts: all that was refused, but for those who were said not to exist.
    func reopenRefused(of campaign: Int64, at: Date) throws
    func reopenRefused(_ sequences: [Int64], of campaign: Int64, at: Date) throws
    /// Nothing waits any more for those who are held.
    func refuseHeld(of campaign: Int64) throws
    func deleteDeliveries(of campaign: Int64) throws
    /// How many rows a campaign has in each state. What was put back untried is in none: it is still to be tried.
    func deliveries(of campaign: Int64) throws -> [Delivery.State: Int]
    /// When the first of those that the relay has put off is due.
    func nextAttempt(of campaign: Int64) throws -> Date?
    /// Whose outcome somebody may want to look into: the refused, the expired and the in doubt, by opaque id.
    func troubled(of campaign: Int64, limit: Int) throws -> [TroubledDelivery]
    /// Refusals by status, most frequent first.
    func refusals(of campaign: Int64) throws -> [(status: String, count: Int)]
}

/// A delivery that needs a person's decision or explanation.
package struct TroubledDelivery: Sendable, Equatable {
    package let subscription: SubscriptionID
    package let state: Delivery.State
    package let status: String?

    package init(subscription: SubscriptionID, state: Delivery.State, status: String?) {
        self.subscription = subscription
        self.state = state
        self.status = status
    }
}
