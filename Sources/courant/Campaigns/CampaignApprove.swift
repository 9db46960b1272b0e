import ArgumentParser
import CourantAPI

struct CampaignApprove: OutputCommand {
    static let configuration = CommandConfiguration(
        commandName: "approve",
        abstract: "Agree to exactly what was planned.",
        discussion: """
            EXAMPLES:
              courant campaign preview 42 && courant campaign plan 42
              courant campaign approve 42 --digest DIGEST
              courant campaign approve 42 --digest DIGEST --expect-recipients 1200

            Nobody approves what they made themselves, where the service wants two people.
            It is void when content, list or sender changes, or many more are to get it.
            """)

    @Argument(help: "The campaign's id.")
    var id: CampaignID

    @Option(name: .long, help: "The plan's digest, as you have seen it.")
    var digest: String

    @Option(name: .long, help: ArgumentHelp("Refuse where they are not exactly so many.", valueName: "n"))
    var expectRecipients: Int?

    @OptionGroup var output: Output

    func run() async throws {
        let campaign = try await APIClient.current().approve(
            id, Approve(digest: digest, expectRecipients: expectRecipients))
        try output.console.report(
            campaign, as: "\(output.console.margin.tick) Approved. Next: courant campaign send \(id)")
    }
}
