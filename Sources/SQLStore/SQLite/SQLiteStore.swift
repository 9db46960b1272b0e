package import Foundation
import GRDB
package import Logging
package import Newsletter
import ServiceLifecycle
import Synchronization

/// The embedded store: one SQLite file beside its write-ahead log, served by one process.
///
/// Every commit is on the disk before it is acknowledged (`synchronous=FULL`). Deleted bytes are overwritten
/// (`secure_delete`), and the log, which still holds their old pages, is truncated right after each erasure by `run`.
package final class SQLiteStore: ServedStore {
    let pool: DatabasePool
    let path: String
    private let writer: SQLiteWriter
    private let commits: GroupCommit<SQLiteWriter>
    private let ledger: Ledger
    let keyring: Keyring
    private let lock: FileLock?
    /// Nil for a command of the host's.
    private let place: SoleServer?
    private let bell: Doorbell
    private let logger: Logger
    private let isStopping = Atomic(false)

    /// How long after an erasure the log is truncated, unless a reader is in the way: those that come meanwhile share it,
    /// for a truncation costs as much as a few commits.
    package static let scrubDelay: Duration = .milliseconds(200)
    private let lastComplaint = Mutex<ContinuousClock.Instant?>(nil)

    /// Opens or creates the file with mode 0600, makes the schema current, and checks that the keyring is this database's.
    ///
    /// The service has it to itself; the host's commands do not, and may write beside a running service.
    package init(
        path: String, keyring: Keyring, terms: StoreOpeningTerms? = nil, logger: Logger
    ) throws(StoreOpening) {
        let terms = terms ?? StoreOpeningTerms(ledger: Self.ledger(of: path))
        do {
            try Self.makeDirectory(of: path)
            if terms.serves { try SoleServer.refuseUnsafePlace(of: path, logger) }
            lock = terms.serves ? try FileLock(path: Self.resolved(path) + ".lock", for: terms.holder) : nil
            pool = try Self.connect(path)
            (ledger, place) = try pool.writeWithoutTransaction { database in
                if terms.upgrade == .copied { try Self.copyBeforeUpgrade(database, path, logger) }
                try Self.prepare(database, keyring, mayUpgrade: terms.upgrade != .refused)
                let ledger = try Ledger(
                    database, path: terms.ledger, keyring: keyring, keptFor: terms.backupsExpireAfter, logger: logger)
                guard terms.serves else { return (ledger, nil) }
                try Self.refuseDamaged(database, path)
                _ = try ledger.settle(database)
                // What a killed process left in the log.
                _ = try? database.checkpoint(.truncate)
                return (ledger, try SoleServer(database, path: path, sendGuard: terms.sendGuard))
            }
        } catch let error as StoreOpening {
            throw error
        } catch {
            guard case .unavailable(let advice) = StoreFailure(error) else { throw .unusable("\(error)") }
            throw .unusable("\(path): \(advice)")
        }
        let bell = Doorbell()
        self.bell = bell
        self.path = path
        self.logger = logger
        self.keyring = keyring
        writer = SQLiteWriter(pool: pool)
        commits = GroupCommit(writer: writer, keyring: keyring, told: terms.told) { [ledger] effects, answer in
            terms.tellSending(of: effects)
            if effects.mustScrub { bell.ring() }
            guard !effects.entries.isEmpty else { return answer() }
            // Nobody is answered before the ledger has it.
            ledger.add(effects.entries, then: answer)
        }
    }

    package func read<Result: Sendable>(
        _ look: @escaping @Sendable (any Transaction) throws -> Result
    ) async throws -> Result {
        try place?.refuseLost()
        do {
            return try await pool.read { try look(SQLTransaction(connection: SQLiteConnection(database: $0))) }
        } catch {
            throw StoreFailure.mapped(error)
        }
    }

    package func write<Result: Sendable>(
        about person: BlindIndex?, _ change: @escaping @Sendable (any Transaction) throws -> Result
    ) async throws -> Result {
        try place?.refuseLost()
        return try await commits.write(about: person, change)
    }

    package var newestErasure: Date? { ledger.newest }

    // MARK: Serving

    /// Before anything is sent.
    package func takePlace() { place?.take() }

    /// Truncates the log after erasures until the service stops, and proves meanwhile that nobody else serves. Throws
    /// `ServiceLost` where somebody does.
    package func run() async throws {
        try await withTaskCancellationOrGracefulShutdownHandler {
            try await withThrowingTaskGroup { group in
                group.addTask { await self.scrubUntilStopped() }
                if let place {
                    group.addTask { try await place.watch(self.pool) { self.isStopping.load(ordering: .acquiring) } }
                }
                // Whichever ends first ends the other.
                while try await group.next() != nil { group.cancelAll() }
            }
        } onCancelOrGracefulShutdown: {
            self.isStopping.store(true, ordering: .releasing)
            self.bell.ring()
        }
        _ = await scrub()
    }

    private func scrubUntilStopped() async {
        await withTaskCancellationHandler {
            while !isStopping.load(ordering: .acquiring) {
                await bell.wait()
                try? await Task.sleep(for: Self.scrubDelay)
                while !isStopping.load(ordering: .acquiring), await !scrub() {
                    try? await Task.sleep(for: Self.scrubDelay / 4)
                }
                if ledger.isLate {
                    try? await Task.sleep(for: .seconds(1))
                    bell.ring()
                }
            }
        } onCancel: {
            isStopping.store(true, ordering: .releasing)
            bell.ring()
        }
    }

    /// Has the ledger complete, writes the log's pages back and truncates it. False while a reader still looks at an older state.
    package func scrub() async -> Bool {
        guard place?.isLost != true else { return false }
        do {
            try await pool.writeWithoutTransaction { database in
                // Writers wait behind this, so it must not wait long for a reader.
                try database.execute(sql: "PRAGMA busy_timeout = 50")
                defer { try? database.execute(sql: "PRAGMA busy_timeout = 5000") }
                _ = try self.ledger.settle(database)
                _ = try database.checkpoint(.truncate)
            }
            return true
        } catch let error as DatabaseError
            where error.resultCode.primaryResultCode == .SQLITE_BUSY
            || error.resultCode.primaryResultCode == .SQLITE_LOCKED
        {
            return false
        } catch {
            complain(StoreFailure(error))
            return false
        }
    }

    /// It is tried many times a second, and told once.
    private func complain(_ failure: StoreFailure) {
        let isNews = lastComplaint.withLock { last in
            let now = ContinuousClock.now
            guard last.map({ now - $0 >= .seconds(1) }) ?? true else { return false }
            last = now
            return true
        }
        if isNews { logger.error("erased bytes could not be scrubbed yet", metadata: ["cause": "\(failure)"]) }
    }

    /// Outside of any transaction.
    func onWriter(_ work: @escaping @Sendable (Database) throws -> Void) async throws {
        try await pool.writeWithoutTransaction(work)
    }

    /// Settings that durability and erasure rest on, as the writer has them: `synchronous`, `secure_delete`, `journal_mode`.
    package func pragmas() async throws -> [String: String] {
        try await pool.writeWithoutTransaction { database in
            try ["synchronous", "secure_delete", "journal_mode"].reduce(into: [:]) { settings, name in
                settings[name] = try String.fetchOne(database, sql: "PRAGMA \(name)")
            }
        }
    }

    /// The tables and their columns as the file has them.
    package func columns() async throws -> [String: [String]] {
        try await pool.read { database in
            let tables = try String.fetchAll(
                database, sql: "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
            return try tables.reduce(into: [:]) { columns, table in
                columns[table] = try String.fetchAll(
                    database, sql: "SELECT name FROM pragma_table_info(?)", arguments: [table])
            }
        }
    }

    package func close() throws {
        writer.close()
        ledger.close()
        try? pool.writeWithoutTransaction { try place?.give($0) }
        try pool.close()
        lock?.release()
    }
}
