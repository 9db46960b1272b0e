import ArgumentParser
import CourantAPI

struct CampaignSend: OutputCommand {
    static let configuration = CommandConfiguration(
        commandName: "send",
        abstract: "Send a campaign that is at the service: plan, ask, send, watch.",
        discussion: """
            EXAMPLES:
              courant campaign send 42
              courant campaign send 42 --at "monday 08:30"
              courant campaign send 42 --digest DIGEST --yes --expect-recipients 1200
            """)

    @Argument(help: "The campaign's id.")
    var id: CampaignID

    @Option(name: .long, help: "Only if the plan still has this digest.")
    var digest: String?

    @OptionGroup var options: SendOptions
    @OptionGroup var output: Output

    func run() async throws {
        try options.check(output.console)
        let at = try options.date()
        let client = try APIClient.current()
        try await LiveSend.refuseSecondTime(id, client)
        try await LiveSend(client: client, console: output.console, options: options, at: at).send(id, digest: digest)
    }
}
