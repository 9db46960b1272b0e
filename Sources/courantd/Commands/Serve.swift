import ArgumentParser
import Foundation
import Wiring

struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Serve sign-ups, links, staff and the relay, until SIGTERM.",
        discussion: """
            SIGTERM stops taking work, finishes what is under way, and exits; SIGHUP changes nothing. The log goes to standard output, one JSON
            object a line; it never holds an address, a name or a token.
            """)

    @OptionGroup var options: SettingsOptions

    func run() async throws {
        Signals.endureTheRest()
        Frames.forget()
        let settings = try await options.readInEarnest()
        try await exiting {
            try Courant.refuseTakenPorts(settings)
            let logger = settings.logger()
            for remark in settings.remarks { logger.log(remark) }
            try await Courant.whenReachable(settings, logger: logger)?.serve()
        }
    }
}
