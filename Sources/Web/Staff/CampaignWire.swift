import CourantAPI
import Foundation
import Mail
import Newsletter
import Rendering

/// The domain's values as the wire shows them.
extension CampaignInfo {
    init(_ standing: CampaignStanding, retried: Int? = nil) {
        self.init(standing.campaign, ProgressInfo(standing.progress), audience: standing.audience)
        self.retried = retried
        nextAttempt = standing.nextAttempt
        if let held = standing.held, let words = standing.heldWords {
            self.held = HeldNote(count: held.held, brake: held.brake.isOn, words: words)
        }
    }

    /// With what the relays say of themselves.
    init(_ standing: CampaignStanding, _ health: RelayHealth, at now: Date) {
        self.init(standing)
        if standing.campaign.state == .sending { relayNextTry = health.nextTry(from: now) }
    }

    fileprivate init(_ campaign: Campaign, _ progress: ProgressInfo, audience: Int?) {
        self.init(
            id: String(campaign.id), list: campaign.list.slug.text, subject: campaign.subject,
            state: campaign.state.rawValue, reason: campaign.reason, progress: progress, createdAt: campaign.createdAt,
            scheduledFor: campaign.scheduledFor, startedAt: campaign.startedAt, finishedAt: campaign.finishedAt,
            createdBy: campaign.createdBy.loginName, approvedBy: campaign.approval?.by, audience: audience,
            notice: campaign.notice?.version, file: campaign.file,
            content: campaign.notice == nil ? ContentName.of(campaign.source) : nil)
    }
}

extension RelayHealth {
    /// On the clock on the wall, to the second.
    func nextTry(from now: Date) -> Date? {
        nextTry().map { instant in
            let seconds = (instant - ContinuousClock.now) / .seconds(1)
            return Date(timeIntervalSince1970: (now.timeIntervalSince1970 + seconds).rounded())
        }
    }
}

extension ProgressInfo {
    init(_ progress: Newsletter.Progress) {
        self.init(
            recipients: progress.recipients, left: progress.left, accepted: progress.accepted,
            deferred: progress.deferred,
            refused: progress.refused, expired: progress.expired, withdrawn: progress.withdrawn,
            inDoubt: progress.inDoubt)
    }
}

extension ReportInfo {
    init(_ standing: CampaignStanding, troubled: [TroubledDelivery]) {
        self.init(
            campaign: CampaignInfo(standing),
            refusals: standing.refusals.map { refusal in
                RefusalInfo(
                    status: refusal.status, cause: RefusalCause.meaning(of: refusal.status), count: refusal.count)
            },
            troubled: troubled.map { delivery in
                TroubledInfo(
                    subscription: delivery.subscription.hex, state: delivery.state.rawValue, status: delivery.status)
            }, returned: standing.returned.map { ReturnedInfo($0) })
    }
}

extension PlanInfo {
    /// Nothing has been sent of it yet, so that its counters are those of nobody.
    init(_ plan: CampaignPlan) {
        self.init(
            campaign: CampaignInfo(
                plan.campaign, ProgressInfo(Newsletter.Progress(plan.campaign.tally, deliveries: [:])),
                audience: plan.recipients),
            recipients: plan.recipients, digest: plan.digest, from: plan.campaign.list.sender.shown,
            estimatedSeconds: nil, findings: plan.findings.map { FindingInfo($0) }, lack: plan.lack?.words)
    }
}

extension PreviewInfo {
    init(_ preview: CampaignPreview) {
        self.init(
            subject: preview.subject, preheader: preview.preheader.isEmpty ? nil : preview.preheader,
            from: preview.from.shown, html: preview.html, text: preview.text,
            source: String(decoding: preview.source, as: UTF8.self), findings: preview.findings.map { FindingInfo($0) })
    }
}

extension FindingInfo {
    init(_ finding: Finding) {
        self.init(
            severity: finding.severity.rawValue, line: finding.line, message: finding.message)
    }
}

extension String {
    /// A login's name without the word by which the audit marks it.
    var loginName: String { hasPrefix("staff:") ? String(dropFirst("staff:".count)) : self }
}

extension Correspondent {
    fileprivate var shown: String { name.map { "\($0.text) <\(address.wire)>" } ?? address.wire }
}
