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
            if deliveries.isEmpty { _ = try finish(campaign.id, at: now) }
            claim.campaigns.append((campaign, deliveries))
        }
        return claim
    }

    private func noteLists(_ claim: inout Claim) throws {
        guard claim.lists.isEmpty else { return }
        for list in try lists() { claim.lists[list.slug] = list }
    }

    /// What is due begins, unless a promise that must be kept is broken: then it waits for a person.
    func startScheduled(_ terms: SendingTerms, at now: Date) throws {
        for scheduled in try scheduledCampaigns(dueBefore: now) { try begin(scheduled, terms, at: now) }
    }

    /// Writes down what has landed, and ends what is at its end.
    func settle(_ turn: Turn, at now: Date) throws {
        try settle(turn.settled, at: now)
        try finishCampaigns(touchedBy: turn.settled, silence: turn.silence, at: now)
    }

    /// Campaign by campaign.
    private func settle(_ landings: [Landing], at now: Date) throws {
        var outcomes: [Int64: [(sequence: Int64, outcome: Outcome)]] = [:]
        var (delivered, dead): ([Int64], [SubscriptionID]) = ([], [])
        for landing in landings {
            switch landing.flight {
            case .outbox(let mail) where landing.verdict == .accepted: delivered.append(mail.id)
            case .outbox(let mail): try settle(mail, landing.verdict, at: now)
            case .delivery(let delivery, let campaign):
                let outcome = landing.outcome(of: delivery, at: now)
                if case .dead = outcome { dead.append(delivery.subscription) }
                outcomes[campaign, default: []].append((delivery.sequence, outcome))
            }
        }
        try deliverOutbox(delivered, at: now)
        for (campaign, outcomes) in outcomes { try settle(outcomes, of: campaign, at: now) }
        // After their deliveries are counted as refused, so that they are not counted as withdrawn.
        for id in dead { _ = try erase(id, at: now) }
    }

    /// A transactional mail in doubt is sent again, with the same Message-ID: better twice than not at all.
    private func settle(_ mail: ClaimedOutboxMail, _ verdict: Verdict, at now: Date) throws {
        switch Outcome(verdict, attempts: mail.attempts, at: now) {
        case .accepted, .refused, .expired, .withdrawn: try deleteOutbox(mail.id)
        case .deferred(let until, let attempts, _): try putOffOutbox(mail.id, until: until, attempts: attempts)
        case .inDoubt: try putOffOutbox(mail.id, until: now + RetrySchedule.delays[0], attempts: mail.attempts + 1)
        case .dead:
            try deleteOutbox(mail.id)
            // Nobody can ever confirm it.
            if let id = mail.subscription, try subscription(id)?.state == .pending { _ = try erase(id, at: now) }
        }
    }

    /// Ends the campaigns that have nobody left, and stops those whose refusals pass a guard.
    ///
    /// `silence`: how long the relay has not been reached.
    private func finishCampaigns(touchedBy settled: [Landing], silence: Duration, at now: Date) throws {
        var touched: [Int64: (wasReached: Bool, failure: RelayFailure?)] = [:]
        for landing in settled {
            guard case .delivery(_, let campaign) = landing.flight else { continue }
            if case .unsent(let failure) = landing.verdict, failure.concernsRelay {
                touched[campaign, default: (false, nil)].failure = failure
            } else if landing.verdict != .recalled {
                touched[campaign, default: (false, nil)].wasReached = true
            } else {
                touched[campaign] = touched[campaign] ?? (false, nil)
            }
        }
        for (id, sign) in touched {
            guard var campaign = try campaign(id) else { continue }
            // What came back after the cancelling.
            if campaign.state == .cancelled { try deleteDeliveries(of: id) }
            guard campaign.state == .sending else { continue }
            let before = campaign
            if sign.wasReached { campaign.reason = nil }
            if let failure = sign.failure { campaign.note(failure, silence: silence) }
            let refused = try refusals(of: id).reduce(0) { $0 + $1.count }
            if let reason = Guards.reasonToStop(campaign.tally, refused: refused) { campaign.stop(reason) }
            if campaign.state != before.state || campaign.reason != before.reason { try update(campaign) }
            _ = try finish(id, at: now)
        }
    }
}

extension Landing {
    fileprivate func outcome(of delivery: Delivery, at now: Date) -> Outcome {
        if let turn { return .deferred(until: turn, attempts: delivery.attempts, status: DomainPace.mark) }
        return Outcome(verdict, attempts: delivery.attempts, at: now)
    }
}

extension Outcome {
    init(_ verdict: Verdict, attempts: Int, at now: Date) {
        switch verdict {
        case .accepted: self = .accepted
        case .withdrawn: self = .withdrawn
        case .inDoubt: self = .inDoubt
        case .recalled: self = .deferred(until: now, attempts: attempts, status: nil)
        case .unsent(.addressNeedsUTF8): self = .refused(status: "5.6.7", cause: .other)
        // Nothing was held against this mail: it is due at once, as soon as the relay answers.
        case .unsent: self = .deferred(until: now, attempts: attempts, status: nil)
        case .later(let reply):
            guard let delay = RetrySchedule.delay(after: attempts + 1) else {
                self = .expired(status: reply.status)
                return
            }
            self = .deferred(until: now + delay, attempts: attempts + 1, status: reply.status)
        case .refused(let reply):
            let cause = RefusalCause(reply)
            self = cause == .deadAddress ? .dead(status: reply.status) : .refused(status: reply.status, cause: cause)
        }
    }
}

/// When a campaign must stop before it does harm.
enum Guards {
    /// Below this many answers a share says little.
    static let fewestAnswers = 100
    static let mostRefused = 0.05
    static let mostRefusedForUs = 0.02
    /// A relay that has not answered for so long is not coming back by itself.
    static let longestSilence: Duration = .seconds(15 * 60)

    /// In plain words, for whoever sent it.
    static func reasonToStop(_ tally: Tally, refused: Int) -> String? {
        let answers = tally.accepted + refused
        guard answers >= fewestAnswers else { return nil }
        if Double(tally.refusedForUs) > mostRefusedForUs * Double(answers) {
            return
                "\(tally.refusedForUs) of \(answers) were refused because of the sender (status 5.7.x: reputation, SPF, DKIM "
                + "or content). Ask whoever runs the relay, mend it, then resume and retry."
        }
        if Double(refused) > mostRefused * Double(answers) {
            return
                "\(refused) of \(answers) were refused, over 5 %. See the report for the causes, then resume or cancel."
        }
        return nil
    }
}

extension Campaign {
    mutating func stop(_ reason: String) {
        state = .paused
        self.reason = reason
    }

    /// The relay's failure is shown while it lasts, and stops the campaign when it lasts too long.
    fileprivate mutating func note(_ failure: RelayFailure, silence: Duration) {
        guard silence >= Guards.longestSilence else {
            reason = failure.plainWords
            return
        }
        let minutes = Int(silence / .seconds(60))
        stop("No relay for \(minutes) minutes. \(failure.plainWords) Resume the campaign when it answers again.")
    }
}

extension RelayFailure {
    var concernsRelay: Bool { self != .stopping && self != .addressNeedsUTF8 }

    /// For whoever sent the campaign, and for the operator's log: what happened and what to do.
    package var plainWords: String {
        switch self {
        case .stopping: "The service is stopping."
        case .unreachable(let cause):
            "The relay cannot be reached (\(cause)). It is tried again by itself; check relay.url."
        case .insecure(let cause): "The relay's TLS cannot be trusted (\(cause)). Check relay.tls and its certificate."
        case .unauthorised: "The relay refused our login. Check relay.user and relay.password-file."
        case .unwelcome(let reply): "The relay turned us away with \(reply.status). It is tried again by itself."
        case .lost(let cause): "The connection to the relay was lost (\(cause)). It is tried again by itself."
        case .addressNeedsUTF8: "The relay cannot carry an address outside ASCII (SMTPUTF8)."
        }
    }
}
