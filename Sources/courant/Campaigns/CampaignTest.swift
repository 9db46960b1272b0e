import ArgumentParser
import CourantAPI

struct CampaignTest: OutputCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Send the campaign to one address, outside every list.",
        discussion: """
            EXAMPLES:
              courant campaign test 42 --to me@example.org
              courant campaign test 42 --to me@example.org --name Ada
            """)

    @Argument(help: "The campaign's id.")
    var id: CampaignID

    @Option(name: .long, help: "Your own address.")
    var to: String

    @Option(name: .long, help: "The recipient's name in it; else none.")
    var name: String?

    @OptionGroup var output: Output

    func run() async throws {
        try await APIClient.current().test(id, TestMail(to: to, name: name))
        output.console.note("\(output.console.margin.tick) A test is on its way to \(to.printable)")
    }
}
