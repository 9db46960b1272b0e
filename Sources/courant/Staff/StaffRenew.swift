import ArgumentParser
import CourantAPI

struct StaffRenew: OutputCommand {
    static let configuration = CommandConfiguration(
        commandName: "renew", abstract: "Let a login last longer, a year from its making at most.",
        discussion: "EXAMPLES:\n  courant staff renew Kari\n  courant staff renew Kari --days 30")

    @Argument(help: "The person's name.")
    var name: StaffName

    @OptionGroup var term: LoginTerm
    @OptionGroup var output: Output

    func run() async throws {
        let member = try await APIClient.current().renew(name, RenewStaff(days: term.days))
        let until = LocalTime(member.expiresAt)
        try output.console.report(
            member, as: "\(output.console.margin.tick) \(member.name.printable) until \(until) (\(until.distance)).")
    }
}
