import GRDB

extension SQLiteStore {
    /// Through a connection of its own.
    package func rehearsal() throws -> Rehearsal {
        var configuration = Self.configuration
        // From one statement of a check to the next.
        configuration.allowsUnsafeTransactions = true
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        let writer = SQLiteWriter(pool: queue)
        return Rehearsal(of: self, writer: writer, keyring: keyring) {
            writer.close()
            try? queue.close()
        }
    }
}
