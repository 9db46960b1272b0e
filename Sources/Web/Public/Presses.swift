import Foundation
import Synchronization

/// One press of a button may come as two requests, and a captcha's answer counts once. The second of two that bring the same
/// answer with the same words waits for what became of the first, and gets that: nobody reads that the check has run out,
/// because it went well.
///
/// What is remembered, for a minute unless told otherwise, is a keyed hash, and what the first one came to.
final class Presses<Outcome: Sendable>: Sendable {
    private struct Press {
        let begun: Duration
        let outcome: Task<Outcome, any Error>
    }

    private let limit: Int
    private let presses = Mutex<[Data: Press]>([:])

    private let memory: Duration

    /// `limit` bounds the memory; beyond, nothing more is remembered.
    init(limit: Int = 10_000, memory: Duration = .seconds(60)) {
        self.limit = limit
        self.memory = memory
    }

    /// What `work` comes to, or came to already. `name` nil: it is no press that could be told from another.
    func once(
        _ name: Data?, at now: Duration, _ work: @escaping @Sendable () async throws -> Outcome
    ) async throws -> Outcome {
        guard let name else { return try await work() }
        let task = presses.withLock { presses in
            if let known = presses[name], now - known.begun < memory { return known.outcome }
            if presses.count >= limit { presses = presses.filter { now - $0.value.begun < memory } }
            let task = Task { try await attempt(work, named: name) }
            if presses.count < limit { presses[name] = Press(begun: now, outcome: task) }
            return task
        }
        return try await task.value
    }

    /// What failed may be tried again with the same answer, as soon as it has failed.
    private func attempt(_ work: @Sendable () async throws -> Outcome, named name: Data) async throws -> Outcome {
        do {
            return try await work()
        } catch {
            presses.withLock { $0[name] = nil }
            throw error
        }
    }
}
