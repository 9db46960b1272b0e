import ArgumentParser
import CourantAPI

struct EraseSubscriber: Speaking {
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
        let served = try await Desk.current().serve(
            "erase", WhichSubscriber(address: address.read(), neverAgain: neverAgain ? true : nil))
        let count = served.subscriptions.counted("subscription")
        try console.report(served, as: "\(console.margin.tick) Deleted: \(count).")
    }
}

struct ObjectSubscriber: Speaking {
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
        let served = try await Desk.current().serve("object", WhichSubscriber(address: address.read()))
        let count = served.subscriptions.counted("subscription")
        try console.report(served, as: "\(console.margin.tick) Deleted: \(count). Nobody writes to them again.")
    }
}

struct ForgiveSubscriber: Speaking {
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
        try await Desk.current().forgive(WhichSubscriber(address: address.read()))
        try console.report(["forgiven": true], as: "\(console.margin.tick) They may sign up again.")
    }
}
