import ArgumentParser
import Foundation
import Wiring

struct ConfigCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "Check or print the settings.", subcommands: [Check.self, Print.self])

    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "check", abstract: "List all that is wrong with the settings; exit 1 if anything is.")

        @OptionGroup var options: SettingsOptions

        func run() async throws {
            let settings = try await options.readInEarnest()
            try await exiting { try settings.checkFiles() }
            for remark in settings.remarks { note("Note: \(remark.words)") }
            print("The settings are in order.")
            if settings.promisesFile != "none" { note("Whether the promises hold with them: courantd promises") }
        }
    }

    struct Print: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "print",
            abstract: "Print what is set, by key, secrets redacted. What is not printed has its default.")

        @OptionGroup var options: SettingsOptions

        func run() async throws {
            let (_, found) = try await options.read()
            for (key, value) in found { print("\(key): \(value)") }
        }
    }
}
