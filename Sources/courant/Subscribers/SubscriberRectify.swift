import ArgumentParser
import CourantAPI

struct SubscriberRectify: OutputCommand {
    static let configuration = CommandConfiguration(
        commandName: "rectify",
        abstract: "Correct somebody's name or address.",
        discussion: """
            EXAMPLES:
              courant subscriber rectify ann@example.org --name "Ann Example"
              courant subscriber rectify ann@example.org --no-name
              courant subscriber rectify ann@example.org --address ann@example.net

            A name changes at once. An address changes when its new mailbox has confirmed it;
            the old one is told, and then it is gone.
            """)

    @Argument(help: Address.help)
    var address: Address

    @Option(name: .long, help: "Their name.")
    var name: String?

    @Flag(name: .customLong("no-name"), help: "Take their name away.")
    var noName = false

    @Option(name: .customLong("address"), help: ArgumentHelp("Their new address.", valueName: "address"))
    var newAddress: String?

    @OptionGroup var agreement: Agreement
    @OptionGroup var output: Output

    func validate() throws {
        guard [name != nil, noName, newAddress != nil].count(where: \.self) == 1 else {
            throw ValidationError("Say one of --name, --no-name and --address.")
        }
    }

    func run() async throws {
        let console = output.console
        try agreement.ask(
            newAddress == nil ? "Change the name?" : "Ask the new mailbox to confirm the change?", console)
        let wish = Rectify(
            address: try address.read(), name: noName ? "" : name, newAddress: newAddress)
        try await APIClient.current().rectify(wish)
        let words = newAddress == nil ? "The name is changed." : "The new mailbox is asked, and the old one told."
        try console.report(["rectified": true], as: "\(console.margin.tick) \(words)")
    }
}
