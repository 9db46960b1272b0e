import ArgumentParser
import CourantAPI
import Foundation

struct CampaignReschedule: OutputCommand {
    static let configuration = CommandConfiguration(
        commandName: "reschedule",
        abstract: "Let a scheduled campaign begin at another time.",
        discussion: """
            EXAMPLES:
              courant campaign reschedule 42 --at "friday 09:00"
              courant campaign pause 42 && courant campaign reschedule 42 --at 2026-12-01T08:30+01:00
            """)

    @Argument(help: "The campaign's id.")
    var id: CampaignID

    @Option(name: .long, help: ArgumentHelp("When to begin: \(Schedule.help).", valueName: "time"))
    var at: Schedule

    @OptionGroup var output: Output

    func run() async throws {
        let campaign = try await APIClient.current().reschedule(id, Reschedule(at: try at.date(now: Date())))
        let time = campaign.scheduledFor.map { "\(LocalTime($0).exact), \(LocalTime($0).distance)" } ?? ""
        try output.console.report(campaign, as: "\(output.console.margin.tick) Scheduled for \(time).")
    }
}
