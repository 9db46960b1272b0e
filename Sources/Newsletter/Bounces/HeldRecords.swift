package import Foundation

/// Subscriptions that a relay has said do not exist, and what is counted so that it can be judged. None of the counts is a
/// person's; whatever is known of one goes with the row.
package protocol HeldRecords {
    /// Out of every audience from now on. Does nothing to who is held already, restricted, or gone.
    func hold(_ id: SubscriptionID, _ hold: Hold, at: Date) throws
    /// Whoever is written to at that mailbox takes mail after all: each subscription of its address, with nothing against it.
    func lift(addressOf id: SubscriptionID, at: Date) throws
    /// The same for those whose mails of these numbers the relay has just taken.
    func lift(takenMails: [Int64], at: Date) throws
    /// Someone who waits to confirm may be written to again at once: what was sent did not arrive.
    func forgetNotification(of id: SubscriptionID) throws

    /// Those held, at `until` or before, longest first; of one campaign, or of all.
    func held(of campaign: Int64?, until: Date, limit: Int) throws -> [HeldPlace]
    /// By hour, domain, campaign and status; the restricted left out, as they are not erased.
    func heldCounts() throws -> [HeldCount]
    func heldState(of id: SubscriptionID) throws -> HeldState?
    /// They are written to again; what was against them stays as a strike. What they have missed of campaigns that are still
    /// under way, and mails that waited for them, are due now.
    func release(_ places: [HeldPlace], at: Date) throws
    /// Their refusals stay counted, as refusals.
    func eraseHeld(_ place: HeldPlace, at: Date) throws -> Bool

    /// By recipient domain; empty: altogether.
    func noteAnswers(_ counts: [Data: Int], at hour: Date) throws
    func answerCounts() throws -> [AnswerCount]
    /// Of no use any more: older ones, and those of domains of which nobody is held.
    func forgetAnswers(before: Date) throws
    /// Of the campaigns for which somebody is held: how many answers said so, and how many there were.
    func heldCampaigns() throws -> [(id: Int64, dead: Int, answers: Int)]
}

/// Why somebody is held.
package struct Hold: Sendable, Equatable {
    package let status: String
    /// Nil: by another mail than a newsletter.
    package let campaign: Int64?
    /// The keyed digest of the address's domain.
    package let domain: Data?

    package init(status: String, campaign: Int64?, domain: Data?) {
        self.status = status
        self.campaign = campaign
        self.domain = domain
    }
}

package struct HeldPlace: Sendable {
    package let sequence: Int64
    package let subscription: SubscriptionID

    package init(sequence: Int64, subscription: SubscriptionID) {
        self.sequence = sequence
        self.subscription = subscription
    }
}

/// What is noted of one mailbox's answers: in the export, and gone with the row.
package struct HeldState: Sendable, Equatable {
    /// Nil: not held (any more).
    package let heldAt: Date?
    /// How often something was said against the mailbox, and since when.
    package let strikes: Int
    package let first: Date
    package let last: Date

    package init(heldAt: Date?, strikes: Int, first: Date, last: Date) {
        self.heldAt = heldAt
        self.strikes = strikes
        self.first = first
        self.last = last
    }
}

extension Transaction {
    func brake() throws -> Brake {
        let held = try heldCounts()
        guard !held.isEmpty else { return .off }
        return Brake(held, answers: try answerCounts(), campaigns: try heldCampaigns())
    }
}
