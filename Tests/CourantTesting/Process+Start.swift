package import Foundation
import Synchronization

extension Process {
    /// Starts it, one at a time: Foundation's own `run` crashes now and then when several threads are in it.
    package func start() throws {
        try Self.turn.withLock { _ in try run() }
    }

    private static let turn = Mutex(())
}
