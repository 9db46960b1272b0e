import ArgumentParser
import CourantAPI

struct ApproveCampaign: Speaking {
    static let configuration = CommandConfiguration(
        commandName: "approve",
        abstract: "Agree to exactly what was planned.",
        discussion: """
            EXAMPLES:
              courant campaign preview 42 && courant campaign plan 42
              courant campaign approve 42 --digest 3f9c…
            """)

    @Argument(help: "The campaign's id.")
    var id: CampaignID

    @Option(name: .long, help: "The plan's digest, as you have seen it.")
    var digest: String

    @OptionGroup var output: Output

    func run() async throws {
        let campaign = try await Desk.current().approve(id, Approve(digest: digest))
        try output.console.report(
            campaign, as: "\(output.console.margin.tick) Approved. Next: courant campaign send \(id)")
    }
}
