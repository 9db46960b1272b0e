import ArgumentParser
import CourantAPI

struct GiveLogin: Speaking {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Give somebody a login; its token is printed, this once.",
        discussion: """
            EXAMPLES:
              courant staff add Kari --role editor
              courant staff add Kari --role sender --days 30 --quiet > kari.token

            Hand the token over in person or in a password safe. Only its hash is kept: who
            loses it gets a new login.
            """)

    @Argument(help: "The person's name: one login, one person.")
    var name: StaffName

    @Option(name: .long, help: "What they may.")
    var role: StaffRole

    @OptionGroup var term: LoginTerm
    @OptionGroup var output: Output

    func run() async throws {
        let console = output.console
        let added = try await Desk.current()
            .add(AddStaff(name: name.description, role: role.rawValue, days: term.days))
        let until = Moment(added.member.expiresAt)
        console.note(
            "\(console.margin.tick) \(added.member.name.printable) may sign in as \(added.member.role.printable) until \(until) "
                + "(\(until.distance)). The token is shown this once:")
        try console.show(added, as: added.token.printable)
    }
}

struct RenewLogin: Speaking {
    static let configuration = CommandConfiguration(
        commandName: "renew", abstract: "Let a login last longer, a year from its making at most.",
        discussion: "EXAMPLES:\n  courant staff renew Kari\n  courant staff renew Kari --days 30")

    @Argument(help: "The person's name.")
    var name: StaffName

    @OptionGroup var term: LoginTerm
    @OptionGroup var output: Output

    func run() async throws {
        let member = try await Desk.current().renew(name, RenewStaff(days: term.days))
        let until = Moment(member.expiresAt)
        try output.console.report(
            member, as: "\(output.console.margin.tick) \(member.name.printable) until \(until) (\(until.distance)).")
    }
}

struct RevokeLogin: Speaking {
    static let configuration = CommandConfiguration(
        commandName: "revoke",
        abstract: "Take a login back: its token works no more, from this moment on.",
        discussion: """
            EXAMPLES:
              courant staff revoke Kari
              courant staff revoke Kari --yes

            The last administrator's is refused; on the host, courantd staff revoke does it.
            """)

    @Argument(help: "The person's name.")
    var name: StaffName

    @Flag(name: .shortAndLong, help: "Do not ask. Nobody is asked without a terminal either: revoking is safe.")
    var yes = false

    @OptionGroup var output: Output

    func run() async throws {
        let console = output.console
        if !yes, console.hasPerson, !Prompt(console: console).agrees("Take back the login of \(name)?") {
            throw Failure.declined("Nothing was revoked")
        }
        try await Desk.current().revoke(name)
        try console.report(["revoked": name.description], as: "\(console.margin.tick) \(name) cannot sign in any more.")
    }
}
