import CourantAPI
import Foundation

/// The moment that cannot be taken back. It plans, shows what will go to how many, has the number of recipients typed
/// (a `y` is typed by the fingers, a number by the eyes), sends exactly what was shown, and watches until it is over.
struct LiveSend {
    let client: APIClient
    let console: Console
    let options: SendOptions
    let at: Date?
    /// For when its text was scheduled before it was replaced.
    var unscheduled: Date?

    func send(_ id: CampaignID, digest: String?) async throws {
        let me = try await client.whoami()
        let plan = try await checked(id, digest: digest)
        try agree(plan, me)
        try await options.grace?.countDown(of: plan.campaign.id.printable, console)
        try await finish(id, try await begin(id, plan, me))
    }

    /// For the same file the service gives back the campaign of the first time. Where it has left the drawing board,
    /// sending would be a second mail to the same people, or none.
    static func refuseSecondTime(_ id: CampaignID, _ client: APIClient) async throws {
        let campaign = try await client.campaign(id)
        guard !["draft", "planned", "approved"].contains(campaign.state) else { return }
        throw Failure(
            word: "already-sent",
            title:
                "This is already campaign \(id) for \(campaign.list.printable), and it is \(campaign.state.printable)"
                + (campaign.state == "scheduled"
                    ? campaign.scheduledFor.map { " for \(LocalTime($0).exact)" } ?? "" : ""),
            next: campaign.isOpen
                ? "Another time: courant campaign reschedule \(id) --at TIME; another text: courant campaign edit \(id) "
                    + "FILE.md; hold it: courant campaign pause \(id); a campaign of its own: courant send FILE.md --again"
                : "courant campaign status \(id) --follow; a file is sent once more with: courant send FILE.md --again",
            exit: .guarded)
    }

    private func checked(_ id: CampaignID, digest: String?) async throws -> PlanInfo {
        let plan = try await client.plan(id)
        guard plan.findings.errors.isEmpty else {
            throw Failure(
                word: "lint", title: "Nothing was sent: \(plan.findings.summary)",
                next: "Correct the file, and send that", exit: .guarded, findings: plan.findings)
        }
        if let lack = plan.lack {
            throw Failure(
                word: "approval", title: "Nothing was sent: \(lack.printable)",
                next: "Somebody else: \(plan.approval(id)); then: courant campaign send \(id)", exit: .guarded)
        }
        if let digest, digest != plan.digest {
            throw Failure(
                word: "digest-changed", title: "Nothing was sent: content or audience is not what the digest names",
                next: "Look at it again: courant campaign plan \(id)", exit: .guarded)
        }
        guard plan.recipients > 0 else {
            throw Failure(
                word: "no-recipients",
                title: "Nothing was sent: nobody is subscribed to \(plan.campaign.list.printable)",
                next: "courant list show \(plan.campaign.list.printable)", exit: .guarded)
        }
        if let expected = options.expectRecipients, expected != plan.recipients {
            throw Failure(
                word: "recipients-changed",
                title:
                    "Nothing was sent: \(plan.recipients.counted("recipient")), and you expected \(expected.grouped)",
                next: "If that is right: --expect-recipients \(plan.recipients)", exit: .guarded)
        }
        return plan
    }

    private func agree(_ plan: PlanInfo, _ me: Whoami) throws {
        if options.yes {
            if !console.quiet { console.ask(summary(plan, me)) }
            return
        }
        console.ask(summary(plan, me))
        Interrupt.leave { [console, lapsed] in console.ask("\nNothing was sent.\(lapsed.map { " \($0)." } ?? "")\n") }
        defer { Interrupt.leave(nil) }
        let number = console.margin.bold(String(plan.recipients))
        let verb = at == nil ? "send it" : "schedule it"
        let answer = Prompt(console: console).line("Type \(number) to \(verb), anything else to stop: ")
        guard answer?.withoutSeparators == String(plan.recipients) else {
            throw Failure.declined(
                "Nothing was sent" + (lapsed.map { ". \($0)" } ?? ""),
                next: "The draft stays: courant campaign send \(plan.campaign.id.printable)")
        }
    }

    /// Another text is a draft again.
    private var lapsed: String? {
        unscheduled.map {
            "It was scheduled for \(LocalTime($0).exact); with the new text it is not, until you send it"
        }
    }

    private func summary(_ plan: PlanInfo, _ me: Whoami) -> String {
        let style = console.margin
        var facts = KeyValueTable()
        facts.add("Subject", style.bold(plan.campaign.subject.printable))
        facts.add("From", plan.from.printable)
        facts.add("List", plan.campaign.list.printable)
        facts.add("To", style.bold(plan.recipients.counted("recipient")))
        facts.add("When", when(plan))
        facts.add("Where", "\(style.bold(me.publicURL.printable)), as \(me.name.printable)")
        facts.add("Campaign", plan.campaign.id.printable)
        let warnings = plan.findings.map { "  " + $0.line(in: style) }.joined(separator: "\n")
        return "\n" + facts.text(style, indent: 2) + "\n\n" + (warnings.isEmpty ? "" : warnings + "\n\n")
    }

    private func when(_ plan: PlanInfo) -> String {
        let start = at.map { "\(LocalTime($0).exact), \(LocalTime($0).distance)" } ?? "now"
        guard let seconds = plan.estimatedSeconds else { return start }
        return "\(start), for about \(TimeSpan(seconds))"
    }
}

extension LiveSend {
    private func begin(_ id: CampaignID, _ agreed: PlanInfo, _ me: Whoami) async throws -> CampaignInfo {
        var plan = agreed
        while true {
            let failure: Failure
            do {
                return try await order(id, plan)
            } catch {
                failure = error
            }
            guard failure.word == "recipients-changed", !options.yes else { throw failure }
            plan = try await replan(id, plan, me)
        }
    }

    private func order(_ id: CampaignID, _ plan: PlanInfo) async throws(Failure) -> CampaignInfo {
        let key = IdempotencyKey(
            "send", plan.campaign.id, plan.digest, at.map { String($0.timeIntervalSince1970) } ?? "")
        do {
            return try await client.send(
                id, Send(digest: plan.digest, expectRecipients: plan.recipients, at: at), key: key)
        } catch {
            throw explained(error, id, plan)
        }
    }

    /// The same failure with this campaign's own commands.
    private func explained(_ failure: Failure, _ id: CampaignID, _ plan: PlanInfo) -> Failure {
        var failure = failure
        if failure.word == "approval" {
            failure.next =
                "Somebody else: \(plan.approval(id)); then: courant campaign send \(id)"
        } else if failure.exit == .guarded {
            failure.next = "Look at what would go out now: courant campaign plan \(id)"
        } else if failure.isPassing {
            failure.title = "Whether the campaign is being sent is open. \(failure.title)"
            failure.next = "courant campaign status \(id); the same command again never sends twice"
        }
        return failure
    }

    /// Somebody came or went while we asked. The same content for one in a hundred more or less is what was agreed to;
    /// anything else is asked again.
    private func replan(_ id: CampaignID, _ agreed: PlanInfo, _ me: Whoami) async throws -> PlanInfo {
        let plan = try await checked(id, digest: nil)
        let drift = abs(plan.recipients - agreed.recipients)
        if plan.digest == agreed.digest, drift * 100 <= agreed.recipients {
            console.note("Meanwhile \(plan.recipients.counted("recipient")).")
            return plan
        }
        console.ask("\nMeanwhile it has changed:\n")
        try agree(plan, me)
        return plan
    }

    private func finish(_ id: CampaignID, _ campaign: CampaignInfo) async throws {
        if campaign.state == "scheduled", let start = campaign.scheduledFor ?? at {
            let words = "\(console.margin.tick) Scheduled for \(LocalTime(start).exact), \(LocalTime(start).distance). "
            return try console.report(
                campaign,
                as: words + "Change it: courant campaign edit \(id) FILE.md, reschedule \(id) --at TIME, cancel \(id)")
        }
        if options.noWait {
            return try console.report(
                campaign, as: "\(console.margin.tick) Sending. Watch: courant campaign status \(id) --follow")
        }
        let end = try await Watch(client: client, id: id, console: console).untilOver()
        if console.json { try console.show(end, as: "") }
        if let shortfall = end.shortfall { throw shortfall }
        console.note(end.success(console.margin))
    }
}

extension String {
    /// A number as people type it: 12,431 · 12 431 · 12.431 · 12'431
    var withoutSeparators: String {
        String(decoding: utf8.filter { !Array(",. '".utf8).contains($0) }, as: UTF8.self)
    }
}
