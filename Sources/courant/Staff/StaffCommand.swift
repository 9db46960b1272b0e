import ArgumentParser
import CourantAPI

struct StaffCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "staff",
        abstract: "Who may do what: a login per person, for a time.",
        discussion: """
            EXAMPLES:
              courant staff ls
              courant staff add "Kari Nordmann" --role sender
              courant staff renew "Kari Nordmann"
              courant staff revoke "Kari Nordmann"
              courant staff review

            viewer sees; editor also writes; sender also sends and approves; privacy sees,
            serves subscribers' rights and reads the audit; admin may all of it. integration is
            for a program: it signs people up to its lists, who confirm by mail, and takes
            them off.
            """,
        subcommands: [StaffList.self, StaffAdd.self, StaffRenew.self, StaffRevoke.self, StaffReview.self])
}

enum StaffRole: String, ExpressibleByArgument, CaseIterable {
    case viewer, editor, sender, privacy, admin, integration
}

/// A staff member's name as typed; the service says whether it is one.
struct StaffName: ExpressibleByArgument, Sendable, CustomStringConvertible {
    let description: String
    init?(argument: String) {
        guard (1...64).contains(argument.utf8.count), !argument.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) else {
            return nil
        }
        description = argument
    }
}

/// How long a login lasts, for `add` and `renew`.
struct LoginTerm: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("How long the token works: 1 to 365; else 90.", valueName: "n"))
    var days: Int?

    func validate() throws {
        if let days, !(1...365).contains(days) { throw ValidationError("--days is 1 to 365.") }
    }
}

extension StaffInfo {
    /// With what should not go on as it is.
    func row(_ style: Style) -> [String] {
        let use = lastUsed.map { LocalTime($0).day } ?? "never"
        let concerns = concerns.map { $0 == "expires-soon" ? style.yellow("expires soon") : style.red($0.printable) }
        return [
            name.printable, ([role] + (lists ?? [])).joined(separator: " ").printable,
            permissions.joined(separator: " ").printable, use,
            LocalTime(expiresAt).distance,
            concerns.joined(separator: ", "),
        ]
    }
}

extension StaffListInfo {
    func table(_ style: Style) -> Table {
        var table = Table(columns: [
            .text("NAME"), .text("ROLE"), .text("MAY"), .text("LAST USED"), .text("EXPIRES"), .text(""),
        ])
        table.rows = staff.map { $0.row(style) }
        return table
    }
}
