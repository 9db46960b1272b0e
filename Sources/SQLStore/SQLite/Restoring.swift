package import Foundation
import GRDB
import Logging
package import Newsletter

/// Puts a backup in a database's place while nobody serves it, erases again whoever has left since it was made, and
/// remembers who has asked since never to be written to.
///
/// All of it happens in a draft beside the database, which is moved to its place when it is whole. A draft that is left
/// there by a crash keeps everybody from opening the database; restoring again begins anew.
package struct Restoring: Sendable {
    private let backup: String
    private let database: String
    private let ledger: String
    private let keyring: Keyring

    /// What was done.
    package struct Outcome: Sendable {
        package var subscriptions = 0
        /// Erasures since the backup, and how many of them it still had.
        package var erasures = 0
        package var erasedAgain = 0
        /// Wishes never to be written to again, and ends of such, since the backup.
        package var wishes = 0
        /// When the ledger's last entry was written; nil where it has none, or is lost.
        package var ledgerEnds: Date?
        /// Who has a login, by what the backup says.
        package var logins: [StaffMember] = []
        /// Where the database that was there has gone.
        package var replaced: SetAside?
    }

    package init(backup: String, database: String, keyring: Keyring) {
        self.backup = backup
        self.database = SQLiteStore.resolved(database)
        ledger = SQLiteStore.ledger(of: database)
        self.keyring = keyring
    }

    static func draft(of database: String) -> String { SQLiteStore.resolved(database) + ".restoring" }
    private var draft: String { Self.draft(of: database) }

    /// - Parameters:
    ///   - replacing: a database that is there is moved aside.
    ///   - withoutLedger: the ledger is lost: whoever left since the backup comes back.
    package func run(replacing: Bool, withoutLedger: Bool, at now: Date) throws -> Outcome {
        guard FileManager.default.fileExists(atPath: backup) else { throw RestoreFailure.noBackup }
        let isThere = FileManager.default.fileExists(atPath: database)
        guard replacing || !isThere else { throw RestoreFailure.databaseThere }
        let lock = try FileLock(path: database + ".lock", for: .command)
        defer { lock.release() }
        // Whatever the backup says: that it knows of no erasure does not mean that there was none.
        guard withoutLedger || FileManager.default.fileExists(atPath: ledger) else {
            throw RestoreFailure.ledger(.missing)
        }
        if isThere, !withoutLedger { try completeLedger() }
        try copy()
        var outcome = try complete(withoutLedger: withoutLedger, at: now)
        do {
            outcome.replaced = try SetAside.take(database, at: now)
        } catch {
            unlink(draft)
            throw error
        }
        guard rename(draft, database) == 0 else { throw RestoreFailure.unwritable }
        try FileHandle.synchronizeDirectory(of: database)
        return outcome
    }

    /// Adds what the database that is there has not yet written to the ledger. Where it knows of more than the ledger does, the
    /// ledger is an old copy. A damaged database has nothing to say.
    private func completeLedger() throws {
        let logger = Logger(label: "restore") { _ in SwiftLogNoOpLogHandler() }
        do {
            try DatabaseQueue(path: database, configuration: SQLiteStore.configuration).writeWithoutTransaction {
                database in
                try database.inTransaction(.immediate) {
                    try SQLiteConnection(database: database).makeCurrent(keyring)
                    return .commit
                }
                let ledger = try Ledger(
                    database, path: ledger, keyring: keyring, keptFor: .seconds(100 * 365 * 86_400), logger: logger)
                _ = try ledger.settle(database)
            }
        } catch StoreOpening.ledger(let fault, _) {
            switch fault {
            // That is why it is being replaced.
            case .databaseOlder: break
            case .truncated(let missing): throw RestoreFailure.ledgerBehind(missing)
            default: throw RestoreFailure.ledger(fault)
            }
        } catch is DatabaseError, is StoreOpening, is UnexpectedColumn {
            return
        }
    }

    // MARK: The draft

    /// Checks that it is whole and ours, and copies it.
    private func copy() throws {
        for leftover in ["", "-journal", "-wal", "-shm"] { unlink(draft + leftover) }
        try Data.write(Data(), privatelyTo: draft)
        do {
            try DatabaseQueue(path: backup, configuration: SQLiteStore.configuration).writeWithoutTransaction {
                source in
                try refuseCode(in: source)
                guard try String.fetchOne(source, sql: "PRAGMA integrity_check(1)") == "ok" else {
                    throw RestoreFailure.damaged
                }
                let check = try? Data.fetchOne(source, sql: "SELECT key_check FROM installation")
                guard let check else { throw RestoreFailure.damaged }
                guard check == keyring.check else { throw RestoreFailure.foreign }
                try source.execute(sql: "VACUUM INTO ?", arguments: [draft])
            }
        } catch let error as DatabaseError {
            unlink(draft)
            switch error.resultCode.primaryResultCode {
            case .SQLITE_CORRUPT, .SQLITE_NOTADB: throw RestoreFailure.damaged
            case .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_READONLY: throw RestoreFailure.unreadable
            case .SQLITE_FULL: throw RestoreFailure.unwritable
            default: throw error
            }
        } catch {
            unlink(draft)
            throw error
        }
    }

    /// A database of ours has no code of its own: what is there would run at each sign-up, with all that we may do.
    private func refuseCode(in source: Database) throws {
        let found = try String.fetchAll(
            source, sql: "SELECT type || ' ' || name FROM sqlite_master WHERE type IN ('trigger', 'view') ORDER BY name"
        )
        guard found.isEmpty else { throw RestoreFailure.code(found) }
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
            guard let file = FileHandle(forUpdatingAtPath: draft),
                !FileManager.default.fileExists(atPath: draft + "-wal")
            else { throw RestoreFailure.unwritable }
            try file.synchronize()
            try FileManager.default.giveToOwnerOfFolder(draft)
            return outcome
        } catch StoreOpening.olderThanKeys {
            unlink(draft)
            throw RestoreFailure.keyDestroyed
        } catch {
            unlink(draft)
            throw error
        }
    }

    /// A copy from before a move is taken up again; half of one that was being made is none. Nobody serves it yet.
    private func prepare(_ connection: SQLiteConnection) throws {
        try connection.makeCurrent(keyring)
        if try connection.moveStanding()?.state == .arriving { throw RestoreFailure.damaged }
        try connection.setMoveStanding(nil)
        try connection.execute("UPDATE installation SET server = NULL")
    }

    private func bringUpToDate(_ connection: SQLiteConnection, _ withoutLedger: Bool, at now: Date) throws -> Outcome {
        let tx = SQLTransaction(connection: connection)
        let known = try tx.lastEntry()
        let ledger = try openLedger(withoutLedger, known: known)
        let entries = try ledger?.entries(after: known) ?? []
        var outcome = Outcome()
        outcome.erasures = entries.count { $0.erased != nil }
        outcome.wishes = entries.count - outcome.erasures
        outcome.erasedAgain = try tx.replay(entries, keyring: keyring, at: now)
        outcome.ledgerEnds = ledger.flatMap { $0.entry($0.last)?.at }
        outcome.logins = try tx.staff()
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
        if withoutLedger {
            guard !FileManager.default.fileExists(atPath: ledger) else { throw RestoreFailure.ledgerThere }
            return nil
        }
        do {
            let ledger = try LedgerFile(path: ledger, seal: LedgerSeal(keyring), isNew: false)
            guard known >= ledger.base else { throw RestoreFailure.tooOld }
            guard known <= ledger.last else { throw LedgerFault.truncated(missing: known - ledger.last) }
            return ledger
        } catch let fault as LedgerFault {
            throw RestoreFailure.ledger(fault)
        }
    }

    /// What the replay has done stands in the ledger already.
    private func match(_ tx: SQLTransaction, to ledger: LedgerFile, known: Int64) throws {
        let head = try tx.ledgerHead()
        if head.number > ledger.base {
            guard let line = ledger.entry(head.number), ledger.code(of: line) == head.code else {
                throw RestoreFailure.ledger(.foreign(line: head.number - ledger.base + 1))
            }
        }
        let last = ledger.last
        let code = ledger.entry(last).map { ledger.code(of: $0) }
        if last > 0, code == nil { throw RestoreFailure.ledger(.foreign(line: last - ledger.base + 1)) }
        try tx.setLedgerHead(LedgerHead(number: last, code: code))
    }
}
