import ArgumentParser
import CourantAPI

struct CampaignCancel: OutputCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel", abstract: "Stop a campaign for good.",
        discussion: """
            EXAMPLE:
              courant campaign cancel 42

            Those who have not had it never will. To hold it for a while: courant campaign pause 42
            """)

    @Argument(help: "The campaign's id.")
    var id: CampaignID

    @Flag(name: .shortAndLong, help: "Do not ask. Nobody is asked without a terminal either: stopping is safe.")
    var yes = false

    @OptionGroup var output: Output

    func run() async throws {
        let client = try APIClient.current()
        if !yes, output.console.hasPerson { try await ask(client) }
        let campaign = try await client.cancel(id)
        try output.console.report(campaign, as: "Cancelled: \(campaign.progress.counts(output.console.margin)).")
    }

    private func ask(_ client: APIClient) async throws {
        let campaign = try await client.campaign(id)
        let counts = campaign.progress.counts(output.console.margin)
        output.console.ask("“\(campaign.subject.printable)” (\(campaign.state.printable)): \(counts)\n")
        guard Prompt(console: output.console).agrees("Cancel it for good?") else {
            throw Failure.declined("Nothing was cancelled", next: "Hold it instead: courant campaign pause \(id)")
        }
    }
}
