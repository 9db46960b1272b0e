import ArgumentParser
import Foundation
import Newsletter
import Wiring

struct StaffCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "staff", abstract: "Logins of those who write and send.", subcommands: [Add.self])

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "add", abstract: "Add a staff member and print their token, once.",
            discussion: """
                Roles: viewer sees; editor also writes; sender also sends; privacy serves subscribers' rights; admin may all.
                The token works for 90 days. Only its hash is kept: who loses it needs a new one.
                """)

        @Argument(help: "The person's name.") var name: String
        @Option(help: "viewer, editor, sender, privacy or admin.") var role: String
        @OptionGroup var options: SettingsOptions

        func validate() throws {
            guard Role(rawValue: role) != nil else {
                throw ValidationError("There is no role \"\(role)\": use viewer, editor, sender, privacy or admin.")
            }
        }

        func run() async throws {
            let (settings, _) = try await options.read()
            guard let role = Role(rawValue: role) else { return }
            try await exiting {
                let (token, member) = try await Courant.addStaff(name, role: role, settings: settings)
                note(
                    "\(member.name) may sign in as \(member.role.rawValue) until \(member.expiresAt.formatted(.iso8601.year().month().day()))."
                )
                note("This is shown once; only its hash is kept:")
                print(token.text)
            }
        }
    }
}
