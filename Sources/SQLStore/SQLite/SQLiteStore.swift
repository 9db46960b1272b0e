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
    let path: String
    private let pool: DatabasePool
    private let writer: SQLiteWriter
    private let commits: GroupCommit<SQLiteWriter>
    private let ledger: Ledger
    let keyring: Keyring
    private let lock: FileLock?
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
        self.path = path
        do {
            try Self.makeDirectory(of: path)
            lock = terms.serves ? try FileLock(path: path + ".lock") : nil
            pool = try Self.connect(path)
            ledger = try pool.writeWithoutTransaction { database in
                try Self.prepare(database, keyring)
                let ledger = try Ledger(
                    database, path: terms.ledger, keyring: keyring, keptFor: terms.backupsExpireAfter, logger: logger)
                if terms.serves {
                    _ = try ledger.settle(database)
                    // What a killed process left in the log.
                    _ = try? database.checkpoint(.truncate)
                }
                return ledger
            }
        } catch let error as StoreOpening {
            throw error
        } catch {
            guard case .unavailable(let advice) = StoreFailure(error) else { throw .unusable("\(error)") }
            throw .unusable("\(path): \(advice)")
        }
        let bell = Doorbell()
        self.bell = bell
        self.logger = logger
        self.keyring = keyring
        writer = SQLiteWriter(pool: pool)
        commits = GroupCommit(writer: writer, keyring: keyring) { [ledger] aftermath, answer in
            if aftermath.mustScrub { bell.ring() }
            guard !aftermath.erasures.isEmpty else { return answer() }
            // Nobody is answered before the ledger has it.
            ledger.add(aftermath.erasures, then: answer)
        }
    }

    /// Makes the file where there is none, with mode 0600.
    static func connect(_ path: String) throws -> DatabasePool {
        guard !FileManager.default.fileExists(atPath: Restoring.draft(of: path)) else {
            throw StoreOpening.halfRestored
        }
        if !FileManager.default.fileExists(atPath: path) {
            guard FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o600])
            else {
                let folder = URL(filePath: path).deletingLastPathComponent().path
                throw StoreOpening.unusable("cannot create \(path): check the owner and mode of \(folder)")
            }
        }
        let pool = try DatabasePool(path: path, configuration: configuration)
        try pool.writeWithoutTransaction { database in
            // GRDB sets NORMAL when it switches to WAL, whatever was asked for before.
            try database.execute(sql: "PRAGMA synchronous = FULL")
            // Pages are written again and again before they go back to the file, 16 MB at a time, and 8 MB of them stay at hand.
            try database.execute(sql: "PRAGMA wal_autocheckpoint = 4000")
            try database.execute(sql: "PRAGMA cache_size = -8192")
        }
        return pool
    }

    /// Whether a running service has the file to itself.
    package static func isServed(path: String) -> Bool {
        guard FileManager.default.fileExists(atPath: path + ".lock") else { return false }
        do throws(StoreOpening) {
            try FileLock(path: path + ".lock").release()
            return false
        } catch {
            if case .inUse = error { return true }
            return false
        }
    }

    /// Where the erasures of a database are written down.
    package static func ledger(of path: String) -> String { path + ".erasures" }

    static func makeDirectory(of path: String) throws(StoreOpening) {
        let folder = URL(filePath: path).deletingLastPathComponent().path
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw .unusable(
                "the data directory \(folder) cannot be made: check that what is above it is a directory, its owner and mode"
            )
        }
    }

    static var configuration: GRDB.Configuration {
        var configuration = GRDB.Configuration()
        configuration.busyMode = .timeout(5)
        configuration.maximumReaderCount = 4
        configuration.prepareDatabase { database in
            try database.execute(sql: "PRAGMA secure_delete = ON")
            try database.execute(sql: "PRAGMA temp_store = MEMORY")
            try database.execute(sql: "PRAGMA trusted_schema = OFF")
        }
        return configuration
    }

    static func prepare(_ database: Database, _ keyring: Keyring) throws {
        try database.inTransaction(.immediate) {
            try SQLiteConnection(database: database).prepare(keyring)
            return .commit
        }
    }

    package func read<Result: Sendable>(
        _ look: @escaping @Sendable (any Transaction) throws -> Result
    ) async throws -> Result {
        do {
            return try await pool.read { try look(SQLTransaction(connection: SQLiteConnection(database: $0))) }
        } catch {
            throw StoreFailure.mapped(error)
        }
    }

    package func write<Result: Sendable>(
        about person: AddressMarks?, _ change: @escaping @Sendable (any Transaction) throws -> Result
    ) async throws -> Result {
        try await commits.write(about: person, change)
    }

    package var newestErasure: Date? { ledger.newest }

    // MARK: Scrubbing

    /// Truncates the log after erasures until the service stops.
    package func run() async throws {
        await withTaskCancellationOrGracefulShutdownHandler {
            while !isStopping.load(ordering: .acquiring) {
                await bell.wait()
                try? await Task.sleep(for: Self.scrubDelay)
                while await !scrub(), !isStopping.load(ordering: .acquiring) {
                    try? await Task.sleep(for: Self.scrubDelay / 4)
                }
                if ledger.isLate {
                    try? await Task.sleep(for: .seconds(1))
                    bell.ring()
                }
            }
        } onCancelOrGracefulShutdown: {
            self.isStopping.store(true, ordering: .releasing)
            self.bell.ring()
        }
        _ = await scrub()
    }

    /// Has the ledger complete, writes the log's pages back and truncates it. False while a reader still looks at an older state.
    package func scrub() async -> Bool {
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

    /// Whether every page is where it belongs.
    package func isWhole() async throws -> Bool {
        try await pool.read { try String.fetchOne($0, sql: "PRAGMA quick_check(1)") == "ok" }
    }

    package func close() throws {
        writer.close()
        ledger.close()
        try pool.close()
        lock?.release()
    }
}
