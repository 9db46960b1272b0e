import ArgumentParser
import CourantAPI

struct SubscriberObject: OutputCommand {
    static let configuration = CommandConfiguration(
        commandName: "object",
        abstract: "Note an objection: everything is deleted, and nobody ever writes to them (GDPR Art. 21).",
        discussion: """
            EXAMPLE:
              courant subscriber object ann@example.org

            Also for somebody of whom nothing is held. A keyed fingerprint stays, so that no
            import brings them back; courant subscriber forgive lifts it, at their request.
            """)

    @Argument(help: Address.help)
    var address: Address

    @OptionGroup var agreement: Agreement
    @OptionGroup var output: Output

    func run() async throws {
        let console = output.console
        try agreement.ask("Delete everything about them, and never write again?", console)
        let served = try await APIClient.current().serve("object", WhichSubscriber(address: address.read()))
        let count = served.subscriptions.counted("subscription")
        try console.report(served, as: "\(console.margin.tick) Deleted: \(count). Nobody writes to them again.")
    }
}
