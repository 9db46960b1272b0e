import ArgumentParser
import CourantAPI

struct SubscriberClassify: OutputCommand {
    static let configuration = CommandConfiguration(
        commandName: "classify",
        abstract: "Say what somebody is to you: the class decides how long they are kept.",
        discussion: """
            Who becomes a partner has just been in contact: the term begins anew.

            EXAMPLE:
              courant subscriber classify ann@example.org --class partner --list customers
            """)

    @Argument(help: Address.help)
    var address: Address

    @Option(name: .customLong("class"), help: "subscriber, partner or prospect.")
    var kind: SubscriberClass

    @Option(name: .long, help: "On this list alone.")
    var list: Slug?

    @OptionGroup var output: Output

    func run() async throws {
        let done = try await APIClient.current()
            .classify(Classify(address: address.read(), list: list?.description, class: kind.rawValue))
        try output.console.report(
            done,
            as:
                "\(output.console.margin.tick) \(done.changed.counted("subscription")) now of the class \(kind.rawValue)."
        )
    }
}
