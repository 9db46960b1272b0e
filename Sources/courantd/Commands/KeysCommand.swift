import ArgumentParser
import Foundation
import Wiring

struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "The key file.", subcommands: [Rotate.self])

    struct Rotate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "rotate",
            abstract: "Seal everything anew and destroy the old key, also while the service runs.",
            discussion: """
                What is alive is sealed with a new key; then the old one is destroyed, in the file and in the service's
                memory. Every older copy of the database becomes unreadable with it: make a new backup afterwards.
                Links in old mails go on working. Interrupted, it goes on where it was when it is run again.
                """)

        @OptionGroup var options: SettingsOptions

        func run() async throws {
            let (settings, _) = try await options.read()
            try await exiting {
                let resealed = try await Courant.rotateKeys(settings: settings)
                print(
                    "\(resealed.persons) subscriptions and \(resealed.mails) waiting mails are sealed with key \(resealed.key). "
                        + "The older key is destroyed.")
                note(
                    "Replace your copy of \(settings.keysFile) now, destroy the older copies of it, and make a new backup:"
                )
                note("older backups can be read with an older copy of the key file alone.")
            }
        }
    }
}
