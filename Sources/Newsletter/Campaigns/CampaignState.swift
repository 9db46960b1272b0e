package enum CampaignState: String, Sendable, CaseIterable {
    case draft
    case planned
    case approved
    case scheduled
    case sending
    case paused
    case sent
    case cancelled
}

/// What staff do to a campaign that is there.
package enum CampaignVerb: String, Sendable, CaseIterable {
    case edit, plan, approve, send, reschedule, pause, resume, cancel, retry
}

extension CampaignState {
    /// What may be done in which state. Whatever has begun to go out is neither edited nor put off: see `hasBegun`. To send
    /// what is on its way, to hold what is held, or to go on with what goes on changes nothing.
    private static let table: [CampaignVerb: Set<CampaignState>] = [
        .edit: [.draft, .planned, .approved, .scheduled, .paused],
        .plan: [.draft, .planned, .approved],
        .approve: [.draft, .planned, .approved, .paused],
        .send: [.draft, .planned, .approved, .scheduled, .sending, .sent],
        .reschedule: [.scheduled, .paused],
        .pause: [.scheduled, .sending, .paused],
        .resume: [.scheduled, .sending, .paused],
        .cancel: [.draft, .planned, .approved, .scheduled, .sending, .paused, .cancelled],
        .retry: [.sending, .paused, .sent],
    ]

    package func allows(_ verb: CampaignVerb) -> Bool { Self.table[verb, default: []].contains(self) }

    /// Allowed, and changes nothing.
    private static let idle: [CampaignState: Set<CampaignVerb>] = [
        .scheduled: [.resume], .sending: [.send, .resume], .paused: [.pause], .sent: [.send], .cancelled: [.cancel],
    ]

    /// What a person can do instead of what does not apply.
    package var verbs: [CampaignVerb] {
        CampaignVerb.allCases.filter { allows($0) && !Self.idle[self, default: []].contains($0) }
    }
}

extension Campaign {
    /// Somebody may have it already.
    package var hasBegun: Bool { startedAt != nil }

    func require(_ verb: CampaignVerb) throws {
        guard state.allows(verb) else { throw Refusal.wrongState(state, verb: verb.rawValue) }
        guard !hasBegun || (verb != .edit && verb != .reschedule) else { throw Refusal.hasBegun(verb) }
        guard hasBegun || verb != .retry else { throw Refusal.wrongState(state, verb: verb.rawValue) }
    }
}
