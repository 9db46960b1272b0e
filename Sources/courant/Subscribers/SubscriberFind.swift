import ArgumentParser
import CourantAPI

struct SubscriberFind: OutputCommand {
    static let configuration = CommandConfiguration(
        commandName: "find",
        abstract: "Show what is held about somebody.",
        discussion: """
            EXAMPLES:
              courant subscriber find ann@example.org
              courant subscriber find ann@example.org --show

            Address, name and company are masked; --show shows them, and the audit keeps that you asked.
            Ends with 4 where nothing is held.
            """)

    @Argument(help: Address.help)
    var address: Address

    @Flag(name: .long, help: "Address, name and company as they are.")
    var show = false

    @OptionGroup var output: Output

    func run() async throws {
        let console = output.console
        let found = try await APIClient.current().find(
            WhichSubscriber(address: address.read(), inFull: show ? true : nil))
        try console.show(found, as: found.text(console.page))
    }
}

extension SubscriberInfo {
    fileprivate func text(_ style: Style) -> String {
        var parts: [String] = []
        if !subscriptions.isEmpty { parts.append(table().text(style)) }
        parts += neverAgain.map { wish in
            "Never to be written to \(wish.list.map { "from \($0.printable)" } ?? "again"), since \(LocalTime(wish.since))."
        }
        if !requests.isEmpty { parts.append(RequestsInfo(requests: requests).table(style).text(style)) }
        return parts.joined(separator: "\n\n")
    }

    private func table() -> Table {
        // Most lists do not ask for it.
        let hasCompany = subscriptions.contains { $0.company != nil }
        var table = Table(
            columns: [.text("LIST"), .text("ADDRESS"), .text("NAME")] + (hasCompany ? [.text("COMPANY")] : []) + [
                .text("STATE"), .text("BASIS"), .text("SOURCE"), .text("ASKED"), .text("CONFIRMED"),
                .text("LAST ACTIVE"),
            ])
        table.rows = subscriptions.map { held in
            let who = [held.list.printable, held.address.printable, held.name?.printable ?? ""]
            return who + (hasCompany ? [held.company?.printable ?? ""] : []) + [
                held.state.printable,
                held.basis.printable, held.source.printable.cut(to: 30), held.askedAt.map { "\(LocalTime($0))" } ?? "",
                held.confirmedAt.map { "\(LocalTime($0))" } ?? "", LocalTime(held.lastActivity).distance,
            ]
        }
        return table
    }
}
