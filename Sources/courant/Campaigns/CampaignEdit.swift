import ArgumentParser
import CourantAPI
import Foundation

struct CampaignEdit: OutputCommand {
    static let configuration = CommandConfiguration(
        commandName: "edit",
        abstract: "Give a campaign that has not begun another text.",
        discussion: """
            EXAMPLE:
              courant campaign edit 42 spring.md && courant campaign send 42 --at "friday 09:00"

            It is a draft again: what was approved and scheduled was another text. The same
            text changes nothing.
            """)

    @Argument(help: "The campaign's id.")
    var id: CampaignID

    @Argument(help: CampaignFile.help)
    var file: CampaignFile

    @OptionGroup var output: Output

    func run() async throws {
        let client = try APIClient.current()
        let before = try await client.campaign(id)
        let campaign = try await client.edit(id, EditCampaign(source: try file.read(), file: file.shortName))
        let words = "\(output.console.margin.tick) “\(campaign.subject.printable)” is campaign \(id) now."
        try output.console.report(campaign, as: words + " " + next(before, campaign))
    }

    private func next(_ before: CampaignInfo, _ after: CampaignInfo) -> String {
        guard after.state == "draft" else { return "It is \(after.state.printable)." }
        guard before.state == "scheduled", let time = before.scheduledFor else {
            return "Next: courant campaign send \(id)"
        }
        let stamp = time.formatted(.iso8601)
        return "It is scheduled no more. As before: courant campaign send \(id) --at \(stamp)"
    }
}
