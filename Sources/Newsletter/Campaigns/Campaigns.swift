package import Foundation
package import Mail
package import Rendering

/// From a Markdown file to a mail in every recipient's box: lint, create, plan, approve, send, watch, and stop.
package struct Campaigns: Sendable {
    let store: any Store
    private let renderer: MailRenderer
    let keyring: Keyring
    let clock: WallClock
    private let relay: any Relay
    let approval: Approval
    private let promises: any PromiseKeeper
    private let rendering: RenderingPool
    /// How long who is said not to exist is held.
    private let hold: Duration
    let tests: TestBudget
    let testAnswers: TestAnswers

    package enum Approval: String, Sendable, CaseIterable {
        /// Whoever may send, sends.
        case none
        /// Somebody else must have approved the digest.
        case secondPerson = "second-person"
    }

    package init(
        store: any Store, renderer: MailRenderer, keyring: Keyring, clock: WallClock, relay: any Relay,
        approval: Approval,
        promises: any PromiseKeeper = NoPromises(), rendering: RenderingPool = RenderingPool(),
        hold: Duration, mails: MailBudget? = nil, testAnswers: TestAnswers = TestAnswers()
    ) {
        self.testAnswers = testAnswers
        self.hold = hold
        tests = TestBudget(mails)
        self.promises = promises
        self.rendering = rendering
        self.relay = relay
        self.store = store
        self.renderer = renderer
        self.keyring = keyring
        self.clock = clock
        self.approval = approval
    }

    // MARK: Writing

    /// Everything an editor should know about the file. Errors keep it from being sent.
    package func lint(_ source: String, list: Slug?) async throws -> [Finding] {
        let list = try await find(list, for: source)
        return try await rendering.run { [renderer] in renderer.lint(source, list: list) }
    }

    /// The mail as a recipient of that name would get it.
    package func preview(
        _ source: String, list: Slug?, name: PersonName?, company: CompanyName? = nil
    ) async throws -> CampaignPreview {
        let found = try await find(list, for: source)
        guard let list = found ?? renderer.sampleList else {
            throw Refusal.invalid(field: "list", problem: "Say which list with --list, or with `list:` in the file.")
        }
        let now = clock.now()
        var preview = try await rendering.run { [renderer] in
            try renderer.preview(source, list: list, name: name, company: company, at: now)
        }
        if found == nil {
            preview.findings.append(
                Finding(.warning, "no list is named, so it is shown as on one called \(list.title): name yours"))
        }
        return preview
    }

    package func preview(
        _ id: Int64, name: PersonName?, company: CompanyName? = nil
    ) async throws -> CampaignPreview {
        let (campaign, now) = (try await show(id).campaign, clock.now())
        return try await rendering.run { [renderer] in
            try renderer.preview(campaign, name: name, company: company, at: now)
        }
    }

    /// A repeated call with the same key gives the campaign that the first one made.
    package func create(
        _ source: String, list: Slug?, file: String? = nil, by staff: StaffMember, idempotencyKey: String?
    ) async throws -> (campaign: Campaign, findings: [Finding]) {
        guard let list = try await find(list, for: source) else {
            throw Refusal.invalid(field: "list", problem: "Say which list with --list, or with `list:` in the file.")
        }
        let findings = try await rendering.run { [renderer] in renderer.lint(source, list: list) }
        if findings.contains(where: { $0.severity == .error }) { throw Refusal.lint(findings) }
        var draft = Campaign(
            id: 0, list: list, source: source, subject: try renderer.subject(source), state: .draft, reason: nil,
            createdBy: staff.name, createdAt: clock.now(), approval: nil, scheduledFor: nil, startedAt: nil,
            finishedAt: nil, tally: Tally())
        draft.file = try file.map { try Self.fileName($0) }
        return try await store.write { [keyring, draft] tx in
            func audit(_ made: Campaign, _ result: String) throws {
                try tx.audit(
                    .createCampaign, of: .campaign(made.id), by: staff.actor, result: result, keyring: keyring,
                    at: draft.createdAt)
            }
            if let idempotencyKey, let made = try tx.campaign(idempotencyKey: idempotencyKey, by: staff.name) {
                guard made.source.utf8.elementsEqual(source.utf8), made.list.id == list.id else {
                    throw Refusal.idempotencyKeyReused
                }
                try audit(made, "repeated")
                return (made, findings)
            }
            if list.closedAt != nil { throw Refusal.closed(list.slug.text) }
            let made = try tx.insert(draft, idempotencyKey: idempotencyKey)
            try audit(made, "done")
            return (made, findings)
        }
    }

    private static func fileName(_ name: String) throws -> String {
        guard (1...200).contains(name.utf8.count), (try? HeaderText(name)) != nil,
            !name.utf8.contains(UInt8(ascii: "/"))
        else { throw Refusal.invalid(field: "file", problem: "A file's name is 1 to 200 bytes, without its folders.") }
        return name
    }

    /// Another text for what has not begun to go out. It is a draft again: it was approved and scheduled as something else.
    /// The same text changes nothing.
    package func edit(_ id: Int64, _ source: String, file: String? = nil, by actor: Actor) async throws
        -> CampaignStanding
    {
        let campaign = try await show(id).campaign
        try campaign.require(.edit)
        if let named = renderer.listNamed(in: source), named != campaign.list.slug {
            throw Refusal.invalid(
                field: "list",
                problem: "The file is for \(named), the campaign for \(campaign.list.slug): create another campaign.")
        }
        let findings = try await rendering.run { [renderer] in renderer.lint(source, list: campaign.list) }
        if findings.contains(where: { $0.severity == .error }) { throw Refusal.lint(findings) }
        let (subject, now) = (try renderer.subject(source), clock.now())
        return try await store.write { [keyring] tx in
            var campaign = try tx.locked(id)
            try campaign.require(.edit)
            let isSame = campaign.source.utf8.elementsEqual(source.utf8)
            if !isSame {
                (campaign.source, campaign.subject) = (source, subject)
                campaign.file = try file.map { try Self.fileName($0) } ?? campaign.file
                (campaign.state, campaign.reason, campaign.approval) = (.draft, nil, nil)
                campaign.scheduledFor = nil
                try tx.rewrite(campaign)
                try tx.update(campaign)
            }
            try tx.audit(
                .editCampaign, of: .campaign(id), by: actor, result: isSame ? "same" : "done", keyring: keyring, at: now
            )
            return try tx.standing(of: campaign)
        }
    }

    // MARK: Sending

    /// What would go to how many. The digest stands for the content, the list and the sender. An approval that no longer
    /// holds is taken back.
    package func plan(_ id: Int64, by actor: Actor) async throws -> CampaignPlan {
        let now = clock.now()
        // To count walks over everybody on the list: beside the writers, so that nobody's sign-up waits for it.
        let recipients = try await store.read { tx in try tx.countRecipients(on: tx.existing(id).list) }
        let (campaign, lack) = try await store.write { [keyring, approval] tx in
            var campaign = try tx.locked(id)
            try campaign.require(.plan)
            let lack = try tx.approvalLack(of: campaign, keyring, at: now)
            if campaign.state == .draft || (campaign.approval != nil && lack != nil) {
                campaign.state = .planned
                campaign.approval = nil
                campaign.reason = nil
                try tx.update(campaign)
            }
            try tx.audit(
                .planCampaign, of: .campaign(id), by: actor, result: "recipients=\(recipients)", keyring: keyring,
                at: now)
            return (campaign, approval == .none ? nil : lack)
        }
        return CampaignPlan(
            campaign: campaign, recipients: recipients, digest: campaign.digest, lack: lack,
            findings: try await rendering.run { [renderer] in renderer.lint(campaign.source, list: campaign.list) })
    }

    /// Begins now or at `time`. Repeating it is harmless: what is already on its way stays so.
    package func send(
        _ id: Int64, digest: String, expectRecipients: Int?, at time: Date?, by actor: Actor
    ) async throws -> CampaignStanding {
        let now = clock.now()
        let terms = await terms()
        return try await store.write { [keyring] tx in
            func audit(_ result: String) throws {
                try tx.audit(.sendCampaign, of: .campaign(id), by: actor, result: result, keyring: keyring, at: now)
            }
            var campaign = try tx.locked(id)
            guard campaign.digest == digest else { throw Refusal.digestChanged }
            try campaign.require(.send)
            if campaign.isScheduledElsewhere(than: time) { throw Refusal.wrongState(.scheduled, verb: "send") }
            if [.scheduled, .sending, .sent].contains(campaign.state) {
                try audit("repeated")
                return try tx.standing(of: campaign)
            }
            try tx.requireMayGoOut(campaign, terms, at: now)
            let recipients = try tx.countRecipients(on: campaign.list)
            if let expectRecipients, expectRecipients != recipients {
                throw Refusal.recipientsChanged(expected: expectRecipients, actual: recipients)
            }
            guard recipients > 0 else { throw Refusal.noRecipients }
            campaign.state = time.map { $0 > now } == true ? .scheduled : .sending
            campaign.scheduledFor = time
            campaign.reason = nil
            try tx.update(campaign)
            if campaign.state == .sending { try tx.launch(id, recipients: recipients, at: now) }
            try audit("\(campaign.state.rawValue) recipients=\(recipients)")
            var standing = try tx.standing(of: tx.existing(id))
            if standing.campaign.isToBegin { standing.audience = recipients }
            return standing
        }
    }

    private func terms() async -> SendingTerms {
        SendingTerms(
            approval: approval, broken: await promises.brokenPromises(), keyring: keyring, signer: renderer.signer)
    }

    /// Another time for what is scheduled, or was when it was paused. It is the same campaign, so an approval stays.
    package func reschedule(_ id: Int64, at time: Date, by actor: Actor) async throws -> CampaignStanding {
        let terms = await terms()
        return try await change(id, .rescheduleCampaign, .reschedule, by: actor) { tx, campaign, now in
            guard time > now else { throw Refusal.timePassed(time) }
            try tx.requireMayGoOut(campaign, terms, at: now)
            (campaign.state, campaign.reason) = (.scheduled, nil)
            campaign.scheduledFor = time
        }
    }

    /// What waits at the relay comes back at once; what is on the wire is finished. What is scheduled does not begin.
    package func pause(_ id: Int64, by actor: Actor) async throws -> CampaignStanding {
        defer { relay.recall(id) }
        return try await change(id, .pauseCampaign, .pause, by: actor) { tx, campaign, _ in
            if campaign.state != .paused { try tx.note(RefusalRun(), of: id) }
            campaign.state = .paused
            campaign.reason = campaign.reason ?? "Paused by hand."
        }
    }

    /// Passes the same gate as sending. What was scheduled and not begun is scheduled again, while its time is still to come.
    package func resume(_ id: Int64, by actor: Actor) async throws -> CampaignStanding {
        let terms = await terms()
        return try await change(id, .resumeCampaign, .resume, by: actor) { tx, campaign, now in
            guard campaign.state == .paused else { return }
            try tx.requireMayGoOut(campaign, terms, at: now)
            if !campaign.hasBegun, let time = campaign.scheduledFor, time <= now { throw Refusal.timePassed(time) }
            (campaign.state, campaign.reason) = (campaign.hasBegun ? .sending : .scheduled, nil)
            try tx.note(RefusalRun(), of: id)
        }
    }

    /// Nobody gets it who has not got it yet.
    package func cancel(_ id: Int64, by actor: Actor) async throws -> CampaignStanding {
        let now = clock.now()
        defer { relay.recall(id) }
        return try await store.write { [keyring] tx in
            var campaign = try tx.locked(id)
            try campaign.require(.cancel)
            if campaign.state != .cancelled {
                campaign.state = .cancelled
                campaign.finishedAt = now
                try tx.update(campaign)
                try tx.deleteDeliveries(of: id)
            }
            try tx.audit(.cancelCampaign, of: .campaign(id), by: actor, keyring: keyring, at: now)
            return try tx.standing(of: campaign)
        }
    }

    /// Tries the refused and expired again; with `inDoubt` also those that may have it already. Says how many.
    package func retry(
        _ id: Int64, inDoubt: Bool, by actor: Actor
    ) async throws -> (standing: CampaignStanding, retried: Int) {
        let (now, terms) = (clock.now(), await terms())
        return try await store.write { [keyring] tx in
            var campaign = try tx.locked(id)
            try campaign.require(.retry)
            try tx.requireMayGoOut(campaign, terms, at: now)
            let retried = try tx.retryDeliveries(of: id, inDoubt: inDoubt, at: now)
            if retried > 0 {
                try tx.note(RefusalRun(), of: id)
                campaign.state = .sending
                campaign.reason = nil
                campaign.finishedAt = nil
                try tx.update(campaign)
            }
            try tx.audit(
                .retryCampaign, of: .campaign(id), by: actor, result: "recipients=\(retried)", keyring: keyring, at: now
            )
            return (try tx.standing(of: tx.existing(id)), retried)
        }
    }

    // MARK: Watching

    /// `counts`: also how many one that has not begun would reach now.
    package func show(_ id: Int64, counts: Bool = true) async throws -> CampaignStanding {
        let now = clock.now()
        return try await store.read { [hold] tx in
            var standing = try tx.standing(of: tx.existing(id), hold: hold, at: now)
            if counts { standing.audience = try tx.audience(of: standing.campaign) }
            return standing
        }
    }

    /// The newest hundred.
    package func all() async throws -> [CampaignStanding] {
        let now = clock.now()
        return try await store.read { [hold] tx in
            var audiences: [Int64: Int?] = [:]
            return try tx.campaigns(limit: 100).map { campaign in
                var standing = try tx.standing(of: campaign, hold: hold, at: now)
                guard campaign.isToBegin else { return standing }
                let known = audiences[campaign.list.id]
                standing.audience = try known ?? tx.audience(of: campaign)
                audiences[campaign.list.id] = standing.audience
                return standing
            }
        }
    }

    /// Up to a thousand deliveries that need a person's decision or explanation.
    package func troubled(_ id: Int64) async throws -> [TroubledDelivery] {
        try await store.read { tx in try tx.troubled(of: tx.existing(id).id, limit: 1000) }
    }

    private func change(
        _ id: Int64, _ action: AuditAction, _ verb: CampaignVerb, by actor: Actor,
        _ change: @escaping @Sendable (any Transaction, inout Campaign, Date) throws -> Void
    ) async throws -> CampaignStanding {
        let now = clock.now()
        return try await store.write { [keyring] tx in
            var campaign = try tx.locked(id)
            try campaign.require(verb)
            try change(tx, &campaign, now)
            try tx.update(campaign)
            try tx.audit(action, of: .campaign(id), by: actor, keyring: keyring, at: now)
            return try tx.standing(of: campaign)
        }
    }

    private func find(_ slug: Slug?, for source: String) async throws -> MailingList? {
        guard let slug = slug ?? renderer.listNamed(in: source) else { return nil }
        return try await store.read { tx in try tx.existing(slug) }
    }
}

package struct CampaignPlan: Sendable {
    package let campaign: Campaign
    package let recipients: Int
    package let digest: String
    /// Why it may not go out yet, where a second person is asked for.
    package let lack: ApprovalLack?
    package let findings: [Finding]
}

package struct CampaignPreview: Sendable {
    package let subject: String
    package let preheader: String
    package let from: Correspondent
    package let html: String
    package let text: String
    /// The mail as it would go on the wire.
    package let source: [UInt8]
    package var findings: [Finding]
}

extension Transaction {
    func existing(_ id: Int64) throws -> Campaign {
        guard let campaign = try campaign(id) else { throw Refusal.notFound(.campaign) }
        return campaign
    }

    /// For a change: nobody else makes another meanwhile.
    func locked(_ id: Int64) throws -> Campaign {
        try lockCampaign(id)
        return try existing(id)
    }
}

extension Campaign {
    /// For another time than the one that is asked for now.
    fileprivate func isScheduledElsewhere(than time: Date?) -> Bool {
        guard state == .scheduled, let time, let scheduledFor else { return false }
        return abs(time.timeIntervalSince(scheduledFor)) >= 1
    }
}
