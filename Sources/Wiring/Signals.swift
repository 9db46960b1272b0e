import Foundation

/// What a process that serves does about signals. SIGTERM, SIGINT and SIGQUIT end it gracefully (`StopWish`); SIGHUP has it read again
/// what can change meanwhile (`Reloader`); those that other programs take for "open your log again" change nothing, and say so.
package enum Signals {
    /// From the first moment on: a signal that comes before the service listens to it must not end it either.
    package static func endureTheRest() {
        for number in [SIGHUP, SIGUSR1, SIGUSR2, SIGPIPE] { signal(number, SIG_IGN) }
        // A file that may not grow is a write that failed.
        signal(SIGXFSZ, SIG_IGN)
    }
}
