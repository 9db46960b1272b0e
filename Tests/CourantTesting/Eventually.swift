/// Looks again and again, for what another task or process does in its own time. The limit is there for what never happens:
/// a busy machine may take long for anything.
package func eventually(
    _ what: String, within limit: Duration = .seconds(120), file: String = #fileID, line: Int = #line,
    _ isSo: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + limit
    while try await !isSo() {
        guard ContinuousClock.now < deadline else { throw TestFailure("\(file):\(line): not within \(limit): \(what)") }
        // A task that only yields keeps a core from those that it waits for.
        try await Task.sleep(for: .milliseconds(2))
    }
}
