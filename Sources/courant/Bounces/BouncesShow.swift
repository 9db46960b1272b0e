import ArgumentParser
import CourantAPI

struct BouncesShow: OutputCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show how many are held, why, and whether the brake is on; no addresses.",
        discussion: "EXAMPLES:\n  courant bounces show\n  courant bounces show --campaign 42 --json | jq .brake")

    @Option(name: .long, help: ArgumentHelp("Of one campaign.", valueName: "id"))
    var campaign: CampaignID?

    @OptionGroup var output: Output

    func run() async throws {
        let found = try await APIClient.current().bounces(campaign)
        try output.console.show(found, as: found.text(output.console.page))
    }
}
