import Newsletter
import Synchronization

/// The connection through which a process writes.
protocol WritingConnection: SQLConnection {
    /// An engine may end a transaction by itself.
    var isInsideTransaction: Bool { get }
    /// Grows with every statement that may have changed something, and with every one that failed where a failure spoils the
    /// whole transaction.
    var traces: Int { get }

    /// From here to its end no other process writes.
    func begin() throws
    /// Returns once it is durable.
    func commit() throws
    func rollBack() throws
    func setSavepoint() throws
    /// Whatever was wrong since the savepoint is thrown here at the latest.
    func releaseSavepoint() throws
    func rollBackToSavepoint() throws
}

extension WritingConnection {
    /// Whatever is thrown in it undoes all of it.
    func transaction<Value>(_ begin: () throws -> Void, _ work: () throws -> Value) throws -> Value {
        do {
            try begin()
            let value = try work()
            try commit()
            return value
        } catch {
            if isInsideTransaction { try? rollBack() }
            throw error
        }
    }
}

/// Where the writing connection is used, one piece of work after the other.
protocol Writer: Sendable {
    func schedule(_ work: @escaping @Sendable (any WritingConnection) -> Void)
}

/// Lets concurrent writers share one transaction, and so one fsync: durable does not mean slow.
///
/// Whoever writes first opens the door; who comes while a commit is under way waits for the next, and everyone is answered
/// after the commit. A change that throws undoes only itself: nearly all that do have written nothing by then. Where one
/// has, the whole group is undone and run once more, each change in a savepoint, which all of them pay for.
final class GroupCommit<Queue: Writer>: Sendable {
    /// Changes in one transaction at most; what is left over waits for the next, behind other users of the writer.
    let groupLimit = 256
    /// Changes that may wait. Beyond that the store says that it is overloaded.
    let queueLimit = 20_000

    private let writer: Queue
    private let queue = Mutex<[Change]>([])
    private let keyring: Keyring
    /// Where several processes write.
    private let membership: Membership?
    /// What a receiver is told.
    private let told: Set<OutgoingEvent.Kind>
    /// Called on the writer's queue after each commit; it calls `answer` when everybody may be told.
    private let onCommit: @Sendable (CommitEffects, _ answer: @escaping @Sendable () -> Void) -> Void

    init(
        writer: Queue, keyring: Keyring, membership: Membership? = nil, told: Set<OutgoingEvent.Kind>,
        onCommit: @escaping @Sendable (CommitEffects, _ answer: @escaping @Sendable () -> Void) -> Void
    ) {
        self.writer = writer
        self.keyring = keyring
        self.membership = membership
        self.told = told
        self.onCommit = onCommit
    }

    func write<Result: Sendable>(
        about person: BlindIndex?, _ body: @escaping @Sendable (any Transaction) throws -> Result
    ) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            let change = Change(person) { transaction in
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
            guard queue.count < queueLimit else { return -1 }
            queue.append(change)
            return queue.count
        }
        if place < 0 { change.onFailure(StoreFailure.overloaded) }
        if place == 1 { scheduleCommit() }
    }

    private func scheduleCommit() {
        writer.schedule { self.commitGroup($0) }
    }

    private func commitGroup(_ connection: any WritingConnection) {
        let group = queue.withLock { Array($0.prefix(groupLimit)) }
        let effects = CommitEffects()
        let answers = run(group, on: connection, effects)
        let isMore = queue.withLock { queue in
            queue.removeFirst(group.count)
            return !queue.isEmpty
        }
        if isMore { scheduleCommit() }
        // The next commit need not wait for what is still to be done before these are answered.
        onCommit(effects) { for answer in answers { answer() } }
    }

    /// Returns what to tell each caller.
    private func run(
        _ group: [Change], on connection: any WritingConnection, _ effects: CommitEffects
    ) -> [@Sendable () -> Void] {
        do {
            do {
                return try attempt(group, on: connection, effects, hasSavepoints: false)
            } catch is Spoilt {
                try connection.rollBack()
                effects.forget()
                return try attempt(group, on: connection, effects, hasSavepoints: true)
            }
        } catch {
            if connection.isInsideTransaction { try? connection.rollBack() }
            effects.forget()
            let failure = StoreFailure(error)
            return group.map { change in { change.onFailure(failure) } }
        }
    }

    private func attempt(
        _ group: [Change], on connection: any WritingConnection, _ effects: CommitEffects, hasSavepoints: Bool
    ) throws -> [@Sendable () -> Void] {
        var answers: [@Sendable () -> Void] = []
        answers.reserveCapacity(group.count)
        try connection.begin()
        let transaction = SQLTransaction(
            connection: connection, effects: effects, leastKey: try connection.sealingKey(of: keyring),
            holder: membership?.id ?? 0, told: told)
        for (index, change) in group.enumerated() {
            if change.person != nil { try transaction.prefetch(group[index...].lazy.compactMap(\.person)) }
            do {
                let answer = try run(change, transaction, on: connection, hasSavepoints: hasSavepoints)
                answers.append { answer(nil) }
            } catch let error where !(error is Spoilt) {
                answers.append { change.onFailure(StoreFailure.mapped(error)) }
            }
        }
        let before = connection.traces
        do {
            try connection.commit()
        } catch let error as any EngineFailure where !hasSavepoints && !error.isLoss && connection.traces > before {
            // One of the statements that had gone out without being waited for.
            throw Spoilt()
        }
        return answers
    }

    private func run(
        _ change: Change, _ transaction: SQLTransaction, on connection: any WritingConnection, hasSavepoints: Bool
    ) throws -> Answer {
        guard connection.isInsideTransaction else { throw StoreFailure.unavailable("the transaction was rolled back") }
        let before = (traces: connection.traces, effects: transaction.effects.mark)
        if hasSavepoints { try connection.setSavepoint() }
        defer { transaction.known.hasChanged(change.person) }
        do {
            let answer = try change.run(transaction)
            if hasSavepoints { try connection.releaseSavepoint() }
            return answer
        } catch {
            transaction.effects.forget(since: before.effects)
            guard connection.isInsideTransaction else { throw error }
            guard hasSavepoints else { throw connection.traces > before.traces ? Spoilt() : error }
            transaction.known.forget()
            try connection.rollBackToSavepoint()
            throw error
        }
    }

    /// A change has failed after it had written something, and there is no savepoint to go back to.
    private struct Spoilt: Error {}

    typealias StoreError = any Error
    /// Nil: it is kept.
    typealias Answer = @Sendable (StoreError?) -> Void

    /// A caller's change with the two ways to answer it.
    private struct Change: Sendable {
        /// Whom alone it is about; nil: it may be about everybody.
        let person: BlindIndex?
        let run: @Sendable (any Transaction) throws -> Answer
        let onFailure: @Sendable (StoreError) -> Void

        init(
            _ person: BlindIndex?, run: @escaping @Sendable (any Transaction) throws -> Answer,
            onFailure: @escaping @Sendable (StoreError) -> Void
        ) {
            self.person = person
            self.run = run
            self.onFailure = onFailure
        }
    }
}
