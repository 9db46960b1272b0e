import Mail
import Synchronization

/// Between the relay's thread and everybody else: what is handed in, and the wish to stop.
final class RelayQueue: Sendable {
    struct Arrivals {
        var batches: [Batch] = []
        /// Groups to give back, after the batches that came before them.
        var recalled: Set<Int64> = []
        var stopBy: ContinuousClock.Instant?
        var share = Share.whole
    }

    private struct State {
        var arrivals = Arrivals()
        var hasLeft = false
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let multi = CurlMulti()
    private let state = Mutex(State())

    deinit { multi.free() }

    /// For the relay's thread alone.
    var multiOfThread: CurlMulti { multi }

    /// False once the relay is stopping.
    func hand(_ batch: Batch) -> Bool {
        state.withLock { state in
            guard state.arrivals.stopBy == nil else { return false }
            state.arrivals.batches.append(batch)
            if state.arrivals.batches.count == 1 { multi.wake() }
            return true
        }
    }

    func recall(_ group: Int64) {
        state.withLock { state in
            state.arrivals.recalled.insert(group)
            if !state.hasLeft { multi.wake() }
        }
    }

    func keep(to share: Share) {
        state.withLock { state in
            guard state.arrivals.share != share else { return }
            state.arrivals.share = share
            if !state.hasLeft { multi.wake() }
        }
    }

    /// The earliest wish counts.
    func close(by deadline: ContinuousClock.Instant) {
        state.withLock { state in
            state.arrivals.stopBy = min(deadline, state.arrivals.stopBy ?? deadline)
            if !state.hasLeft { multi.wake() }
        }
    }

    func takeArrivals() -> Arrivals {
        state.withLock { state in
            defer {
                state.arrivals.batches.removeAll()
                state.arrivals.recalled.removeAll()
            }
            return state.arrivals
        }
    }

    /// The thread is done: nothing of it runs any more.
    func leave() {
        let waiters = state.withLock { state in
            state.hasLeft = true
            defer { state.waiters.removeAll() }
            return state.waiters
        }
        waiters.forEach { $0.resume() }
    }

    func waitUntilLeft() async {
        await withCheckedContinuation { continuation in
            let hasLeft = state.withLock { state in
                if !state.hasLeft { state.waiters.append(continuation) }
                return state.hasLeft
            }
            if hasLeft { continuation.resume() }
        }
    }
}
