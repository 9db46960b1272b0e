import ArgumentParser
import CourantAPI

struct CampaignPlan: OutputCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Count who would get it, and fix what would go out; nothing is sent.",
        discussion: """
            EXAMPLES:
              courant campaign plan 42
              courant campaign plan 42 --json | jq .recipients

            The digest names content and audience. Approving and sending refuse where it
            has changed.
            """)

    @Argument(help: "The campaign's id.")
    var id: CampaignID

    @OptionGroup var output: Output

    func run() async throws {
        let console = output.console
        let plan = try await APIClient.current().plan(id)
        try console.show(plan, as: plan.facts().text(console.page))
        for finding in plan.findings { console.note(finding.line(in: console.margin)) }
        if plan.findings.errors.isEmpty {
            console.note(plan.nextStep(id))
        } else {
            throw Failure(
                word: "lint", title: "It would not be sent: \(plan.findings.summary)",
                next: "Correct the file, and create the campaign anew", exit: .guarded)
        }
    }
}

extension PlanInfo {
    fileprivate func nextStep(_ id: CampaignID) -> String {
        guard let lack else { return "Next: courant campaign send \(id)" }
        return "\(lack.printable) Next, somebody else: \(approval(id))"
    }

    /// What whoever may approve it types.
    func approval(_ id: CampaignID) -> String { "courant campaign approve \(id) --digest \(digest.printable)" }

    func facts(digest shown: Bool = true) -> KeyValueTable {
        var facts = KeyValueTable()
        facts.add("Subject", campaign.subject.printable)
        facts.add("From", from.printable)
        facts.add("List", campaign.list.printable)
        facts.add("To", recipients.counted("recipient"))
        facts.add("Takes", estimatedSeconds.map { "about \(TimeSpan($0))" })
        if shown { facts.add("Digest", digest.printable) }
        facts.add("Made by", campaign.createdBy?.printable)
        facts.add("Approved", campaign.approvedBy.map { "by \($0.printable)" })
        facts.add("Campaign", campaign.id.printable)
        return facts
    }
}
