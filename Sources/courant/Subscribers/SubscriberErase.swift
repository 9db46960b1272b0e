import ArgumentParser
import CourantAPI

struct SubscriberErase: OutputCommand {
    static let configuration = CommandConfiguration(
        commandName: "erase",
        abstract: "Delete everything that is held about somebody, at once and for good (GDPR Art. 17).",
        discussion: """
            EXAMPLES:
              courant subscriber erase ann@example.org
              courant subscriber erase ann@example.org --never-again --yes

            Nobody can undo it. What stays: with --never-again, or where a list imports people,
            a keyed fingerprint by which they are never written to again.
            """)

    @Argument(help: Address.help)
    var address: Address

    @Flag(name: .customLong("never-again"), help: "And never write to them again.")
    var neverAgain = false

    @OptionGroup var agreement: Agreement
    @OptionGroup var output: Output

    func run() async throws {
        let console = output.console
        try agreement.ask("Delete everything about them, for good?", console)
        let served = try await APIClient.current().serve(
            "erase", WhichSubscriber(address: address.read(), neverAgain: neverAgain ? true : nil))
        let count = served.subscriptions.counted("subscription")
        try console.report(served, as: "\(console.margin.tick) Deleted: \(count).")
    }
}
