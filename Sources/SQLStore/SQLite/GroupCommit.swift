import GRDB
import Newsletter
import Synchronization

/// Lets concurrent writers share one transaction, and so one fsync: durable does not mean slow.
///
/// Whoever writes first opens the door; who comes while a commit is under way waits for the next, and everyone is answered
/// after the commit. A change that throws undoes only itself: nearly all that do have written nothing by then. Where one
/// has, the whole group is undone and run once more, each change in a savepoint, which all of them pay for.
final class GroupCommit: Sendable {
    /// Changes in one transaction at most; what is left over waits for the next, behind other users of the writer.
    static let groupLimit = 256
    /// Changes that may wait. Beyond that the store says that it is overloaded.
    static let queueLimit = 20_000

    private let pool: DatabasePool
    private let queue = Mutex<[Change]>([])
    private let keyring: Keyring
    private let ledger: Ledger
    private let onErasure: @Sendable () -> Void
    /// The writer's own; used on its queue alone.
    private nonisolated(unsafe) let shelf = StatementShelf()

    init(pool: DatabasePool, keyring: Keyring, ledger: Ledger, onErasure: @escaping @Sendable () -> Void) {
        self.pool = pool
        self.keyring = keyring
        self.ledger = ledger
        self.onErasure = onErasure
    }

    func write<Result: Sendable>(_ body: @escaping @Sendable (any Transaction) throws -> Result) async throws -> Result
    {
        try await withCheckedThrowingContinuation { continuation in
            let change = Change { transaction in
                let result = try body(transaction)
                return { failure in
                    if let failure {
                        continuation.resume(throwing: failure)
                    } else {
                        continuation.resume(returning: result)
                    }
                }
            } onFailure: {
                continuation.resume(throwing: $0)
            }
            enqueue(change)
        }
    }

    private func enqueue(_ change: Change) {
        let place = queue.withLock { queue in
            guard queue.count < Self.queueLimit else { return -1 }
            queue.append(change)
            return queue.count
        }
        if place < 0 { change.onFailure(StoreFailure.overloaded) }
        if place == 1 { scheduleCommit() }
    }

    private func scheduleCommit() {
        pool.asyncWriteWithoutTransaction { self.commitGroup($0) }
    }

    private func commitGroup(_ database: Database) {
        let group = queue.withLock { Array($0.prefix(Self.groupLimit)) }
        let aftermath = Aftermath()
        let answers = run(group, in: database, aftermath)
        let isMore = queue.withLock { queue in
            queue.removeFirst(group.count)
            return !queue.isEmpty
        }
        if isMore { scheduleCommit() }
        if aftermath.erasures.isEmpty {
            for answer in answers { answer() }
        } else {
            // Nobody is answered before the ledger has it; the next commit need not wait for that.
            ledger.add(aftermath.erasures) { for answer in answers { answer() } }
        }
    }

    /// Returns what to tell each caller.
    private func run(_ group: [Change], in database: Database, _ aftermath: Aftermath) -> [@Sendable () -> Void] {
        do {
            do {
                return try attempt(group, in: database, aftermath, hasSavepoints: false)
            } catch is Spoilt {
                try database.cachedStatement(sql: "ROLLBACK").execute()
                aftermath.erasures = []
                return try attempt(group, in: database, aftermath, hasSavepoints: true)
            }
        } catch {
            if database.isInsideTransaction { try? database.execute(sql: "ROLLBACK") }
            aftermath.erasures = []
            let failure = StoreFailure(error)
            return group.map { change in { change.onFailure(failure) } }
        }
    }

    private func attempt(
        _ group: [Change], in database: Database, _ aftermath: Aftermath, hasSavepoints: Bool
    ) throws -> [@Sendable () -> Void] {
        var answers: [@Sendable () -> Void] = []
        answers.reserveCapacity(group.count)
        try database.cachedStatement(sql: "BEGIN IMMEDIATE").execute()
        let connection = SQLiteConnection(database: database, shelf: shelf)
        let transaction = SQLTransaction(
            connection: connection, aftermath: aftermath, leastKey: try connection.sealingKey(of: keyring))
        for change in group {
            do {
                let answer = try run(change, transaction, in: database, hasSavepoints: hasSavepoints)
                answers.append { answer(nil) }
            } catch let error where !(error is Spoilt) {
                answers.append { change.onFailure(StoreFailure.mapped(error)) }
            }
        }
        try database.cachedStatement(sql: "COMMIT").execute()
        if aftermath.mustScrub { onErasure() }
        return answers
    }

    private func run(
        _ change: Change, _ transaction: SQLTransaction, in database: Database, hasSavepoints: Bool
    ) throws -> Answer {
        // SQLite itself ends the whole transaction on a full disk or an I/O error.
        guard database.isInsideTransaction else { throw StoreFailure.unavailable("the transaction was rolled back") }
        let before = (changes: database.totalChangesCount, erasures: transaction.aftermath.erasures.count)
        if hasSavepoints { try database.cachedStatement(sql: "SAVEPOINT change").execute() }
        do {
            let answer = try change.run(transaction)
            if hasSavepoints { try database.cachedStatement(sql: "RELEASE change").execute() }
            return answer
        } catch {
            transaction.aftermath.erasures.removeSubrange(before.erasures...)
            guard database.isInsideTransaction else { throw error }
            guard hasSavepoints else { throw database.totalChangesCount > before.changes ? Spoilt() : error }
            transaction.known.forget()
            try database.cachedStatement(sql: "ROLLBACK TO change").execute()
            try database.cachedStatement(sql: "RELEASE change").execute()
            throw error
        }
    }

    /// For when no change is waited for any more: a connection with statements cannot be closed.
    func close() { pool.writeWithoutTransaction { _ in shelf.clear() } }

    /// A change has failed after it had written something, and there is no savepoint to go back to.
    private struct Spoilt: Error {}

    typealias StoreError = any Error
    /// Nil: it is kept.
    typealias Answer = @Sendable (StoreError?) -> Void

    /// A caller's change with the two ways to answer it.
    private struct Change: Sendable {
        let run: @Sendable (any Transaction) throws -> Answer
        let onFailure: @Sendable (StoreError) -> Void

        init(
            run: @escaping @Sendable (any Transaction) throws -> Answer,
            onFailure: @escaping @Sendable (StoreError) -> Void
        ) {
            self.run = run
            self.onFailure = onFailure
        }
    }
}
