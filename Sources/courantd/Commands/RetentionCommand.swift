import ArgumentParser
import Foundation
import Newsletter
import Wiring

struct RetentionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retention", abstract: "Erase whatever has outlived its rule.", subcommands: [Run.self])

    struct Run: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "run", abstract: "Sweep now, also beside a running service, which does so every minute.",
            discussion: "Prints counts. With --dry-run nothing is erased and nobody is asked.")

        @Flag(help: "Only count.") var dryRun = false
        @OptionGroup var options: SettingsOptions

        func run() async throws {
            let (settings, _) = try await options.read()
            try await exiting {
                let sweep = try await Courant.sweep(settings: settings, dryRun: dryRun)
                print(
                    "unconfirmed \(sweep.expired), past their term \(sweep.ended), on closed lists \(sweep.closed), never told "
                        + "\(sweep.uninformed), asked \(sweep.asked)\(dryRun ? " (nothing was done)" : "")")
            }
        }
    }
}
