import ArgumentParser
import CourantAPI

struct CampaignRetry: OutputCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry",
        abstract: "Try again those who did not get it.",
        discussion: """
            EXAMPLES:
              courant campaign retry 42
              courant campaign retry 42 --in-doubt

            In doubt are those whose mail was handed over while the connection broke
            before the answer. Most have it; trying again may give it to them twice.
            So they are left alone unless you say so.
            """)

    @Argument(help: "The campaign's id.")
    var id: CampaignID

    @Flag(name: .long, help: "Also those in doubt, who may get it twice.")
    var inDoubt = false

    @Flag(name: .shortAndLong, help: "Do not ask before trying those in doubt.")
    var yes = false

    @OptionGroup var output: Output

    func run() async throws {
        let client = try APIClient.current()
        if inDoubt && !yes { try await ask(client) }
        let campaign = try await client.retry(id, Retry(inDoubt: inDoubt))
        try output.console.report(campaign, as: words(campaign))
    }

    private func words(_ campaign: CampaignInfo) -> String {
        guard let count = campaign.retried, count > 0 else {
            let doubtful = campaign.progress.inDoubt
            let hint =
                doubtful > 0 && !inDoubt
                ? " \(doubtful.grouped) in doubt may have it already; them too: courant campaign retry \(id) --in-doubt"
                : ""
            let held = campaign.progress.refused
            if held > 0 {
                return
                    "Nobody is tried again: \(held.grouped) \(held == 1 ? "address was" : "addresses were") said not to exist, "
                    + "and \(held == 1 ? "is" : "are") held, so that nobody writes to them. "
                    + "Look: courant bounces show --campaign \(id); if the relay was wrong: courant bounces release --campaign \(id)"
                    + "; then: courant campaign retry \(id).\(hint)"
            }
            return
                "There is nothing to try again: nobody was refused or put off to the end who is still on the list.\(hint)"
        }
        return
            "\(count.grouped) \(count == 1 ? "is" : "are") tried again. Watch: courant campaign status \(id) --follow"
    }

    private func ask(_ client: APIClient) async throws {
        guard output.console.hasPerson else {
            throw Failure.noTerminal(
                "Those in doubt may get the mail twice, and there is no terminal to ask on",
                next: "courant campaign retry \(id) --in-doubt --yes")
        }
        let doubtful = try await client.campaign(id).progress.inDoubt.counted("recipient")
        guard Prompt(console: output.console).agrees("\(doubtful) may get the mail twice. Try again?") else {
            throw Failure.declined("Nothing was tried again")
        }
    }
}
