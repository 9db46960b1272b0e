import Foundation
import Logging
import ServiceLifecycle
import UnixSignals

/// What a process that serves does about signals. SIGTERM, SIGINT and SIGQUIT end it gracefully (`StopWish`); those that other programs take
/// for "read your settings again" or "open your log again" change nothing, and say so.
package enum Signals {
    /// From the first moment on: a signal that comes before the service listens to it must not end it either.
    package static func endureTheRest() {
        for number in [SIGHUP, SIGUSR1, SIGUSR2, SIGPIPE] { signal(number, SIG_IGN) }
        // A file that may not grow is a write that failed.
        signal(SIGXFSZ, SIG_IGN)
    }

    /// Says what was asked for in vain.
    struct Log: Service {
        let logger: Logger

        func run() async throws {
            for await signal in await UnixSignalsSequence(trapping: .sighup, .sigusr1, .sigusr2)
                .cancelOnGracefulShutdown()
            {
                logger.notice(
                    "a signal that changes nothing: settings and templates are read at the start, and the log is standard output",
                    metadata: ["signal": "\(signal)", "then": "restart courantd to take over what has changed"])
            }
        }
    }
}
