import GRDB

/// The pool's one writing connection, on its own queue; or one that is there for writing alone.
final class SQLiteWriter: Writer {
    private let pool: any DatabaseWriter
    /// The writer's own; used on its queue alone.
    private nonisolated(unsafe) let shelf = StatementShelf()

    init(pool: any DatabaseWriter) {
        self.pool = pool
    }

    func schedule(_ work: @escaping @Sendable (any WritingConnection) -> Void) {
        pool.asyncWriteWithoutTransaction { database in
            work(SQLiteConnection(database: database, shelf: self.shelf))
        }
    }

    /// For when no change is waited for any more: a connection with statements cannot be closed.
    func close() { pool.writeWithoutTransaction { _ in shelf.clear() } }
}

extension SQLiteConnection: WritingConnection {
    var isInsideTransaction: Bool { database.isInsideTransaction }
    var traces: Int { database.totalChangesCount }

    func begin() throws { try run("BEGIN IMMEDIATE") }
    func commit() throws { try run("COMMIT") }
    func rollBack() throws { try run("ROLLBACK") }
    func setSavepoint() throws { try run("SAVEPOINT change") }
    func releaseSavepoint() throws { try run("RELEASE change") }

    func rollBackToSavepoint() throws {
        try run("ROLLBACK TO change")
        try run("RELEASE change")
    }

    private func run(_ sql: String) throws { try database.cachedStatement(sql: sql).execute() }
}
