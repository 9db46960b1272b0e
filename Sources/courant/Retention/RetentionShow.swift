import ArgumentParser
import CourantAPI

struct RetentionShow: OutputCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show what is held of each class, how old the oldest is, and when it goes.",
        discussion: "EXAMPLES:\n  courant retention show\n  courant retention show --json | jq '.holdings[].overdue'")

    @OptionGroup var output: Output

    func run() async throws {
        let holdings = try await APIClient.current().retention()
        let page = output.console.page
        let lines = [holdings.table(page).text(page)] + (holdings.held ?? []).map { "Held: " + $0.line }
        try output.console.show(holdings, as: lines.joined(separator: "\n"))
        if let days = holdings.registerDays {
            output.console.note(
                "Requests that are closed stand on the register for \(days.grouped) days, without an address.")
        }
    }
}

extension HoldingsInfo {
    fileprivate func table(_ style: Style) -> Table {
        var table = Table(columns: [
            .text("LIST"), .text("CLASS"), .number("RECORDS"), .number("RESTRICTED"), .text("OLDEST"), .text("GOES"),
            .number("OVERDUE"), .text("RULE"),
        ])
        table.rows = holdings.map { holding in
            [
                holding.list.printable, holding.class.printable, holding.records.grouped, holding.restricted.grouped,
                holding.oldest.map { LocalTime($0).distance } ?? "–",
                holding.ends.map { LocalTime($0).distance } ?? "–",
                holding.overdue == 0 ? "0" : style.red(holding.overdue.grouped), holding.rule.printable,
            ]
        }
        return table
    }
}
