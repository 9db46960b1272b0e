import ArgumentParser
import CourantAPI

struct ListList: OutputCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls", abstract: "Show all lists and how many are on them.",
        discussion: "EXAMPLES:\n  courant list ls\n  courant list ls --json | jq -r '.lists[].slug'",
        aliases: ["list"])

    @OptionGroup var output: Output

    func run() async throws {
        let console = output.console
        let all = try await APIClient.current().lists()
        try console.show(all, as: all.table(console.page).text(console.page))
        if all.lists.isEmpty, !console.json {
            console.note("No list yet. Make one: courant list create news --title \"News\"")
        }
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
