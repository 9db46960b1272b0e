import Foundation
import GRDB
import Logging
import Newsletter

/// The file, locked as a service locks it.
struct SQLiteEndpoint: MoveEndpoint {
    private let path: String
    private let database: Database
    private let keptFor: Duration
    private let own: SQLiteConnection
    var connection: any WritingConnection { own }
    var keepsErasures: Bool { false }

    static func enter<Value>(
        _ path: String, keptFor: Duration, _ work: (any MoveEndpoint) throws -> Value
    ) throws -> Value {
        try SQLiteStore.makeDirectory(of: path)
        let lock = try FileLock(path: path + ".lock", for: .command)
        defer { lock.release() }
        let pool = try connect(path)
        defer { try? pool.close() }
        return try pool.writeWithoutTransaction { database in
            let own = SQLiteConnection(database: database)
            // A connection with statements cannot be closed.
            defer { own.shelf.clear() }
            return try work(SQLiteEndpoint(path: path, database: database, keptFor: keptFor, own: own))
        }
    }

    private static func connect(_ path: String) throws -> DatabasePool {
        do {
            let pool = try SQLiteStore.connect(path)
            for file in [path, path + "-wal", path + "-shm", path + ".lock"]
            where FileManager.default.fileExists(atPath: file) {
                try FileManager.default.giveToOwnerOfFolder(file)
            }
            return pool
        } catch let error as DatabaseError {
            throw StoreOpening.unusable("\(path): \(error.advice)")
        } catch is CocoaError {
            throw StoreOpening.unusable("\(path) cannot be given to its folder's owner")
        }
    }

    func columns() throws -> [String: [String]] {
        let columns = try own.query(
            """
            SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c
            WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'
            """
        ) { (table: try $0.text(0), column: try $0.text(1)) }
        return Dictionary(grouping: columns, by: \.table).mapValues { $0.map(\.column) }
    }

    /// The lock keeps services away; the host's commands wait for the transaction's end.
    func beginAlone() throws { try own.begin() }

    func makeCurrent(_ keyring: Keyring, _ work: () throws -> Void) throws {
        try write {
            try own.makeCurrent(keyring)
            try work()
        }
    }

    func makeReady(_ keyring: Keyring, isResumed: Bool, at now: Date) throws -> LedgerFile {
        try makeCurrent(keyring) { try releaseClaims(at: now) }
        let place = SQLiteStore.ledger(of: path)
        let silent = Logger(label: "move") { _ in SwiftLogNoOpLogHandler() }
        let ledger = try Ledger(database, path: place, keyring: keyring, keptFor: keptFor, logger: silent)
        guard try ledger.settle(database) else { throw StoreOpening.ledger(.unwritable, path: place) }
        return try LedgerFile(path: place, seal: LedgerSeal(keyring), isNew: false)
    }

    func insert(_ rows: [[SQLValue]], into table: MovedTable) throws {
        let insert = table.insert
        for row in rows { try own.execute(SQL(insert, row)) }
    }

    func count(of table: MovedTable) throws -> Int64 {
        try own.first("SELECT seq FROM sqlite_sequence WHERE name = \(table.name)") { try $0.integer(0) } ?? 0
    }

    func setCount(of table: MovedTable, to number: Int64) throws {
        let known = try own.changes(by: "UPDATE sqlite_sequence SET seq = \(number) WHERE name = \(table.name)")
        guard known == 0, number > 0 else { return }
        try own.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (\(table.name), \(number))")
    }

    func settle() throws {
        _ = try database.checkpoint(.truncate)
        try FileHandle.synchronizeDirectory(of: path)
    }
}
