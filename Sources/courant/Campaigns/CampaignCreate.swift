import ArgumentParser
import CourantAPI

struct CampaignCreate: OutputCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Put a file at the service as a draft; its id is printed.",
        discussion: """
            EXAMPLES:
              courant campaign create spring.md --list news
              id=$(courant campaign create spring.md --list news --quiet)

            The same file for the same list is the same campaign: creating it again gives
            the first one's id, unless --again makes another.
            """)

    @Argument(help: CampaignFile.help)
    var file: CampaignFile

    @Option(name: .long, help: "The list's slug; else the file's own.")
    var list: Slug?

    @Flag(name: .long, help: "Another campaign, even if this file was one already.")
    var again = false

    @OptionGroup var output: Output

    func run() async throws {
        let source = CampaignSource(source: try file.read(), list: list?.description, file: file.shortName)
        let campaign = try await APIClient.current().create(source, key: .creating(source, again: again))
        try output.console.show(campaign, as: campaign.id.printable)
        output.console.note(
            "“\(campaign.subject.printable)” for \(campaign.list.printable): \(campaign.state.printable). "
                + "Next: courant campaign plan \(campaign.id.printable)")
    }
}

extension IdempotencyKey {
    /// Names the file and the list, so that whoever runs the same command again after a lost connection meets the
    /// campaign of the first run, and nobody gets it twice.
    static func creating(_ source: CampaignSource, again: Bool) -> IdempotencyKey {
        let salt = again ? String(UInt64.random(in: .min ... .max)) : ""
        return IdempotencyKey("create", source.list ?? "", source.source, salt)
    }
}
