import Foundation
import GRDB
import Logging
import Newsletter

/// Brings committed erasures to the ledger file: those of a commit at once, before anybody is answered, and at the next
/// start, or the next scrubbing, whatever a crash or a full disk held back.
final class Ledger: Sendable {
    private let desk: LedgerWriter
    private let keptFor: TimeInterval
    private var file: LedgerFile { desk.file }

    /// Checks that ledger and database belong together. Outside of a transaction: another process may be adding to both.
    init(_ database: Database, path: String, keyring: Keyring, keptFor: Duration, logger: Logger) throws {
        self.keptFor = keptFor / .seconds(1)
        let connection = SQLiteConnection(database: database)
        do {
            let isNew = try SQLTransaction(connection: connection).ledgerHead().number == 0
            let file = try LedgerFile(path: path, seal: LedgerSeal(keyring), isNew: isNew)
            desk = LedgerWriter(file, logger: logger)
            // In this order, for what is in the file was in the database before.
            let last = file.last
            try Self.check(file, last, SQLTransaction(connection: connection))
        } catch let fault as LedgerFault {
            throw StoreOpening.ledger(fault, path: path)
        }
    }

    private static func check(_ file: LedgerFile, _ last: Int64, _ tx: SQLTransaction) throws {
        let (head, known) = (try tx.ledgerHead(), try tx.lastEntry())
        if last > known { throw LedgerFault.databaseOlder(by: last - known) }
        if last < head.number { throw LedgerFault.truncated(missing: head.number - last) }
        guard head.number > file.base else {
            if head.number < file.base { throw LedgerFault.databaseOlder(by: file.base - head.number) }
            return
        }
        guard let entry = file.entry(head.number), file.code(of: entry) == head.code else {
            throw LedgerFault.foreign(line: head.number - file.base + 1)
        }
    }

    /// After the commit. `answer` is called once they are on the disk.
    func add(_ entries: [LedgerEntry], then answer: @escaping @Sendable () -> Void) { desk.add(entries, then: answer) }

    /// Whatever the database still remembers is written, and forgotten there. False where it cannot be written now.
    func settle(_ database: Database) throws -> Bool {
        let tx = SQLTransaction(connection: SQLiteConnection(database: database))
        var isWritten = true
        try database.inTransaction(.immediate) {
            let entries = try tx.entriesUnderWay()
            guard let last = entries.last else { return .commit }
            let known = try SQLiteConnection(database: database).knownTime()
            isWritten = desk.note {
                try file.write(entries)
                guard let known else { return }
                try file.forget(before: min(last.at, known).addingTimeInterval(-keptFor))
            }
            if isWritten { try tx.setLedgerHead(LedgerHead(number: last.number, code: file.code(of: last))) }
            return .commit
        }
        return isWritten
    }

    var isLate: Bool { desk.isLate }

    var newest: Date? { file.entry(file.last)?.at }

    func close() { desk.close() }
}
