import Newsletter

/// A transaction, whatever the engine. What it says about each noun stands in a file of that noun's name.
struct SQLTransaction: Transaction {
    let connection: any SQLConnection
    /// Told that bytes are to be scrubbed once this is committed.
    let onErasure: () -> Void

    func touch() throws {
        try connection.execute("UPDATE installation SET key_check = key_check")
    }
}
