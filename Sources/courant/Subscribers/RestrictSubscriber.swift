import ArgumentParser
import CourantAPI

struct RestrictSubscriber: Speaking {
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
        let served = try await Desk.current().serve("restrict", WhichSubscriber(address: address.read()))
        let count = served.subscriptions.counted("subscription")
        try console.report(served, as: "\(console.margin.tick) Restricted: \(count).")
    }
}

struct UnrestrictSubscriber: Speaking {
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
        let served = try await Desk.current().serve("unrestrict", WhichSubscriber(address: address.read()))
        let count = served.subscriptions.counted("subscription")
        try console.report(served, as: "\(console.margin.tick) Lifted: \(count). They are told by mail.")
    }
}
