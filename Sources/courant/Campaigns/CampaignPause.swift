import ArgumentParser
import CourantAPI

struct CampaignPause: OutputCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause",
        abstract: "Hold a campaign: what is scheduled does not begin, what is at the relay's door still goes through.",
        discussion: "EXAMPLE:\n  courant campaign pause 42")

    @Argument(help: "The campaign's id.")
    var id: CampaignID

    @OptionGroup var output: Output

    func run() async throws {
        let campaign = try await APIClient.current().pause(id)
        let counts = campaign.startedAt == nil ? "it has not begun" : campaign.progress.counts(output.console.margin)
        try output.console.report(campaign, as: "Paused: \(counts). Go on: courant campaign resume \(id)")
    }
}
