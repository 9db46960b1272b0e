import Newsletter
import ServiceLifecycle
import Synchronization
import UnixSignals

/// That somebody wants the process to end: SIGTERM, SIGINT and SIGQUIT, trapped once. Each group of services has it among them
/// and ends with it. One that comes when a group is ending already, as the one that waits for a database that has just been
/// found, ends the next.
package final class StopWish: Service {
    private let hasCome = Atomic(false)
    private let bell = Doorbell()
    private let watch = Mutex<Task<Void, Never>?>(nil)

    package init() {}

    deinit { watch.withLock { $0?.cancel() } }

    /// As long as it lives, those signals are wishes.
    package static func trapped() async -> StopWish {
        let wish = StopWish()
        let signals = await UnixSignalsSequence(trapping: [.sigterm, .sigint, .sigquit])
        wish.watch.withLock { $0 = Task { [weak wish] in for await _ in signals { wish?.come() } } }
        return wish
    }

    package var isThere: Bool { hasCome.load(ordering: .acquiring) }

    package func come() {
        hasCome.store(true, ordering: .releasing)
        bell.ring()
    }

    /// Until it comes, or its group ends for another reason.
    package func run() async throws {
        await withTaskCancellationHandler {
            await withGracefulShutdownHandler {
                while !isThere, !Task.isShuttingDownGracefully, !Task.isCancelled { await bell.wait() }
            } onGracefulShutdown: { [bell] in
                bell.ring()
            }
        } onCancel: { [bell] in
            bell.ring()
        }
    }
}

extension ServiceGroupConfiguration.ServiceConfiguration {
    static func ending(with wish: StopWish) -> Self {
        Self(
            service: wish, successTerminationBehavior: .gracefullyShutdownGroup,
            failureTerminationBehavior: .gracefullyShutdownGroup)
    }
}
