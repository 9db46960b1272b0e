import ArgumentParser
import CourantAPI

struct CampaignResume: OutputCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "Go on with a paused campaign.",
        discussion: "EXAMPLE:\n  courant campaign resume 42")

    @Argument(help: "The campaign's id.")
    var id: CampaignID

    @OptionGroup var output: Output

    func run() async throws {
        let campaign = try await APIClient.current().resume(id)
        try output.console.report(
            campaign, as: "The campaign is \(campaign.state.printable). Watch: courant campaign status \(id) --follow")
    }
}
