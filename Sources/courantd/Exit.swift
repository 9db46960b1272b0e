import ArgumentParser
import Foundation
import Newsletter
import SQLStore
import Wiring

extension SettingsOptions {
    /// The settings, or an exit that lists all that is wrong with them.
    func read() async throws -> (Settings, Settings.Found) {
        let path = path
        do throws(SettingsProblems) {
            let read = try await Settings.read(file: path, environment: ProcessInfo.processInfo.environment)
            return (read.settings, read.found)
        } catch {
            let count =
                error.problems.count == 1 ? "One setting is wrong" : "\(error.problems.count) settings are wrong"
            note(
                "\(count)\(path.map { " (\($0) and the environment)" } ?? " (there is no \(Settings.usualFiles.joined(separator: " and no ")); only the environment was read)"):"
            )
            note("\(error)")
            throw ExitCode(1)
        }
    }

    private var path: String? {
        file ?? ProcessInfo.processInfo.environment["COURANT_CONFIG"]
            ?? Settings.usualFiles.first { FileManager.default.fileExists(atPath: $0) }
    }
}

extension SettingsOptions {
    /// As they are now, and what they name, for a service that runs: throws all that is wrong with them.
    @Sendable func reread() async throws -> Settings {
        let (settings, _) = try await Settings.read(
            file: path, environment: ProcessInfo.processInfo.environment)
        guard settings.placeholders.isEmpty else { throw SettingsProblems(problems: settings.placeholders) }
        try settings.checkFiles()
        return settings
    }

    /// The settings of a service that is to reach people: nothing of the example may be left in them.
    func readInEarnest() async throws -> Settings {
        let (settings, _) = try await read()
        let left = settings.placeholders
        guard left.isEmpty else {
            note(
                left.count == 1
                    ? "One setting is still the example's:" : "\(left.count) settings are still the example's:")
            for words in left { note("- \(words)") }
            throw ExitCode(1)
        }
        return settings
    }
}

/// Runs a command's work; what it throws becomes a sentence on standard error and exit code 1.
func exiting(_ work: () async throws -> Void) async throws {
    do {
        try await work()
    } catch let failure as StartFailure {
        note("courantd: \(failure)")
        throw ExitCode(1)
    } catch Refusal.taken(_, let name) {
        note("courantd: There is a staff member \"\(name)\" already. Choose another name.")
        throw ExitCode(1)
    } catch Refusal.notFound(.staff) {
        note("courantd: There is no staff member of that name. Look with: courantd staff ls")
        throw ExitCode(1)
    } catch Refusal.notFound(.list) {
        note("courantd: There is no such list.")
        throw ExitCode(4)
    } catch Refusal.clockInDoubt(let standing) {
        note("courantd: \(standing.words ?? "The time of day may be wrong.")")
        throw ExitCode(2)
    } catch Refusal.sweepChanged(let list, let expected, let actual) {
        note(
            "courantd: \(actual) would end on \(list) at once, not \(expected). Look with: courantd retention run --dry-run"
        )
        throw ExitCode(2)
    } catch Refusal.invalid(let field, let problem) {
        note("courantd: \(field): \(problem)")
        throw ExitCode(64)
    } catch let failure as StoreFailure {
        note("courantd: The store cannot be used: \(failure.advice).")
        throw ExitCode(1)
    } catch let problems as SettingsProblems {
        note("courantd: \(problems)")
        throw ExitCode(1)
    } catch let error where !(error is ExitCode || error is CleanExit || error is ValidationError) {
        note(
            "courantd: That failed, and Courant has no words for why: courantd doctor may; if not, report it. \(fault(error))"
        )
        throw ExitCode(1)
    }
}

/// What a system says of its own failure; a type's name tells nobody anything.
private func fault(_ error: any Error) -> String {
    guard let error = error as? CocoaError, let path = error.userInfo[NSFilePathErrorKey] as? String else { return "" }
    return "It was about \(path): check its owner and mode."
}

/// For people: standard output belongs to data.
func note(_ text: String) {
    try? FileHandle.standardError.write(contentsOf: Data((text + "\n").utf8))
}
