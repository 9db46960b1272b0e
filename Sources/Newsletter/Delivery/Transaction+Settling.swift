import Foundation
import Mail

/// What the dispatcher does inside its transactions.
extension Transaction {
    /// The outbox first: somebody is waiting at a page. Then the campaigns, each getting its share.
    func claim(limit: Int, now: Date) throws -> Claim {
        var claim = Claim()
        claim.outbox = try claimOutbox(dueBefore: now, limit: limit)
        if !claim.outbox.isEmpty { try noteLists(&claim) }
        let campaigns = try sendingCampaigns()
        for (index, campaign) in campaigns.enumerated() {
            let room = limit - claim.count
            let share = max(1, room / (campaigns.count - index))
            guard room > 0 else { break }
            let deliveries =
                campaign.notice == nil
                ? try claimDeliveries(of: campaign.id, now: now, limit: share)
                : try claimNotices(of: campaign.id, now: now, limit: share)
            if campaign.notice != nil, !deliveries.isEmpty { try noteLists(&claim) }
            if deliveries.isEmpty {
                try refuseHeld(of: campaign.id)
                _ = try finish(campaign.id, at: now)
            }
            claim.campaigns.append((campaign, deliveries))
        }
        return claim
    }

    private func noteLists(_ claim: inout Claim) throws {
        guard claim.lists.isEmpty else { return }
        for list in try lists() { claim.lists[list.slug] = list }
    }

    /// What is due begins, unless a promise that must be kept is broken: then it waits for a person.
    func startScheduled(_ terms: SendingTerms, at now: Date) throws -> [(campaign: Int64, stop: Stop)] {
        try scheduledCampaigns(dueBefore: now).compactMap { scheduled in
            try begin(scheduled, terms, at: now).map { (campaign: scheduled.id, stop: $0) }
        }
    }

    /// Writes down what has landed, and ends what is at its end.
    func settle(_ turn: Turn, at now: Date) throws -> Settlement {
        var settlement = Settlement()
        try noteAnswers(turn.answers, at: now.hour)
        try settle(turn.settled, &settlement, at: now)
        try finishCampaigns(touchedBy: turn.settled, silence: turn.silence, &settlement, at: now)
        return settlement
    }

    /// Campaign by campaign.
    private func settle(_ settledMails: [SettledMail], _ settlement: inout Settlement, at now: Date) throws {
        var outcomes: [Int64: [(sequence: Int64, outcome: Outcome)]] = [:]
        var (delivered, taken): ([Int64], [Int64]) = ([], [])
        var dead: [(id: SubscriptionID, hold: Hold)] = []
        for settledMail in settledMails {
            switch settledMail.inFlightMail {
            case .outbox(let mail) where settledMail.verdict == .accepted:
                delivered.append(mail.id)
                if settledMail.recipient?.isTheirs == true { taken.append(mail.id) }
            case .outbox(let mail): try settle(mail, settledMail, &settlement, at: now)
            case .delivery(let delivery, let campaign):
                let outcome = settledMail.outcome(of: delivery, at: now)
                if case .refused(let status, .dead) = outcome {
                    let hold = Hold(status: status, campaign: campaign, domain: settledMail.recipient?.domain)
                    dead.append((delivery.subscription, hold))
                }
                outcomes[campaign, default: []].append((delivery.sequence, outcome))
            }
        }
        try lift(takenMails: taken, at: now)
        try deliverOutbox(delivered, at: now)
        for (campaign, outcomes) in outcomes { try settle(outcomes, of: campaign, at: now) }
        for (id, hold) in dead { try self.hold(id, hold, at: now) }
    }

    /// Ends the campaigns that have nobody left, and stops those whose refusals pass a guard.
    ///
    /// `silence`: how long the relay has not been reached.
    private func finishCampaigns(
        touchedBy settled: [SettledMail], silence: Duration, _ settlement: inout Settlement, at now: Date
    ) throws {
        for (id, sign) in CampaignSign.signs(of: settled, at: now) {
            guard var campaign = try campaign(id) else { continue }
            // What came back after the cancelling.
            if campaign.state == .cancelled { try deleteDeliveries(of: id) }
            // What was refused after the stop is tried again after it, like what was refused before.
            if campaign.state == .paused { try settleLate(sign, of: campaign, &settlement, at: now) }
            guard campaign.state == .sending else { continue }
            let before = campaign
            if sign.wasReached { campaign.reason = nil }
            let run = sign.run(after: campaign.run)
            var stop = sign.failure.flatMap { campaign.note($0, silence: silence) }
            if let refusals = try self.stop(campaign, run) {
                stop = refusals
                try reopenRefused(of: id, at: now)
            }
            if let stop {
                campaign.stop(stop.reason)
                settlement.stopped.append((id, stop))
            }
            let left = stop == nil ? run.last : run.longest
            if left != campaign.run { try note(left, of: id) }
            if campaign.state != before.state || campaign.reason != before.reason { try update(campaign) }
            _ = try finish(id, at: now)
        }
    }

    private func stop(_ campaign: Campaign, _ run: RunOfAnswers) throws -> Stop? {
        let refused = try refusals(of: campaign.id).reduce(0) { $0 + $1.count }
        return Guards.stop(campaign.tally, refused: refused, run: run)
    }

    /// What was under way at a stop is refused as well: it is tried again with the others, and the reason counts it.
    private func settleLate(
        _ sign: CampaignSign, of paused: Campaign, _ settlement: inout Settlement, at now: Date
    ) throws {
        if !sign.refused.isEmpty { try reopenRefused(sign.refused, of: paused.id, at: now) }
        guard paused.run.count > 0, sign.isAnswered, var campaign = try campaign(paused.id) else { return }
        let run = sign.run(after: campaign.run)
        try note(run.last, of: campaign.id)
        guard let stop = try stop(campaign, run), stop.word == .run || !campaign.run.isTooLong else { return }
        guard campaign.reason != stop.reason else { return }
        campaign.reason = stop.reason
        settlement.recounted.append((campaign.id, stop))
        try update(campaign)
    }
}

/// What a turn's settling leaves to do once it is committed.
struct Settlement: Sendable {
    /// Campaigns that a guard has stopped: what waits at the relay comes back.
    var stopped: [(campaign: Int64, stop: Stop)] = []
    /// Stopped before, and counted anew with what was under way.
    var recounted: [(campaign: Int64, stop: Stop)] = []
    /// Mails that were given up, for the log.
    var givenUp: [(kind: String, status: String, attempts: Int)] = []
    /// What a waiting mail was refused with for our sake, last.
    var objection: String?
}

/// What a turn's landings say of one campaign.
struct CampaignSign {
    var wasReached = false
    var failure: RelayFailure?
    var isAnswered: Bool { !answers.isEmpty }
    /// In the order in which they came: nil was accepted.
    private var answers: [(cause: RefusalCause, status: String)?] = []
    /// Of those who exist, as far as anybody knows.
    private(set) var refused: [Int64] = []

    static func signs(of settled: [SettledMail], at now: Date) -> [Int64: CampaignSign] {
        var signs: [Int64: CampaignSign] = [:]
        for settledMail in settled {
            guard case .delivery(let delivery, let campaign) = settledMail.inFlightMail else { continue }
            signs[campaign, default: CampaignSign()].note(settledMail, delivery, at: now)
        }
        return signs
    }

    private mutating func note(_ settledMail: SettledMail, _ delivery: Delivery, at now: Date) {
        if case .unsent(let cause) = settledMail.verdict, cause.concernsRelay {
            failure = cause
        } else if settledMail.verdict != .recalled {
            wasReached = true
        }
        if settledMail.verdict == .accepted { answers.append(nil) }
        if case .refused(let status, let cause) = settledMail.outcome(of: delivery, at: now) {
            answers.append((cause, status))
            if cause != .dead { refused.append(delivery.sequence) }
        }
    }

    func run(after before: RefusalRun) -> RunOfAnswers {
        var run = RunOfAnswers(last: before)
        for answer in answers {
            guard let answer else {
                run.last.noteAcceptance()
                continue
            }
            run.last.note(answer.cause, status: answer.status)
            if answer.cause == .ours { run.objection = answer.status }
            if run.last.count > run.longest.count { (run.longest, run.status) = (run.last, answer.status) }
        }
        return run
    }
}

extension SettledMail {
    func outcome(of delivery: Delivery, at now: Date) -> Outcome {
        if let turn { return .deferred(until: turn, attempts: delivery.attempts, status: DomainPace.mark) }
        return Outcome(verdict, attempts: delivery.attempts, at: now)
    }
}

extension Verdict {
    /// It is due as it was.
    fileprivate var holdsNothingAgainstIt: Bool {
        switch self {
        case .recalled: true
        case .unsent(let failure): failure != .addressNeedsUTF8
        default: false
        }
    }
}

extension Outcome {
    init(_ verdict: Verdict, attempts: Int, at now: Date) {
        switch verdict {
        case .accepted: self = .accepted
        case .withdrawn: self = .withdrawn
        case .inDoubt: self = .inDoubt
        case .recalled: self = .deferred(until: now, attempts: attempts, status: nil)
        case .unsent(.addressNeedsUTF8): self = .refused(status: "5.6.7", cause: .unclear)
        // Nothing was held against this mail: it is due at once, as soon as the relay answers.
        case .unsent: self = .deferred(until: now, attempts: attempts, status: nil)
        case .later(let reply):
            guard let delay = RetrySchedule.delay(after: attempts + 1) else {
                self = .expired(status: reply.status)
                return
            }
            self = .deferred(until: now + delay, attempts: attempts + 1, status: reply.status)
        case .refused(let reply): self = .refused(status: reply.status, cause: RefusalCause(reply))
        }
    }
}

extension Campaign {
    mutating func stop(_ reason: String) {
        state = .paused
        self.reason = reason
    }

    /// The relay's failure is shown while it lasts, and stops the campaign when it lasts too long.
    fileprivate mutating func note(_ failure: RelayFailure, silence: Duration) -> Stop? {
        reason = failure.plainWords
        guard silence >= Guards.longestSilence else { return nil }
        let minutes = Int(silence / .seconds(60))
        return Stop(
            word: .silence,
            reason: "No relay for \(minutes) minutes. \(failure.plainWords) Resume the campaign when it answers again.")
    }
}
