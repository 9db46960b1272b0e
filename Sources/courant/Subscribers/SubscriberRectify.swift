import ArgumentParser
import CourantAPI

struct SubscriberRectify: OutputCommand {
    static let configuration = CommandConfiguration(
        commandName: "rectify",
        abstract: "Correct somebody's name, company or address.",
        discussion: """
            EXAMPLES:
              courant subscriber rectify ann@example.org --name "Ann Example"
              courant subscriber rectify ann@example.org --no-name
              courant subscriber rectify ann@example.org --company "Example AS"
              courant subscriber rectify ann@example.org --address ann@example.net

            A name changes at once, and a company on the lists that ask for one. An address changes when its new mailbox has confirmed it;
            the old one is told, and then it is gone.
            """)

    @Argument(help: Address.help)
    var address: Address

    @Option(name: .long, help: "Their name.")
    var name: String?

    @Flag(name: .customLong("no-name"), help: "Take their name away.")
    var noName = false

    @Option(name: .long, help: "Their company.")
    var company: String?

    @Flag(name: .customLong("no-company"), help: "Take their company away.")
    var noCompany = false

    @Option(name: .customLong("address"), help: ArgumentHelp("Their new address.", valueName: "address"))
    var newAddress: String?

    @OptionGroup var agreement: Agreement
    @OptionGroup var output: Output

    func validate() throws {
        guard [name != nil, noName, company != nil, noCompany, newAddress != nil].count(where: \.self) == 1 else {
            throw ValidationError("Say one of --name, --no-name, --company, --no-company and --address.")
        }
    }

    func run() async throws {
        let console = output.console
        let word = company != nil || noCompany ? "company" : "name"
        try agreement.ask(
            newAddress == nil ? "Change the \(word)?" : "Ask the new mailbox to confirm the change?", console)
        let wish = Rectify(
            address: try address.read(), name: noName ? "" : name, company: noCompany ? "" : company,
            newAddress: newAddress)
        try await APIClient.current().rectify(wish)
        let words = newAddress == nil ? "The \(word) is changed." : "The new mailbox is asked, and the old one told."
        try console.report(["rectified": true], as: "\(console.margin.tick) \(words)")
    }
}
