import GRDB
import Newsletter
import Synchronization

/// Lets concurrent writers share one transaction, and so one fsync: durable does not mean slow.
///
/// Whoever writes first opens the door; who comes while a commit is under way waits for the next. Each change runs in a
/// savepoint, so that one that throws undoes only itself, and everyone is answered after the commit.
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
    private func run(
        _ group: [Change], in database: Database, _ aftermath: Aftermath
    ) -> [@Sendable () -> Void] {
        var answers: [(Change, Result<Answer, any Error>)] = []
        do {
            try database.cachedStatement(sql: "BEGIN IMMEDIATE").execute()
            let connection = SQLiteConnection(database: database)
            let transaction = SQLTransaction(
                connection: connection, aftermath: aftermath, leastKey: try connection.sealingKey(of: keyring))
            for change in group { answers.append((change, Result { try run(change, transaction, in: database) })) }
            try database.cachedStatement(sql: "COMMIT").execute()
        } catch {
            if database.isInsideTransaction { try? database.execute(sql: "ROLLBACK") }
            aftermath.erasures = []
            let failure = StoreFailure(error)
            return group.map { change in { change.onFailure(failure) } }
        }
        if aftermath.mustScrub { onErasure() }
        return answers.map { change, outcome in
            switch outcome {
            case .success(let answer): { answer(nil) }
            case .failure(let error): { change.onFailure(StoreFailure.mapped(error)) }
            }
        }
    }

    private func run(
        _ change: Change, _ transaction: SQLTransaction, in database: Database
    ) throws -> Answer {
        // SQLite itself ends the whole transaction on a full disk or an I/O error.
        guard database.isInsideTransaction else { throw StoreFailure.unavailable("the transaction was rolled back") }
        try database.cachedStatement(sql: "SAVEPOINT change").execute()
        let erasures = transaction.aftermath.erasures.count
        do {
            let answer = try change.run(transaction)
            try database.cachedStatement(sql: "RELEASE change").execute()
            return answer
        } catch {
            transaction.aftermath.erasures.removeSubrange(erasures...)
            guard database.isInsideTransaction else { throw error }
            try database.cachedStatement(sql: "ROLLBACK TO change").execute()
            try database.cachedStatement(sql: "RELEASE change").execute()
            throw error
        }
    }

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
