import ArgumentParser
import CourantAPI

struct SubscriberForgive: OutputCommand {
    static let configuration = CommandConfiguration(
        commandName: "forgive",
        abstract: "Lift somebody's wish never to be written to again, at their request.",
        discussion: """
            EXAMPLE:
              courant subscriber forgive ann@example.org

            They are not subscribed to anything by that; they may sign up again.
            """)

    @Argument(help: Address.help)
    var address: Address

    @OptionGroup var agreement: Agreement
    @OptionGroup var output: Output

    func run() async throws {
        let console = output.console
        try agreement.ask("Have they asked to be written to again?", console)
        try await APIClient.current().forgive(WhichSubscriber(address: address.read()))
        try console.report(["forgiven": true], as: "\(console.margin.tick) They may sign up again.")
    }
}
