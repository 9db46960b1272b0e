import ArgumentParser
import Foundation
import Newsletter
import Wiring

struct StaffCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "staff", abstract: "Logins of those who write and send.",
        subcommands: [Add.self, List.self, Revoke.self])

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "add", abstract: "Add a staff member and print their token, once.",
            discussion: """
                Roles: viewer sees; editor also writes; sender also sends; privacy serves subscribers' rights; admin may all.
                integration is for a program, which signs people up to its lists (--list) and takes them off.
                The token works for 90 days unless --days says otherwise. Only its hash is kept: who loses it needs a new one.
                """)

        @Argument(help: "The person's name.") var name: String
        @Option(help: "viewer, editor, sender, privacy, admin or integration.") var role: String
        @Option(help: "How long the token works: 1 to 365 days.") var days = 90
        @Option(name: .customLong("list"), help: "A list that an integration is for; repeat it for more.")
        var lists: [String] = []
        @OptionGroup var options: SettingsOptions

        private static let roles = "viewer, editor, sender, privacy, admin or integration"

        func validate() throws {
            guard (1...365).contains(days) else { throw ValidationError("--days is 1 to 365.") }
            guard Role(rawValue: role) != nil else {
                throw ValidationError("There is no role \"\(role)\": use \(Self.roles).")
            }
            if let wrong = lists.first(where: { Slug($0) == nil }) {
                throw ValidationError("There is no list \"\(wrong)\".")
            }
        }

        func run() async throws {
            let (settings, _) = try await options.read()
            guard let role = Role(rawValue: role) else { return }
            let lists = lists.compactMap { Slug($0) }
            try await exiting {
                let (token, member) = try await Courant.staff(settings)
                    .add(name, role: role, lists: lists, for: .seconds(days * 24 * 3600), by: .host)
                note("\(member.name) may sign in as \(member.role.rawValue) until \(member.expiresAt.day).")
                note("This is shown once; only its hash is kept:")
                print(token.text)
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "ls", abstract: "Who has which login, until when, and when it was last used.")

        @OptionGroup var options: SettingsOptions

        func run() async throws {
            let (settings, _) = try await options.read()
            try await exiting {
                for standing in try await Courant.staff(settings).all() {
                    let member = standing.member
                    let use = member.lastUsed.map { "last used \($0.day)" } ?? "never used"
                    let facts = [member.name, member.role.rawValue, "until \(member.expiresAt.day)", use]
                    print((facts + standing.concerns.map(\.rawValue)).joined(separator: "\t"))
                }
            }
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "revoke", abstract: "Take a login back: its token works no more.",
            discussion: "Also the last administrator's; then make another with: courantd staff add NAME --role admin")

        @Argument(help: "The person's name.") var name: String
        @OptionGroup var options: SettingsOptions

        func run() async throws {
            let (settings, _) = try await options.read()
            try await exiting {
                try await Courant.staff(settings).revoke(name, by: .host)
                note("\(name) is signed out, and cannot sign in any more.")
            }
        }
    }
}

extension Date {
    /// `2026-03-01`, in UTC.
    var day: String { formatted(.iso8601.year().month().day()) }
}
