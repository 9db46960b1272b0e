import ArgumentParser
import Foundation
import Newsletter
import Wiring

struct RetentionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retention", abstract: "Erase whatever has outlived its rule.",
        subcommands: [Run.self, Release.self])

    struct Run: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "run", abstract: "Sweep now, also beside a running service, which does so every minute.",
            discussion: """
                Prints counts. With --dry-run nothing is erased and nobody is asked. Exit 5 where a rule would end so many \
                at once that somebody has to look at it first.
                """)

        @Flag(help: "Only count.") var dryRun = false
        @OptionGroup var options: SettingsOptions

        func run() async throws {
            let (settings, _) = try await options.read()
            try await exiting {
                let sweep = try await Courant.sweep(settings: settings, dryRun: dryRun)
                print(
                    "unconfirmed \(sweep.expired), past their term \(sweep.ended), on closed lists \(sweep.closed), never told "
                        + "\(sweep.uninformed), asked \(sweep.asked)\(dryRun ? " (nothing was done)" : "")")
                for held in sweep.held {
                    note(
                        "held: \(held.due) of \(held.population) on \(held.list) would end at once. If that is meant: "
                            + "courantd retention release --list \(held.list) --expect \(held.due)")
                }
                if !sweep.held.isEmpty { throw ExitCode(5) }
            }
        }
    }

    struct Release: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "release", abstract: "Let happen what waits for a person's word.",
            discussion: """
                A rule that would end more than 50 people and more than 5 % of a list at once is not carried out by itself: \
                look at the list's rule and its people, then say how many are meant. With --clock you vouch for this host's \
                time of day, where Courant does not believe it. Both are audited; the next sweep, within a minute, acts on it.
                """)

        @Option(help: ArgumentHelp("The list whose sweep is held.", valueName: "slug")) var list: String?
        @Option(help: ArgumentHelp("How many would end, as the sweep said.", valueName: "count")) var expect: Int?
        @Flag(help: "The time of day is right as it is.") var clock = false
        @OptionGroup var options: SettingsOptions

        func validate() throws {
            guard clock != (list != nil), (list != nil) == (expect != nil) else {
                throw ValidationError("Give either --list SLUG --expect COUNT, or --clock.")
            }
        }

        func run() async throws {
            let (settings, _) = try await options.read()
            try await exiting {
                guard let list, let expect else { return try await Courant.confirmClock(settings: settings) }
                guard let slug = Slug(list) else { throw Refusal.notFound(.list) }
                _ = try await Courant.releaseSweep(settings: settings, list: slug, expecting: expect)
            }
        }
    }
}
