import ArgumentParser
import CourantAPI

struct ListEdit: OutputCommand {
    static let configuration = CommandConfiguration(
        commandName: "edit",
        abstract: "Change a list; what is not named stays.",
        discussion: """
            EXAMPLES:
              courant list edit news --title "News, once a month"
              courant list edit news --no-public
              courant list edit partners --company
              courant list edit news --keep 1y --keep prospect=2y --remind 4w

            How long people are kept is for the roles privacy and admin. A shorter term
            counts from tomorrow on, and you are told how many it erases then.
            """)

    @Argument(help: "The list's slug.")
    var slug: Slug

    @Option(name: .long, help: "Its name for people.")
    var title: String?

    @Option(
        name: .long,
        help: ArgumentHelp("How many a shorter term erases; refused where they are others.", valueName: "n"))
    var expectErased: Int?

    @OptionGroup var facts: ListFacts
    @OptionGroup var output: Output

    func run() async throws {
        let changes = EditList(
            title: title, description: facts.description, senderName: facts.senderName,
            senderAddress: facts.senderAddress, language: facts.language, isPublic: facts.public,
            asksCompany: facts.company,
            retention: facts.retention.rules, expectErased: expectErased)
        guard changes != EditList(expectErased: expectErased) else {
            throw Failure.usage("What shall change? Nothing was named", next: "courant list edit --help")
        }
        let list = try await edited(changes)
        try output.console.show(list, as: list.facts(output.console.page).text(output.console.page))
    }

    /// Where the service says that people would go, their number is typed: a `y` is typed by the fingers.
    private func edited(_ wish: EditList) async throws -> ListInfo {
        let (client, console) = (try APIClient.current(), output.console)
        var changes = wish
        while true {
            let failure: Failure
            do {
                return try await client.edit(slug, changes)
            } catch {
                failure = error
            }
            guard failure.word == "erases-people", expectErased == nil, console.hasPerson else { throw failure }
            console.ask("\(failure.title.printable). There is no way back.\n")
            let answer = Prompt(console: console).line("Type their number to go on, anything else to stop: ")
            guard let answer, let number = Int(answer), number > 0, changes.expectErased != number else {
                throw Failure.declined("Nothing was changed")
            }
            changes.expectErased = number
        }
    }
}
