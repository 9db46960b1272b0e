import ArgumentParser
import CourantAPI

struct Pause: Speaking {
    static let configuration = CommandConfiguration(
        commandName: "pause",
        abstract: "Hold a campaign: what is scheduled does not begin, what is at the relay's door still goes through.",
        discussion: "EXAMPLE:\n  courant campaign pause 42")

    @Argument(help: "The campaign's id.")
    var id: CampaignID

    @OptionGroup var output: Output

    func run() async throws {
        let campaign = try await Desk.current().pause(id)
        let counts = campaign.startedAt == nil ? "it has not begun" : campaign.progress.counts(output.console.margin)
        try output.console.report(campaign, as: "Paused: \(counts). Go on: courant campaign resume \(id)")
    }
}

struct Resume: Speaking {
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "Go on with a paused campaign.",
        discussion: "EXAMPLE:\n  courant campaign resume 42")

    @Argument(help: "The campaign's id.")
    var id: CampaignID

    @OptionGroup var output: Output

    func run() async throws {
        let campaign = try await Desk.current().resume(id)
        try output.console.report(
            campaign, as: "The campaign is \(campaign.state.printable). Watch: courant campaign status \(id) --follow")
    }
}

struct Cancel: Speaking {
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
        let desk = try Desk.current()
        if !yes, output.console.hasPerson { try await ask(desk) }
        let campaign = try await desk.cancel(id)
        try output.console.report(campaign, as: "Cancelled: \(campaign.progress.counts(output.console.margin)).")
    }

    private func ask(_ desk: Desk) async throws {
        let campaign = try await desk.campaign(id)
        let counts = campaign.progress.counts(output.console.margin)
        output.console.ask("“\(campaign.subject.printable)” (\(campaign.state.printable)): \(counts)\n")
        guard Prompt(console: output.console).agrees("Cancel it for good?") else {
            throw Failure.declined("Nothing was cancelled", next: "Hold it instead: courant campaign pause \(id)")
        }
    }
}
