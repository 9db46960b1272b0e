import ArgumentParser
import Foundation
import Wiring

struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Serve sign-ups, links, staff and the relay, until SIGTERM.",
        discussion: """
            SIGTERM stops taking work, finishes what is under way, and exits; SIGHUP reads templates, promises and some settings
            again. The log goes to standard output, one JSON object a line; it never holds an address, a name or a token. Exit 78:
            what only a person can mend (settings, templates, policy, promises, key file); 1: what may pass.
            """)

    @OptionGroup var options: SettingsOptions

    func run() async throws {
        Signals.endureTheRest()
        Frames.forget()
        ServiceManager.current?.reassure()
        let settings = try await Self.orMisconfigured { try await options.readInEarnest() }
        try await exiting {
            try Courant.refuseTakenPorts(settings)
            let logger = settings.logger()
            for remark in settings.remarks { logger.log(remark) }
            do {
                guard let (courant, stop) = try await Courant.whenReachable(settings, logger: logger) else { return }
                try await courant.serve(stop: stop, reread: options.reread)
            } catch let failure as StartFailure where failure.waitsForAPerson {
                note("courantd: \(failure)")
                throw Self.misconfigured
            }
        }
    }

    /// EX_CONFIG of sysexits.h: a service manager that starts us again would change nothing.
    private static let misconfigured = ExitCode(78)

    private static func orMisconfigured<Value>(_ read: () async throws -> Value) async throws -> Value {
        do {
            return try await read()
        } catch is ExitCode {
            throw misconfigured
        }
    }
}
