import Foundation
import GRDB
import Logging
import Newsletter
import Synchronization

/// Brings committed erasures to the ledger file: those of a commit at once, before anybody is answered, and at the next
/// start, or the next scrubbing, whatever a crash or a full disk held back.
final class Ledger: Sendable {
    private let file: LedgerFile
    private let keptFor: TimeInterval
    private let logger: Logger
    private let queue = DispatchQueue(label: "courant.ledger")
    private let waiting = Mutex<[(erasures: [Erasure], answer: @Sendable () -> Void)]>([])
    private let isBehind = Mutex(false)

    /// Checks that ledger and database belong together. Outside of a transaction: another process may be adding to both.
    init(_ database: Database, path: String, keyring: Keyring, keptFor: Duration, logger: Logger) throws {
        self.keptFor = keptFor / .seconds(1)
        self.logger = logger
        let connection = SQLiteConnection(database: database)
        do {
            let isNew = try SQLTransaction(connection: connection).ledgerHead().number == 0
            file = try LedgerFile(path: path, seal: LedgerSeal(keyring), isNew: isNew)
            // In this order, for what is in the file was in the database before.
            let last = file.last
            try Self.check(file, last, SQLTransaction(connection: connection))
        } catch let fault as LedgerFault {
            throw StoreOpening.ledger(fault, path: path)
        }
    }

    private static func check(_ file: LedgerFile, _ last: Int64, _ tx: SQLTransaction) throws {
        let (head, known) = (try tx.ledgerHead(), try tx.lastErasure())
        if last > known { throw LedgerFault.databaseOlder(by: last - known) }
        if last < head.number { throw LedgerFault.truncated(missing: head.number - last) }
        guard head.number > file.base else {
            if head.number < file.base { throw LedgerFault.databaseOlder(by: file.base - head.number) }
            return
        }
        guard let erasure = file.erasure(head.number), file.code(of: erasure) == head.code else {
            throw LedgerFault.foreign(line: head.number - file.base + 1)
        }
    }

    /// After the commit. `answer` is called once they are on the disk; those who come meanwhile share the next write.
    func add(_ erasures: [Erasure], then answer: @escaping @Sendable () -> Void) {
        let isFirst = waiting.withLock { waiting in
            waiting.append((erasures, answer))
            return waiting.count == 1
        }
        if isFirst { queue.async { self.writeWaiting() } }
    }

    private func writeWaiting() {
        let taken = waiting.withLock { waiting in
            defer { waiting = [] }
            return waiting
        }
        // Where the disk is full, the database remembers them until there is room.
        note { try file.write(taken.flatMap(\.erasures)) }
        for entry in taken { entry.answer() }
    }

    /// Whatever the database still remembers is written, and forgotten there. False where it cannot be written now.
    func settle(_ database: Database) throws -> Bool {
        let tx = SQLTransaction(connection: SQLiteConnection(database: database))
        var isWritten = true
        try database.inTransaction(.immediate) {
            let erasures = try tx.erasuresUnderWay()
            guard let last = erasures.last else { return .commit }
            isWritten = note {
                try file.write(erasures)
                try file.forget(before: last.at.addingTimeInterval(-keptFor))
            }
            if isWritten { try tx.setLedgerHead(LedgerHead(number: last.number, code: file.code(of: last))) }
            return .commit
        }
        return isWritten
    }

    /// What could not be written waits in the database.
    var isLate: Bool { isBehind.withLock { $0 } }

    func close() { queue.sync {} }

    /// Says once that it fails, and once that it works again.
    @discardableResult private func note(_ write: () throws -> Void) -> Bool {
        let isWritten = (try? write()) != nil
        isBehind.withLock { isBehind in
            if isBehind == isWritten {
                isWritten
                    ? logger.notice("the ledger of erasures is complete again")
                    : logger.error("the ledger of erasures cannot be written: the database keeps them until it can")
            }
            isBehind = !isWritten
        }
        return isWritten
    }
}
