import ArgumentParser
import CourantAPI

struct SubscriberRestrict: OutputCommand {
    static let configuration = CommandConfiguration(
        commandName: "restrict",
        abstract: "Keep what is held about somebody, and write to them no more (GDPR Art. 18).",
        discussion: """
            EXAMPLE:
              courant subscriber restrict ann@example.org

            Nothing is sent until it is lifted: courant subscriber unrestrict
            """)

    @Argument(help: Address.help)
    var address: Address

    @OptionGroup var agreement: Agreement
    @OptionGroup var output: Output

    func run() async throws {
        let console = output.console
        try agreement.ask("Write to them no more, until it is lifted?", console)
        let served = try await APIClient.current().serve("restrict", WhichSubscriber(address: address.read()))
        let count = served.subscriptions.counted("subscription")
        try console.report(served, as: "\(console.margin.tick) Restricted: \(count).")
    }
}
