import Foundation

/// A connection on a queue of its own.
final class PostgresWorker: Writer {
    private let queue = DispatchQueue(label: "courant.postgresql")
    /// Used on the queue alone.
    private nonisolated(unsafe) let connection: PostgresConnection

    init(_ address: PostgresAddress) {
        connection = PostgresConnection(address)
    }

    func schedule(_ work: @escaping @Sendable (any WritingConnection) -> Void) {
        queue.async { work(self.connection) }
    }

    func use(_ work: @escaping @Sendable (PostgresConnection) -> Void) {
        queue.async { work(self.connection) }
    }

    /// Waits for its turn: for opening and closing alone.
    func sync<Value>(_ work: (PostgresConnection) throws -> Value) rethrows -> Value {
        try queue.sync { try work(connection) }
    }
}
