import ArgumentParser
import CourantAPI

struct Lists: Speaking {
    static let configuration = CommandConfiguration(
        commandName: "ls", abstract: "Show all lists and how many are on them.",
        discussion: "EXAMPLES:\n  courant list ls\n  courant list ls --json | jq -r '.lists[].slug'",
        aliases: ["list"])

    @OptionGroup var output: Output

    func run() async throws {
        let console = output.console
        let all = try await Desk.current().lists()
        try console.show(all, as: all.table(console.page).text(console.page))
        if all.lists.isEmpty, !console.json {
            console.note("No list yet. Make one: courant list create news --title \"News\"")
        }
    }
}

struct ShowList: Speaking {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show one list.", discussion: "EXAMPLE:\n  courant list show news")

    @Argument(help: "The list's slug.")
    var slug: Slug

    @OptionGroup var output: Output

    func run() async throws {
        let list = try await Desk.current().list(slug)
        try output.console.show(list, as: list.facts(output.console.page).text(output.console.page))
    }
}

extension ListsInfo {
    fileprivate func table(_ style: Style) -> Table {
        var table = Table(columns: [
            .text("SLUG"), .text("TITLE"), .number("ACTIVE"), .number("PENDING"), .number("HELD"),
            .text("BASIS"), .text("SIGN-UP"),
        ])
        table.rows = lists.map { list in
            let signUp =
                list.closedAt != nil ? style.dim("closed") : list.isPublic ? "public" : style.dim("not offered")
            return [
                list.slug.printable, list.title.printable.cut(to: 40), list.active.grouped, list.pending.grouped,
                (list.held ?? 0).grouped,
                list.basis.printable, signUp,
            ]
        }
        return table
    }
}
