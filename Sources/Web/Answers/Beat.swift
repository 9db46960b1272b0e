/// Answers that must not tell by their time what was done leave at whole beats, counted from where their work began. Whether it
/// took two milliseconds or three is not to be seen then.
package struct Beat: Sendable {
    private let length: Duration

    package init(_ length: Duration) {
        self.length = length
    }

    /// The work's own result, at the next beat. A failure waits for none: it is the same for everybody.
    func keep<Value>(_ work: () async throws -> Value) async rethrows -> Value {
        let start = ContinuousClock.now
        let value = try await work()
        guard length > .zero else { return value }
        let beats = ((ContinuousClock.now - start) / length).rounded(.up)
        // Whoever has hung up need not wait.
        try? await Task.sleep(until: start + length * beats, clock: .continuous)
        return value
    }
}
