import ArgumentParser
import CourantAPI

struct SubscriberUnrestrict: OutputCommand {
    static let configuration = CommandConfiguration(
        commandName: "unrestrict",
        abstract: "Lift a restriction; the person is told by mail (Art. 18(3)).",
        discussion: """
            EXAMPLE:
              courant subscriber unrestrict ann@example.org
            """)

    @Argument(help: Address.help)
    var address: Address

    @OptionGroup var agreement: Agreement
    @OptionGroup var output: Output

    func run() async throws {
        let console = output.console
        try agreement.ask("Lift the restriction and tell them?", console)
        let served = try await APIClient.current().serve("unrestrict", WhichSubscriber(address: address.read()))
        let count = served.subscriptions.counted("subscription")
        try console.report(served, as: "\(console.margin.tick) Lifted: \(count). They are told by mail.")
    }
}
