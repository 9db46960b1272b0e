import ArgumentParser
import CourantAPI

struct CampaignList: OutputCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls", abstract: "List the campaigns, newest first.",
        discussion: "EXAMPLES:\n  courant campaign ls\n  courant campaign ls --json | jq -r '.campaigns[].id'",
        aliases: ["list"])

    @OptionGroup var output: Output

    func run() async throws {
        let console = output.console
        let all = try await APIClient.current().campaigns()
        try console.show(all, as: all.table(console.page).text(console.page))
        if all.campaigns.isEmpty, !console.json {
            console.note("No campaign yet. Begin: courant send FILE.md --list SLUG")
        }
    }
}

extension CampaignsInfo {
    fileprivate func table(_ style: Style) -> Table {
        var table = Table(columns: [
            .text("ID"), .text("STATE"), .text("LIST"), .text("SUBJECT"), .number("TO"), .number("ACCEPTED"),
            .text("WHEN"),
        ])
        table.rows = campaigns.sorted { $0.createdAt > $1.createdAt }.map { campaign in
            [
                campaign.id.printable, style.state(campaign.state.printable),
                campaign.notice == nil ? campaign.list.printable : "(all)",
                campaign.subject.printable.cut(to: 40), (campaign.audience ?? campaign.progress.recipients).grouped,
                campaign.progress.accepted.grouped, campaign.latest,
            ]
        }
        return table
    }
}

extension CampaignInfo {
    /// The last thing that happened to it, or the next.
    fileprivate var latest: String {
        if state == "scheduled", let scheduledFor { return "\(LocalTime(scheduledFor).distance)" }
        return LocalTime(finishedAt ?? startedAt ?? createdAt).distance
    }
}
