package import Foundation

/// A campaign and where its recipients stand.
package struct CampaignStanding: Sendable {
    package let campaign: Campaign
    package let progress: Progress
    /// Refusals by status, most frequent first.
    package let refusals: [(status: String, count: Int)]
    /// What came back after the relay had taken it, most frequent first.
    package var returned: [ReturnedCount] = []
    /// Those of its recipients who are said not to exist; nil where it was not asked for.
    package var held: HeldStanding?
    /// What becomes of them.
    package var heldWords: String?
    /// How many it would reach now; nil once it has begun, and where nobody counted.
    package var audience: Int?
    /// When the first of the deferred is tried again by itself; nil where none is, or it stands still.
    package var nextAttempt: Date?
}

extension Campaign {
    /// Its recipients are counted when it begins.
    var isToBegin: Bool { startedAt == nil && state != .cancelled && notice == nil }
}

extension Transaction {
    func audience(of campaign: Campaign) throws -> Int? {
        campaign.isToBegin ? try countRecipients(on: campaign.list) : nil
    }

    func standing(of campaign: Campaign) throws -> CampaignStanding {
        var standing = CampaignStanding(
            campaign: campaign, progress: Progress(campaign.tally, deliveries: try deliveries(of: campaign.id)),
            refusals: try refusals(of: campaign.id))
        if campaign.state == .sending, standing.progress.deferred > 0 {
            standing.nextAttempt = try nextAttempt(of: campaign.id)
        }
        return standing
    }

    func standing(of campaign: Campaign, hold: Duration, at now: Date) throws -> CampaignStanding {
        var standing = try standing(of: campaign)
        guard campaign.startedAt != nil else { return standing }
        let held = try heldStanding(of: campaign.id, hold: hold)
        standing.returned = try returned(of: campaign.id)
        (standing.held, standing.heldWords) = (held, held.words(at: now))
        return standing
    }
}
