import ArgumentParser
import CourantAPI

struct ListCreate: OutputCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Make a list.",
        discussion: """
            EXAMPLES:
              courant list create news --title "Monthly news"
              courant list create nyheter --title "Nyheter" --language nb \\
                --sender-name "Acme" --sender-address news@acme.example
              courant list create customers --title "For customers" --basis legitimate-interest
            """)

    enum Basis: String, ExpressibleByArgument, CaseIterable {
        case consent
        case legitimateInterest = "legitimate-interest"
    }

    @Argument(help: "Its short name in addresses and commands: letters, digits, hyphens.")
    var slug: Slug

    @Option(name: .long, help: "Its name for people.")
    var title: String

    @Option(name: .long, help: "Why the law lets you write to those you import; the form always asks for consent.")
    var basis: Basis?

    @OptionGroup var facts: ListFacts
    @OptionGroup var output: Output

    func run() async throws {
        let list = try await APIClient.current()
            .create(
                CreateList(
                    slug: slug.description, title: title, description: facts.description, basis: basis?.rawValue,
                    senderName: facts.senderName, senderAddress: facts.senderAddress, language: facts.language,
                    isPublic: facts.public, asksCompany: facts.company, retention: facts.retention.rules))
        try output.console.show(list, as: list.facts(output.console.page).text(output.console.page))
    }
}
