import ArgumentParser
import CourantAPI
import Foundation

struct ListClose: OutputCommand {
    static let configuration = CommandConfiguration(
        commandName: "close",
        abstract: "Take a list out of use: no sign-ups, no campaigns, and in the end nobody on it.",
        discussion: """
            EXAMPLES:
              courant list close news
              courant list close news --yes --expect-erased 1200

            Whoever is still on it after its term for closed lists (30 days unless the list
            says otherwise, a day at the least) is erased. There is no way back.
            """)

    @Argument(help: "The list's slug.")
    var slug: Slug

    @Flag(name: .shortAndLong, help: "Do not ask; needs --expect-erased where anybody is on it.")
    var yes = false

    @Option(name: .long, help: ArgumentHelp("Refuse where they are not exactly so many.", valueName: "n"))
    var expectErased: Int?

    @OptionGroup var output: Output

    func run() async throws {
        let client = try APIClient.current()
        let expected = yes ? expectErased : try await ask(client)
        let list = try await client.close(slug, CloseListOrder(expectErased: expected))
        try output.console.report(list, as: "\(output.console.margin.tick) \(slug) is closed.")
    }

    /// How many the person has agreed to.
    private func ask(_ client: APIClient) async throws -> Int {
        let console = output.console
        guard console.hasPerson else {
            throw Failure.noTerminal(
                "Nothing was closed: there is no terminal to ask on",
                next: "courant list close \(slug) --yes --expect-erased N")
        }
        let list = try await client.list(slug)
        let people = list.active + list.pending
        let days = max(1, list.retention.closedDays ?? 30)
        let end = LocalTime(Date().addingTimeInterval(Double(days) * 86_400))
        console.ask(
            """
            “\(list.title.printable)” has \(list.active.counted("subscriber")) and \(list.pending.grouped) yet to confirm.
            Closed, nobody can sign up and nothing can be sent to it; whoever is still on it is erased
            on \(end), in \(days.counted("day")). There is no way back.

            """)
        let answer = Prompt(console: console).line("Type \(console.margin.bold("\(slug)")) to close it: ")
        guard answer == slug.description else { throw Failure.declined("Nothing was closed") }
        return people
    }
}
