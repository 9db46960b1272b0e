import ArgumentParser
import CourantAPI

/// The staff's client. It reads arguments, calls the service over HTTPS, and shows the answer: every rule about
/// subscribers and campaigns lives at the service, so that this program can be as old or as far away as it likes.
/// A command's `run` is a few lines; what can go wrong becomes a `Failure`, whose exit code and prose `main` prints.
@main
struct Courant: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "courant",
        abstract: "Write and send newsletters with Courant, from a terminal.",
        discussion: """
            EXAMPLES:
              courant login https://news.example.org
              courant lint spring.md
              courant preview spring.md --out preview/
              courant send spring.md --list news --test me@example.org
              courant send spring.md --list news --at "tomorrow 09:00"
              courant campaign status 42 --follow

            In scripts, where nobody can be asked:
              COURANT_URL=https://… COURANT_TOKEN=… \\
                courant send spring.md --list news --yes --expect-recipients 1200 --json

            EXIT CODES:
              0 done · 1 failed · 2 refused by a guard · 3 not signed in or not allowed
              4 not found · 5 done in part · 64 wrong usage · 130 interrupted

            COMPLETION:
              courant --generate-completion-script bash|zsh|fish
              (bash: save it as ~/.local/share/bash-completion/completions/courant)
            """,
        version: Release.version,
        groupedSubcommands: [
            CommandGroup(name: "Every day", subcommands: [SendCommand.self, LintCommand.self, PreviewCommand.self]),
            CommandGroup(
                name: "Parts",
                subcommands: [
                    CampaignCommand.self, ListCommand.self, SubscriberCommand.self, ConsentCommand.self,
                    BouncesCommand.self, PolicyCommand.self,
                    RetentionCommand.self, StaffCommand.self, AuditCommand.self,
                ]),
            CommandGroup(
                name: "This computer",
                subcommands: [
                    LoginCommand.self, LogoutCommand.self, WhoamiCommand.self, DoctorCommand.self, VersionCommand.self,
                ]),
        ])

    static func main() async {
        var console = Console()
        do {
            var command = try parseAsRoot()
            if let speaking = command as? any OutputCommand { console = speaking.output.console }
            Interrupt.listen()
            if var waiting = command as? any AsyncParsableCommand {
                try await waiting.run()
            } else {
                try command.run()
            }
        } catch let failure as Failure {
            console.close(with: failure)
        } catch {
            exit(withError: error)
        }
    }
}

/// A command with `--json`, `--quiet` and `--no-color`.
protocol OutputCommand: AsyncParsableCommand {
    var output: Output { get }
}
