import ArgumentParser
import CourantAPI

struct ListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "What one can subscribe to.",
        discussion: """
            EXAMPLES:
              courant list ls
              courant list create news --title "Monthly news" --language nb
              courant list edit news --description "What happens here, once a month"
              courant list export news --out people.csv
            """,
        subcommands: [ListList.self, ListShow.self, ListCreate.self, ListEdit.self, ListClose.self, ListExport.self])
}

/// The facts of a list that both `create` and `edit` take.
struct ListFacts: ParsableArguments {
    @Option(name: .long, help: "What it is about, for the sign-up page.")
    var description: String?

    @Option(name: .long, help: "The name in From.")
    var senderName: String?

    @Option(name: .long, help: "The address in From.")
    var senderAddress: String?

    @Option(name: .long, help: "Language for subscribers who chose none, such as nb.")
    var language: String?

    @Flag(
        inversion: .prefixedNo,
        help: "Whether the sign-up page offers it; a new list of basis consent is.")
    var `public`: Bool?

    @Flag(
        inversion: .prefixedNo,
        help:
            "Whether its people may say which company they are with; a new list does not ask. Nothing else can be asked."
    )
    var company: Bool?

    @OptionGroup var retention: KeepOptions
}

extension ListInfo {
    func facts(_ style: Style) -> KeyValueTable {
        var facts = KeyValueTable()
        facts.add("List", style.bold(slug.printable))
        facts.add("Title", title.printable)
        facts.add("About", description.printable)
        facts.add("Basis", basis.printable)
        facts.add("From", "\(senderName.printable) <\(senderAddress.printable)>")
        facts.add("Language", language.printable)
        facts.add("Sign-up", closedAt != nil ? "closed" : isPublic ? "public" : "not offered")
        facts.add("Asks for", asksCompany == true ? "address, name and company" : "address and name")
        facts.add("Active", active.counted("subscriber"))
        facts.add("Pending", "\(pending.grouped) yet to confirm")
        facts.add("Held", held.map { "\($0.grouped) said not to exist: courant bounces show" })
        for line in retention.lines { facts.add(line.name, line.value) }
        facts.add("Created", "\(LocalTime(createdAt))")
        facts.add("Closed", closedAt.map { "\(LocalTime($0))" })
        return facts
    }
}
