import Crypto
import DKIM
package import Foundation
import Mail
import Rendering

/// That somebody else than its maker has seen a campaign and agreed to it: to this content, for about this audience.
package struct CampaignApproval: Sendable, Equatable {
    package let by: String
    package let at: Date
    /// Of content, list and sender, as they were.
    package let digest: String
    /// How many would have got it then.
    package let recipients: Int
    /// That we wrote it, and of which campaign.
    package let seal: Data

    package init(by: String, at: Date, digest: String, recipients: Int, seal: Data = Data()) {
        self.by = by
        self.at = at
        self.digest = digest
        self.recipients = recipients
        self.seal = seal
    }

    init(of campaign: Campaign, by name: String, recipients: Int, keyring: Keyring, at now: Date) {
        let bare = CampaignApproval(by: name, at: now, digest: campaign.digest, recipients: recipients)
        self.init(
            by: name, at: now, digest: bare.digest, recipients: recipients,
            seal: keyring.grantSeal.seal(bare, of: campaign.id))
    }

    /// Whether the audience is still the one that was agreed to. People may come by themselves, as they do every day, up to
    /// a tenth or a hundred; those whom staff put on the list are one in a hundred at most, ten on a small list, a
    /// thousand on any. Who leaves never matters.
    package func holds(for newcomers: Newcomers) -> Bool {
        newcomers.all <= max(100, recipients / 10) && newcomers.putIn <= max(10, min(recipients / 100, 1000))
    }
}

/// What must be so for a campaign to go out, beside its own state.
struct SendingTerms: Sendable {
    let approval: Campaigns.Approval
    let broken: [PromiseFinding]
    let keyring: Keyring
    /// Nil where nothing is signed.
    let signer: DKIMSigner?
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
            var campaign = try tx.locked(id)
            try campaign.require(.approve)
            guard campaign.digest == digest else { throw Refusal.digestChanged }
            guard approval == .none || staff.name != campaign.createdBy else {
                throw Refusal.needsApproval(.own, from: try tx.approvers(of: campaign, at: now))
            }
            let recipients = try tx.countRecipients(on: campaign.list)
            if let expectRecipients, expectRecipients != recipients {
                throw Refusal.recipientsChanged(expected: expectRecipients, actual: recipients)
            }
            // What is held stays so: to go on with it is another decision.
            if campaign.state != .paused { (campaign.state, campaign.reason) = (.approved, nil) }
            campaign.approval = CampaignApproval(
                of: campaign, by: staff.name, recipients: recipients, keyring: keyring, at: now)
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
    /// The one gate before every way to `sending`: to send, to resume, to retry, a schedule's hour, a policy's notice.
    func requireMayGoOut(_ campaign: Campaign, _ terms: SendingTerms, at now: Date) throws {
        guard terms.broken.isEmpty else { throw Refusal.promisesBroken(terms.broken) }
        try requireSignature(of: campaign, terms.signer)
        // A notice is the service's own words to everybody, filed under some list; who may send one is asked when it is made.
        guard campaign.notice == nil else { return }
        if campaign.list.closedAt != nil { throw Refusal.closed(campaign.list.slug.text) }
        if terms.approval == .secondPerson { try requireApproval(of: campaign, terms.keyring, at: now) }
    }

    /// Where mails are signed, none goes out unsigned: its receivers would have to take it for somebody else's. A notice is
    /// from each list's own sender.
    private func requireSignature(of campaign: Campaign, _ signer: DKIMSigner?) throws {
        guard let signer else { return }
        let senders = campaign.notice == nil ? [campaign.list.sender] : try lists().map(\.sender)
        let domains = senders.map(\.address.domain)
        if let domain = domains.first(where: { signer.keys(for: $0).isEmpty }) { throw Refusal.unsigned(domain) }
    }

    /// Nil where the approval is there and still holds.
    func approvalLack(of campaign: Campaign, _ keyring: Keyring, at now: Date) throws -> ApprovalLack? {
        guard let approval = campaign.approval, keyring.grantSeal.vouches(for: approval, of: campaign.id) else {
            return .missing
        }
        guard approval.digest == campaign.digest else { return .content(approvedBy: approval.by) }
        // Who gets it was fixed when it began.
        guard !campaign.hasBegun else { return nil }
        let newcomers = try countNewcomers(on: campaign.list, since: approval.at)
        guard !approval.holds(for: newcomers) else { return nil }
        return .audience(approvedBy: approval.by, recipients: approval.recipients, newcomers: newcomers.all)
    }

    private func requireApproval(of campaign: Campaign, _ keyring: Keyring, at now: Date) throws {
        guard let lack = try approvalLack(of: campaign, keyring, at: now) else { return }
        throw Refusal.needsApproval(lack, from: try approvers(of: campaign, at: now))
    }

    /// Whom one can ask.
    func approvers(of campaign: Campaign, at now: Date) throws -> [String] {
        try staff().filter { $0.role.may(.send) && $0.expiresAt > now && $0.name != campaign.createdBy }.map(\.name)
    }

    /// What was scheduled begins only if it may still go out at that hour; an approval that it has must hold, also where none
    /// is asked for any more. Else it goes back to the drawing board and says why. A broken promise holds it.
    func begin(_ scheduled: Campaign, _ terms: SendingTerms, at now: Date) throws -> Stop? {
        var campaign = try locked(scheduled.id)
        guard campaign.state == .scheduled else { return nil }
        let approval: Campaigns.Approval = campaign.approval == nil ? terms.approval : .secondPerson
        do {
            try requireMayGoOut(
                campaign,
                SendingTerms(approval: approval, broken: [], keyring: terms.keyring, signer: terms.signer), at: now)
        } catch Refusal.needsApproval(let lack, _) {
            try putBack(campaign, "\(lack.words) Plan it, have it approved, and send it again.")
            return nil
        } catch Refusal.unsigned(let domain) {
            try putBack(
                campaign, "No key signs mail from \(domain). Make one with courantd dkim new, and send it again.")
            return nil
        } catch Refusal.closed {
            try putBack(campaign, "The list is closed.")
            return nil
        }
        campaign.state = .sending
        try update(campaign)
        try launch(campaign.id, recipients: countRecipients(on: campaign.list), at: now)
        guard !terms.broken.isEmpty else { return nil }
        campaign = try existing(campaign.id)
        let sentences = terms.broken.map { "\($0.promise.id): \($0.evidence.words)" }.joined(separator: " ")
        let stop = Stop(
            word: .promise, reason: "A promise of the privacy policy is broken. \(sentences) Mend it, then resume.")
        campaign.stop(stop.reason)
        try update(campaign)
        return stop
    }

    private func putBack(_ scheduled: Campaign, _ why: String) throws {
        var campaign = scheduled
        campaign.state = .planned
        campaign.approval = nil
        campaign.scheduledFor = nil
        campaign.reason = "It did not begin: \(why)"
        try update(campaign)
    }
}

extension Campaign {
    /// Stands for the content and for whatever of the list is rendered or gives the right to write (title, language, sender,
    /// legal basis): whatever of it changes, an approval is void.
    package var digest: String {
        var hash = SHA256()
        for part in [
            source, list.slug.text, list.basis.rawValue, list.sender.address.wire, list.sender.name?.text ?? "",
            list.title, list.language.code,
        ] {
            hash.update(data: Data(part.utf8))
            hash.update(data: [0])
        }
        return Data(hash.finalize()).prefix(16).hex
    }
}
