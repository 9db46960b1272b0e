package import Foundation
import Rendering

/// One issue of a newsletter.
package struct Campaign: Sendable {
    package let id: Int64
    /// With title, sender and language as they were when it began: whatever becomes of the list meanwhile, everybody gets
    /// the same mail.
    package let list: MailingList
    /// The file as it was given: front matter and Markdown.
    package var source: String
    package var subject: String
    /// What the file is called where it was written, without its folders.
    package var file: String?
    package var state: CampaignState
    /// Why it stands still, in plain words.
    package var reason: String?
    package let createdBy: String
    package let createdAt: Date
    package var approval: CampaignApproval?
    package var scheduledFor: Date?
    package var startedAt: Date?
    package var finishedAt: Date?
    package var tally: Tally
    /// It tells everybody of a new policy, whatever list they are on.
    package var notice: Notice?
    /// How the relay has refused of late.
    package var run = RefusalRun()

    package init(
        id: Int64, list: MailingList, source: String, subject: String, state: CampaignState, reason: String?,
        createdBy: String, createdAt: Date, approval: CampaignApproval?, scheduledFor: Date?, startedAt: Date?,
        finishedAt: Date?, tally: Tally
    ) {
        self.id = id
        self.list = list
        self.source = source
        self.subject = subject
        self.state = state
        self.reason = reason
        self.createdBy = createdBy
        self.createdAt = createdAt
        self.approval = approval
        self.scheduledFor = scheduledFor
        self.startedAt = startedAt
        self.finishedAt = finishedAt
        self.tally = tally
    }
}

/// Counters that outlive the deliveries. None can be traced to a person.
package struct Tally: Sendable, Equatable {
    /// Counted at the launch.
    package var recipients = 0
    package var accepted = 0
    /// Unsubscribed or restricted after the launch and before their mail.
    package var withdrawn = 0
    /// Said not to exist, and erased since.
    package var dead = 0
    /// Refused because of us.
    package var refusedForUs = 0

    package init(recipients: Int = 0, accepted: Int = 0, withdrawn: Int = 0, dead: Int = 0, refusedForUs: Int = 0) {
        self.recipients = recipients
        self.accepted = accepted
        self.withdrawn = withdrawn
        self.dead = dead
        self.refusedForUs = refusedForUs
    }
}

/// Where each recipient stands; the parts add up to the whole.
package struct Progress: Sendable, Equatable {
    package let recipients: Int
    package let accepted: Int
    package let deferred: Int
    package let refused: Int
    package let expired: Int
    package let withdrawn: Int
    package let inDoubt: Int

    package var left: Int { max(0, recipients - accepted - deferred - refused - expired - withdrawn - inDoubt) }

    package init(_ tally: Tally, deliveries: [Delivery.State: Int]) {
        recipients = tally.recipients
        accepted = tally.accepted
        deferred = deliveries[.deferred, default: 0]
        refused = deliveries[.refused, default: 0] + tally.dead
        expired = deliveries[.expired, default: 0]
        withdrawn = tally.withdrawn
        inDoubt = deliveries[.inDoubt, default: 0]
    }
}

package protocol CampaignRecords {
    /// Gives the new campaign its id. The key, if any, is the staff member's own word for this request.
    func insert(_ campaign: Campaign, idempotencyKey: String?) throws -> Campaign
    func campaign(_ id: Int64) throws -> Campaign?
    /// Nobody else changes it before this transaction has ended.
    func lockCampaign(_ id: Int64) throws
    /// Source, subject and file. A repetition of the call that made it makes another from now on.
    func rewrite(_ campaign: Campaign) throws
    func campaign(idempotencyKey: String, by staff: String) throws -> Campaign?
    /// Newest first.
    func campaigns(limit: Int) throws -> [Campaign]
    /// State, reason, approval and times; never the tally.
    func update(_ campaign: Campaign) throws
    func note(_ run: RefusalRun, of campaign: Int64) throws
    func sendingCampaigns() throws -> [Campaign]
    func scheduledCampaigns(dueBefore: Date) throws -> [Campaign]
    /// The first that has begun on the list and is not over: one on its way, or paused.
    func campaignUnderWay(on list: MailingList) throws -> Int64?
    /// How many a launch now would reach.
    func countRecipients(on list: MailingList) throws -> Int
    /// Of those, who became active after `since`.
    func countNewcomers(on list: MailingList, since: Date) throws -> Newcomers
    /// Fixes what is rendered of the list, and the audience — everyone active now, so many as were just counted — and begins
    /// at its first.
    func launch(_ id: Int64, recipients: Int, at: Date) throws
    /// `sending` becomes `sent` when nobody is left to try. Returns whether it did.
    func finish(_ id: Int64, at: Date) throws -> Bool
}
