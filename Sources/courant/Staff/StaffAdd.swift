import ArgumentParser
import CourantAPI

struct StaffAdd: OutputCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Give somebody a login; its token is printed, this once.",
        discussion: """
            EXAMPLES:
              courant staff add Kari --role editor
              courant staff add Kari --role sender --days 30 --quiet > kari.token
              courant staff add shop --role integration --list news

            An integration is a program: a web shop, a till, a CRM. It brings sign-ups to the
            lists that are named and takes people off them, and sees nothing.

            Hand the token over in person or in a password safe. Only its hash is kept: who
            loses it gets a new login.
            """)

    @Argument(help: "The person's name: one login, one person.")
    var name: StaffName

    @Option(name: .long, help: "What they may.")
    var role: StaffRole

    @Option(name: .customLong("list"), help: ArgumentHelp("A list that an integration is for.", valueName: "slug"))
    var lists: [String] = []

    @OptionGroup var term: LoginTerm
    @OptionGroup var output: Output

    func run() async throws {
        let console = output.console
        let added = try await APIClient.current()
            .add(
                AddStaff(
                    name: name.description, role: role.rawValue, days: term.days, lists: lists.isEmpty ? nil : lists))
        let until = LocalTime(added.member.expiresAt)
        console.note(
            "\(console.margin.tick) \(added.member.name.printable) may sign in as \(added.member.role.printable) until \(until) "
                + "(\(until.distance)). The token is shown this once:")
        try console.show(added, as: added.token.printable)
    }
}
