import Synchronization

/// Answers that must not tell by their time what was done leave at whole beats, counted from where their work began. Whether it
/// took two milliseconds or three is not to be seen then.
package struct ConstantTime: Sendable {
    private let length: Duration
    private let sleepers = Sleepers()

    package init(_ length: Duration) {
        self.length = length
    }

    /// The work's own result, at the next beat. A failure waits for none: it is the same for everybody.
    func keep<Value>(_ work: () async throws -> Value) async rethrows -> Value {
        let start = ContinuousClock.now
        let value = try await work()
        guard length > .zero else { return value }
        let beats = ((ContinuousClock.now - start) / length).rounded(.up)
        await sleepers.sleep(until: start + length * beats)
        return value
    }
}

/// Whose beats come within the same millisecond share a timer, for one each costs as much as a write to the store. The
/// millisecond is the clock's and not the visitor's: how much later it ends has nothing to do with what was done.
private final class Sleepers: Sendable {
    private let origin = ContinuousClock.now
    private let waiting = Mutex<[Int: [CheckedContinuation<Void, Never>]]>([:])

    func sleep(until moment: ContinuousClock.Instant) async {
        let millisecond = Int(((moment - origin) / .milliseconds(1)).rounded(.up))
        await withCheckedContinuation { continuation in
            let isFirst = waiting.withLock { waiting in
                waiting[millisecond, default: []].append(continuation)
                return waiting[millisecond]?.count == 1
            }
            if isFirst { Task { await wake(millisecond) } }
        }
    }

    private func wake(_ millisecond: Int) async {
        try? await Task.sleep(until: origin + .milliseconds(millisecond), clock: .continuous)
        let sleepers = waiting.withLock { $0.removeValue(forKey: millisecond) ?? [] }
        for sleeper in sleepers { sleeper.resume() }
    }
}
