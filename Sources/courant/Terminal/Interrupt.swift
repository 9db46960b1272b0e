import Dispatch
import Foundation
import Synchronization

/// Control-C. The program ends with 130 at once; whoever watches something that goes on elsewhere leaves word first.
enum Interrupt {
    private static let farewell = Mutex<(@Sendable () -> Void)?>(nil)
    // Dispatch's sources are safe to share; they only lack the mark.
    nonisolated(unsafe) private static let source = DispatchSource.makeSignalSource(signal: SIGINT, queue: .global())

    static func listen() {
        // A relay or proxy that hangs up mid-write would otherwise end us without a word.
        signal(SIGPIPE, SIG_IGN)
        signal(SIGINT, SIG_IGN)
        source.setEventHandler {
            farewell.withLock { $0?() }
            exit(Exit.interrupted.rawValue)
        }
        source.resume()
    }

    static func leave(_ word: (@Sendable () -> Void)?) {
        farewell.withLock { $0 = word }
    }
}
