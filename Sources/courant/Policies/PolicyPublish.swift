import ArgumentParser
import CourantAPI

struct PolicyPublish: OutputCommand {
    static let configuration = CommandConfiguration(
        commandName: "publish", abstract: "Publish a new version. It never changes again.",
        discussion: """
            The file begins with its version and its language, and goes on in Markdown:

              ---
              version: "2"
              language: en
              ---
              ## What we store
              …

            It is shown at once as a coming version, and counts from its day on.

            EXAMPLE:
              courant policy publish privacy.md --effective 2026-12-01 --material
            """)

    @Argument(help: ArgumentHelp("The policy: Markdown with front matter. - reads stdin.", valueName: "file"))
    var file: CampaignFile

    @Option(name: .long, help: "The day from which it counts, such as 2026-12-01; today at the earliest.")
    var effective: String?

    @Flag(name: .long, help: "It changes what happens to people's data.")
    var material = false

    @OptionGroup var output: Output

    func run() async throws {
        let console = output.console
        let client = try APIClient.current()
        // A published version never changes: whoever sits at a terminal is asked.
        if console.hasPerson,
            !Prompt(console: console).agrees("Publish \(file.name)? A version that is published never changes.")
        {
            throw Failure.declined("Nothing was published")
        }
        let policy =
            try await client
            .publish(PublishPolicy(source: try file.read(), effective: effective, isMaterial: material))
        try console.report(
            policy,
            as: "\(console.margin.tick) Version \(policy.version.printable) is published and counts from "
                + "\(policy.effective.printable). Tell everybody: courant policy notify")
    }
}
