import ArgumentParser
import CourantAPI

struct ListShow: OutputCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show one list.", discussion: "EXAMPLE:\n  courant list show news")

    @Argument(help: "The list's slug.")
    var slug: Slug

    @OptionGroup var output: Output

    func run() async throws {
        let list = try await APIClient.current().list(slug)
        try output.console.show(list, as: list.facts(output.console.page).text(output.console.page))
    }
}
