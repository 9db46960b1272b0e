import Foundation
import Newsletter
import SQLStore

/// An installation beside the true one, wired of the same parts, whose store keeps nothing: where checks try verbs out. Its
/// doors are this process's own, on a port that nobody else knows.
struct Stage: Sendable {
    let courant: Courant
    let rehearsal: Rehearsal
    let webServices: String
}

extension Courant {
    /// The stage is there for as long as `play` takes.
    func withStage<Value: Sendable>(
        _ play: @escaping @Sendable (Stage) async throws -> Value
    ) async throws -> Value {
        let rehearsal = try store.rehearsal()
        defer { try? rehearsal.close() }
        let staged = rehearsing(on: rehearsal)
        return try await staged.withDoors {
            try await play(Stage(courant: staged, rehearsal: rehearsal, webServices: $0))
        }
    }
}
