import ArgumentParser
import CourantAPI

struct StaffRevoke: OutputCommand {
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
        try await APIClient.current().revoke(name)
        try console.report(["revoked": name.description], as: "\(console.margin.tick) \(name) cannot sign in any more.")
    }
}
