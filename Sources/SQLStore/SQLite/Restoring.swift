package import Foundation
import GRDB
import Logging
package import Newsletter

/// Puts a backup in a database's place while nobody serves it, and erases again whoever has left since it was made.
///
/// All of it happens in a draft beside the database, which is moved to its place when it is whole. A draft that is left
/// there by a crash keeps the service from starting; restoring again begins anew.
package struct Restoring: Sendable {
    private let backup: String
    private let database: String
    private let keyring: Keyring

    /// What was done.
    package struct Outcome: Sendable {
        package var subscriptions = 0
        /// Erasures since the backup, and how many of them it still had.
        package var erasures = 0
        package var erasedAgain = 0
        /// Where the database that was there has gone.
        package var replaced: String?
    }

    package init(backup: String, database: String, keyring: Keyring) {
        self.backup = backup
        self.database = database
        self.keyring = keyring
    }

    static func draft(of database: String) -> String { database + ".restoring" }
    private var draft: String { Self.draft(of: database) }

    /// - Parameters:
    ///   - replacing: a database that is there is moved aside.
    ///   - withoutLedger: the ledger is lost: whoever left since the backup comes back.
    package func run(replacing: Bool, withoutLedger: Bool, at now: Date) throws -> Outcome {
        guard FileManager.default.fileExists(atPath: backup) else { throw RestoreFailure.noBackup }
        let isThere = FileManager.default.fileExists(atPath: database)
        guard replacing || !isThere else { throw RestoreFailure.databaseThere }
        let lock = try FileLock(path: database + ".lock")
        defer { lock.release() }
        if isThere { completeLedger() }
        try copy()
        var outcome = try complete(withoutLedger: withoutLedger, at: now)
        if isThere { outcome.replaced = try moveAside(at: now) }
        guard rename(draft, database) == 0 else { throw RestoreFailure.unwritable }
        try FileHandle.synchronizeDirectory(of: database)
        return outcome
    }

    /// What the database that is there has not yet written to the ledger; a damaged one has nothing to say.
    private func completeLedger() {
        let logger = Logger(label: "restore") { _ in SwiftLogNoOpLogHandler() }
        _ = try? DatabaseQueue(path: database, configuration: SQLiteStore.configuration).writeWithoutTransaction {
            let ledger = try Ledger(
                $0, path: SQLiteStore.ledger(of: database), keyring: keyring, keptFor: .seconds(100 * 365 * 86_400),
                logger: logger)
            _ = try ledger.settle($0)
            _ = try? $0.checkpoint(.truncate)
        }
    }

    // MARK: The draft

    /// Checks that it is whole and ours, and copies it.
    private func copy() throws {
        for leftover in [draft, draft + "-journal", draft + "-wal", draft + "-shm"] { unlink(leftover) }
        try Data.write(Data(), privatelyTo: draft)
        var configuration = GRDB.Configuration()
        configuration.busyMode = .timeout(5)
        do {
            try DatabaseQueue(path: backup, configuration: configuration).writeWithoutTransaction { source in
                guard try String.fetchOne(source, sql: "PRAGMA integrity_check") == "ok" else {
                    throw RestoreFailure.damaged
                }
                let check = try? Data.fetchOne(source, sql: "SELECT key_check FROM installation")
                guard let check else { throw RestoreFailure.damaged }
                guard check == keyring.check else { throw RestoreFailure.foreign }
                try source.execute(sql: "VACUUM INTO ?", arguments: [draft])
            }
        } catch let error as DatabaseError {
            unlink(draft)
            guard [.SQLITE_CORRUPT, .SQLITE_NOTADB].contains(error.resultCode.primaryResultCode) else { throw error }
            throw RestoreFailure.damaged
        } catch {
            unlink(draft)
            throw error
        }
    }

    private func complete(withoutLedger: Bool, at now: Date) throws -> Outcome {
        do {
            let queue = try DatabaseQueue(path: draft, configuration: SQLiteStore.configuration)
            let outcome = try queue.writeWithoutTransaction { database in
                var outcome = Outcome()
                try database.inTransaction(.immediate) {
                    try prepare(SQLiteConnection(database: database))
                    return .commit
                }
                try database.inTransaction(.immediate) {
                    outcome = try bringUpToDate(SQLiteConnection(database: database), withoutLedger, at: now)
                    return .commit
                }
                return outcome
            }
            try queue.close()
            guard let file = FileHandle(forUpdatingAtPath: draft) else { throw RestoreFailure.unwritable }
            try file.synchronize()
            try FileManager.default.giveToOwnerOfFolder(draft)
            return outcome
        } catch {
            unlink(draft)
            throw error
        }
    }

    /// A copy from before a move is taken up again; half of one that was being made is none.
    private func prepare(_ connection: SQLiteConnection) throws {
        try connection.makeCurrent(keyring)
        if try connection.moveStanding()?.state == .arriving { throw RestoreFailure.damaged }
        try connection.setMoveStanding(nil)
    }

    private func bringUpToDate(_ connection: SQLiteConnection, _ withoutLedger: Bool, at now: Date) throws -> Outcome {
        let tx = SQLTransaction(connection: connection)
        let known = try tx.lastErasure()
        let ledger = try openLedger(withoutLedger, known: known)
        let erasures = try ledger?.erasures(after: known) ?? []
        let readable = Set(keyring.sealingNumbers)
        for number in try connection.query(
            "SELECT DISTINCT hex(substr(person, 1, 1)) FROM subscription", { try $0.text(0) })
        {
            guard let number = UInt8(number, radix: 16), readable.contains(number) else {
                throw RestoreFailure.keyDestroyed
            }
        }
        var outcome = Outcome()
        outcome.erasures = erasures.count
        outcome.erasedAgain = try tx.eraseAgain(erasures, keyring: keyring, at: now)
        try tx.dropImports()
        outcome.subscriptions = try connection.count("SELECT COUNT(*) FROM subscription WHERE list_id > 0")
        try tx.pauseEverything(
            because: "Restored from a backup: who has got it since is not known. Resume or cancel it.")
        try tx.audit(
            .restoreBackup, of: .installation, by: .host,
            result: "erased-again=\(outcome.erasedAgain)\(withoutLedger ? " without-ledger" : "")", keyring: keyring,
            at: now)
        if let ledger {
            try match(tx, to: ledger, known: known)
        } else {
            try tx.setLedgerHead(LedgerHead(number: 0, code: nil))
        }
        return outcome
    }

    private func openLedger(_ withoutLedger: Bool, known: Int64) throws -> LedgerFile? {
        let path = SQLiteStore.ledger(of: database)
        if withoutLedger {
            guard !FileManager.default.fileExists(atPath: path) else { throw RestoreFailure.ledgerThere }
            return nil
        }
        do {
            let ledger = try LedgerFile(path: path, seal: LedgerSeal(keyring), isNew: known == 0)
            guard known >= ledger.base else { throw RestoreFailure.tooOld }
            guard known <= ledger.last else { throw LedgerFault.truncated(missing: known - ledger.last) }
            return ledger
        } catch let fault as LedgerFault {
            throw RestoreFailure.ledger(fault)
        }
    }

    /// The erasures that the replay has caused are those that are in the ledger already.
    private func match(_ tx: SQLTransaction, to ledger: LedgerFile, known: Int64) throws {
        let head = try tx.ledgerHead()
        if head.number > ledger.base {
            guard let line = ledger.erasure(head.number), ledger.code(of: line) == head.code else {
                throw RestoreFailure.ledger(.foreign(line: head.number - ledger.base + 1))
            }
        }
        let last = ledger.last
        let code = ledger.erasure(last).map { ledger.code(of: $0) }
        if last > 0, code == nil { throw RestoreFailure.ledger(.foreign(line: last - ledger.base + 1)) }
        try tx.setLedgerHead(LedgerHead(number: last, code: code))
    }

    // MARK: The swap

    /// Its log is in it already, or stays with it.
    private func moveAside(at now: Date) throws -> String {
        let stamp = now.formatted(
            .iso8601.year().month().day().time(includingFractionalSeconds: false).timeSeparator(.omitted).dateSeparator(
                .omitted))
        let aside = "\(database).before-\(stamp)"
        for suffix in ["-wal", "-shm", ""] where FileManager.default.fileExists(atPath: database + suffix) {
            guard rename(database + suffix, aside + suffix) == 0 else { throw RestoreFailure.unwritable }
        }
        return aside
    }
}

/// Why nothing was restored; what was there is as it was.
package enum RestoreFailure: Error, Equatable {
    case noBackup
    case databaseThere
    /// Not a whole database of Courant's.
    case damaged
    /// Made with another installation's key file.
    case foreign
    /// Made before the keys were rotated: nobody can read it any more.
    case keyDestroyed
    /// The ledger does not reach back to it.
    case tooOld
    case ledger(LedgerFault)
    /// `withoutLedger` is for a ledger that is lost.
    case ledgerThere
    case unwritable
}
