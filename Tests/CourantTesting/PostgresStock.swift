import Foundation
import Synchronization

/// Empty databases made ahead, several at a time; those that tests have let go of are dropped in the same breath.
final class PostgresStock: Sendable {
    private let state = Mutex(State())

    private struct State {
        var ready: [String] = []
        var used: [String] = []
        var made = 0
        var making: Task<Void, any Error>?
    }

    func takeBack(_ name: String) { state.withLock { $0.used.append(name) } }

    func take(from cluster: PostgresCluster) async throws -> String {
        while true {
            let (name, making) = state.withLock { ($0.ready.popLast(), self.making($0: &$0, cluster)) }
            if let name { return name }
            try await making?.value
        }
    }
}
