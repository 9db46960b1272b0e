import ArgumentParser
import CourantAPI

struct CampaignStatus: OutputCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show how far a campaign is.",
        discussion: """
            EXAMPLES:
              courant campaign status 42
              courant campaign status 42 --follow
              courant campaign status 42 --follow --json | jq .progress.accepted

            --follow stays until it is sent, cancelled or paused, and ends with 0 only
            where everybody has it. Interrupting it stops the watching, not the campaign.
            """)

    @Argument(help: "The campaign's id.")
    var id: CampaignID

    @Flag(name: .shortAndLong, help: "Stay, and show each change; with --json one object a line.")
    var follow = false

    @OptionGroup var output: Output

    func run() async throws {
        let console = output.console
        let client = try APIClient.current()
        guard follow else {
            let campaign = try await client.campaign(id)
            return try console.show(campaign, as: campaign.facts(console.page).text(console.page))
        }
        let end = try await Watch(client: client, id: id, console: console).untilOver { campaign in
            if console.json { console.write(String(decoding: try JSON.encode(campaign), as: UTF8.self)) }
        }
        if let shortfall = end.shortfall { throw shortfall }
        console.note(end.success(console.margin))
    }
}

extension CampaignInfo {
    func success(_ style: Style) -> String {
        "\(style.tick) Sent to \(progress.accepted.counted("recipient"))" + (pace.map { " " + $0 } ?? "")
    }

    /// The list, or that it goes to all of them.
    var audienceName: String { notice == nil ? list.printable : "everybody, on every list" }

    /// Before it begins, how many it would be now.
    private var readers: String {
        if let audience { return "\(audience.counted("recipient")), as of now" }
        return startedAt == nil ? "nobody" : progress.recipients.counted("recipient")
    }

    func facts(_ style: Style) -> KeyValueTable {
        var facts = KeyValueTable()
        facts.add("Subject", subject.printable)
        facts.add("List", audienceName)
        facts.add("State", style.state(state.printable))
        facts.add("Because", reason?.printable)
        facts.add("To", readers)
        facts.add("So far", startedAt.map { _ in progress.counts(style) })
        facts.add("Next try", nextAttempt.map { "\(LocalTime($0)) (\(LocalTime($0).distance)), of those deferred" })
        facts.add("Relay", relayNextTry.map { "is tried again at \(LocalTime($0).clock)" })
        facts.add("Held", held?.words.printable)
        facts.add("Created", "\(LocalTime(createdAt)) (\(LocalTime(createdAt).distance))")
        facts.add("Made by", createdBy?.printable)
        facts.add("Approved", approvedBy.map { "by \($0.printable)" })
        facts.add("Scheduled", scheduledFor.map { "\(LocalTime($0).exact) (\(LocalTime($0).distance))" })
        facts.add("Started", startedAt.map { "\(LocalTime($0)) (\(LocalTime($0).distance))" })
        facts.add("Finished", finishedAt.map { "\(LocalTime($0)) (\(LocalTime($0).distance))" })
        facts.add("Campaign", id.printable)
        return facts
    }
}
