import Crypto
package import Foundation
import Mail

/// That somebody else than its maker has seen a campaign and agreed to it: to this content, for about this audience.
package struct CampaignApproval: Sendable, Equatable {
    package let by: String
    package let at: Date
    /// Of content, list and sender, as they were.
    package let digest: String
    /// How many would have got it then.
    package let recipients: Int

    package init(by: String, at: Date, digest: String, recipients: Int) {
        self.by = by
        self.at = at
        self.digest = digest
        self.recipients = recipients
    }

    /// Whether the audience is still the one that was agreed to. People may come by themselves, as they do every day, up to
    /// a tenth or a hundred; those whom staff put on the list are one in a hundred at most, ten on a small list, a
    /// thousand on any. Who leaves never matters.
    package func holds(for newcomers: Newcomers) -> Bool {
        newcomers.all <= max(100, recipients / 10) && newcomers.putIn <= max(10, min(recipients / 100, 1000))
    }
}

/// Who would get a campaign now and would not have got it then.
package struct Newcomers: Sendable, Equatable {
    package let all: Int
    /// Those of them who did not subscribe themselves: the basis is a legitimate interest.
    package let putIn: Int

    package init(all: Int, putIn: Int) {
        self.all = all
        self.putIn = putIn
    }
}

/// Why a campaign may not go out where two must agree.
package enum ApprovalLack: Sendable, Equatable {
    /// Nobody has approved it yet.
    case missing
    /// Whoever made it approves it: that is one person, not two.
    case own
    /// Content, list or sender is another since.
    case content(approvedBy: String)
    /// So many came since, whom nobody had in mind.
    case audience(approvedBy: String, recipients: Int, newcomers: Int)
}

extension ApprovalLack {
    /// For whoever wanted to send.
    package var words: String {
        switch self {
        case .missing: "Nobody has approved it yet."
        case .own: "You made this campaign, so somebody else approves it."
        case .content(let name): "Content, list or sender is another since \(name) approved it."
        case .audience(let name, let recipients, let newcomers):
            "\(name) approved it for \(recipients) recipients; \(newcomers) have been added since."
        }
    }
}

extension Campaigns {
    /// Agrees to exactly what the digest names. `expectRecipients`: how many the plan showed; refused where there are others now.
    package func approve(
        _ id: Int64, digest: String, expectRecipients: Int? = nil, by staff: StaffMember
    ) async throws -> CampaignStanding {
        let now = clock.now()
        return try await store.write { [approval, keyring] tx in
            var campaign = try tx.existing(id)
            guard [.draft, .planned, .approved].contains(campaign.state) else {
                throw Refusal.wrongState(campaign.state, verb: "approve")
            }
            guard campaign.digest == digest else { throw Refusal.digestChanged }
            guard approval == .none || staff.name != campaign.createdBy else {
                throw Refusal.needsApproval(.own, from: try tx.approvers(of: campaign, at: now))
            }
            let recipients = try tx.countRecipients(on: campaign.list, at: now)
            if let expectRecipients, expectRecipients != recipients {
                throw Refusal.recipientsChanged(expected: expectRecipients, actual: recipients)
            }
            campaign.state = .approved
            campaign.reason = nil
            campaign.approval = CampaignApproval(by: staff.name, at: now, digest: digest, recipients: recipients)
            try tx.update(campaign)
            try tx.audit(
                .approveCampaign, of: .campaign(id), by: staff.actor, result: "recipients=\(recipients)",
                keyring: keyring, at: now)
            var standing = try tx.standing(of: campaign)
            standing.audience = recipients
            return standing
        }
    }
}

extension Transaction {
    /// Nil where the approval is there and still holds.
    func approvalLack(of campaign: Campaign, at now: Date) throws -> ApprovalLack? {
        guard let approval = campaign.approval else { return .missing }
        guard approval.digest == campaign.digest else { return .content(approvedBy: approval.by) }
        let newcomers = try countNewcomers(on: campaign.list, since: approval.at, at: now)
        guard !approval.holds(for: newcomers) else { return nil }
        return .audience(approvedBy: approval.by, recipients: approval.recipients, newcomers: newcomers.all)
    }

    func requireApproval(of campaign: Campaign, at now: Date) throws {
        guard let lack = try approvalLack(of: campaign, at: now) else { return }
        throw Refusal.needsApproval(lack, from: try approvers(of: campaign, at: now))
    }

    /// Whom one can ask.
    func approvers(of campaign: Campaign, at now: Date) throws -> [String] {
        try staff().filter { $0.role.may(.send) && $0.expiresAt > now && $0.name != campaign.createdBy }.map(\.name)
    }

    /// What was scheduled begins only if its approval, where it has one, still holds at that hour. Else it goes back to the
    /// drawing board and says why.
    func begin(_ scheduled: Campaign, at now: Date) throws {
        var campaign = scheduled
        if campaign.approval != nil, let lack = try approvalLack(of: campaign, at: now) {
            campaign.state = .planned
            campaign.approval = nil
            campaign.scheduledFor = nil
            campaign.reason = "It did not begin: \(lack.words) Plan it, have it approved, and send it again."
            return try update(campaign)
        }
        campaign.state = .sending
        try update(campaign)
        try launch(campaign.id, recipients: countRecipients(on: campaign.list, at: now), at: now)
    }
}

extension Campaign {
    /// Stands for the content, the list with its legal basis, and the sender: whatever of it changes, an approval is void.
    package var digest: String {
        var hash = SHA256()
        for part in [
            source, list.slug.text, list.basis.rawValue, list.sender.address.wire, list.sender.name?.text ?? "",
        ] {
            hash.update(data: Data(part.utf8))
            hash.update(data: [0])
        }
        return Data(hash.finalize()).prefix(16).hex
    }
}
