import Foundation
import Synchronization

/// Reads and renders what staff have written: two texts at a time, on threads of their own, so that nobody who visits waits
/// for any of it.
///
/// The texts' own limits bound what one of them can cost. Where one takes too long all the same, its author is told so after
/// `patience`; the thread ends what it does, and takes the next then.
package final class RenderingPool: Sendable {
    package static let threads = 2
    /// More are told to come again.
    static let mostWaiting = 16

    private let patience: Duration
    private let state: Mutex<State>

    private struct State {
        var idle: [DispatchQueue]
        var waiting: [@Sendable () -> Void] = []
    }

    package init(patience: Duration = .seconds(5)) {
        self.patience = patience
        let queues = (0..<Self.threads).map { DispatchQueue(label: "courant.rendering.\($0)") }
        state = Mutex(State(idle: queues))
    }

    /// Throws what `work` throws, `Refusal.tooCostly` where it takes too long, `Refusal.busy` where too many wait. `patiently`:
    /// for what must be shown, however long that takes.
    package func run<Value: Sendable>(
        patiently: Bool = false, _ work: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            let job = RenderingJob(continuation)
            let isTaken = take(patiently) {
                if !job.isOver { job.finish(Result { try work() }) }
            }
            guard isTaken else { return job.finish(.failure(Refusal.busy)) }
            if !patiently { job.giveUp(after: patience) }
        }
    }

    /// False where too many wait.
    private func take(_ always: Bool, _ work: @escaping @Sendable () -> Void) -> Bool {
        let (queue, isTaken): (DispatchQueue?, Bool) = state.withLock { state in
            if let queue = state.idle.popLast() { return (queue, true) }
            guard always || state.waiting.count < Self.mostWaiting else { return (nil, false) }
            state.waiting.append(work)
            return (nil, true)
        }
        if let queue { begin(work, on: queue) }
        return isTaken
    }

    private func begin(_ work: @escaping @Sendable () -> Void, on queue: DispatchQueue) {
        queue.async {
            work()
            let next: (@Sendable () -> Void)? = self.state.withLock { state in
                guard !state.waiting.isEmpty else {
                    state.idle.append(queue)
                    return nil
                }
                return state.waiting.removeFirst()
            }
            if let next { self.begin(next, on: queue) }
        }
    }
}

/// Somebody's wait for a text: ends once, by the work or by impatience.
private final class RenderingJob<Value: Sendable>: Sendable {
    private struct State {
        var continuation: CheckedContinuation<Value, any Error>?
        var timer: Task<Void, Never>?
    }

    private let state: Mutex<State>

    init(_ continuation: CheckedContinuation<Value, any Error>) {
        state = Mutex(State(continuation: continuation))
    }

    var isOver: Bool { state.withLock { $0.continuation == nil } }

    func finish(_ result: Result<Value, any Error>) {
        let (continuation, timer) = state.withLock { state in
            let held = (state.continuation, state.timer)
            state = State()
            return held
        }
        timer?.cancel()
        continuation?.resume(with: result)
    }

    func giveUp(after patience: Duration) {
        let timer = Task {
            guard (try? await Task.sleep(for: patience)) != nil else { return }
            self.finish(.failure(Refusal.tooCostly))
        }
        let isOver = state.withLock { state in
            state.timer = timer
            return state.continuation == nil
        }
        if isOver { timer.cancel() }
    }
}
