import Foundation
import Logging
import Newsletter

/// Opens a database: makes its schema current, once, whoever comes first; checks its keys; and brings it up to the ledger of
/// erasures, where somebody has put an older copy in its place.
struct PostgresOpening {
    let connection: PostgresConnection
    let keyring: Keyring
    let terms: StoreOpeningTerms

    /// A migration of a large table takes its time; another process's, too.
    private static let limit: Duration = .seconds(600)

    func open(_ logger: Logger) throws -> LedgerDesk {
        let ledger = try run {
            try connection.refuseMover()
            try makeCurrent()
            try connection.takeUp()
            let ledger = try LedgerFile(path: terms.ledger, seal: LedgerSeal(keyring), isNew: true)
            if terms.serves { try bringUpTo(ledger, logger) }
            return ledger
        }
        try copyErasures(to: ledger)
        return LedgerDesk(ledger, logger: logger)
    }

    /// In a transaction beside which nobody opens it.
    func run<Value>(_ work: () throws -> Value) throws -> Value {
        try connection.connect()
        guard connection.version >= PostgresStore.oldestVersion else {
            throw StoreOpening.unusable(
                "PostgreSQL \(connection.version / 10_000) is too old: 15 or later is needed")
        }
        return try connection.transaction({ try connection.beginOpening(limit: Self.limit) }, work)
    }

    func makeCurrent() throws {
        try refuseForeignTables()
        try connection.makeCurrent(keyring)
        try checkColumns()
    }

    private func refuseForeignTables() throws {
        let found = try connection.columns()
        let foreign = found.keys.filter { Schema.columns[$0] == nil }.sorted()
        guard found["migration"] != nil || found.isEmpty else { throw StoreOpening.foreignTables(foreign) }
    }

    private func checkColumns() throws {
        let found = try connection.columns()
        let missing = Schema.columns.flatMap { table, columns in
            columns.filter { found[table]?.contains($0) != true }.map { "\(table).\($0)" }
        }
        guard missing.isEmpty else { throw StoreOpening.changedSchema(missing.sorted()) }
    }

    // MARK: The ledger

    /// What is in the file was in the database once. Where it is there no more, the database is an older copy: whoever has
    /// left since leaves again, and what was being sent waits for a person.
    func bringUpTo(_ ledger: LedgerFile, _ logger: Logger) throws {
        let tx = SQLTransaction(connection: connection, leastKey: try connection.sealingKey(of: keyring))
        let missing = try erasuresMissing(in: tx, ledger)
        guard !missing.isEmpty else { return }
        let now = Date()
        let erasedAgain = try tx.eraseAgain(missing, keyring: keyring, at: now)
        // Those that it did not have: an even older copy may.
        let noted = Set(tx.aftermath.erasures.map(\.subscription))
        for erasure in missing where !noted.contains(erasure.subscription) {
            try tx.note(erasure.subscription, erasure.kept, at: erasure.at)
        }
        try tx.dropImports()
        try tx.pauseEverything(
            because: "Restored from a backup: who has got it since is not known. Resume or cancel it.")
        try tx.audit(
            .restoreBackup, of: .installation, by: .host, result: "erased-again=\(erasedAgain)", keyring: keyring,
            at: now)
        logger.notice(
            "the database is an older copy: who has left since was erased again",
            metadata: ["erasures": "\(missing.count)", "erased": "\(erasedAgain)"])
    }

    /// The file's lines that the database does not know, or knows as others: they are the last ones.
    private func erasuresMissing(in tx: SQLTransaction, _ ledger: LedgerFile) throws -> [Erasure] {
        let known = try tx.lastErasure()
        var place = ledger.last
        var missing: [Erasure] = []
        while place > ledger.base {
            let line = ledger.erasure(place)
            if place <= known, try line == nil || tx.isNoted(line) { break }
            if let line { missing.append(line) }
            place -= 1
        }
        return missing.reversed()
    }

    /// The file has what the database has, by number.
    func copyErasures(to ledger: LedgerFile) throws {
        var (last, isMore) = (ledger.base, true)
        while isMore {
            let erasures = try connection.look { _ in try connection.erasures(after: last, limit: 10_000) }
            if let newest = erasures.last { last = newest.number }
            if !erasures.isEmpty { try? ledger.write(erasures) }
            isMore = erasures.count == 10_000
        }
    }
}

extension SQLTransaction {
    fileprivate func isNoted(_ erasure: Erasure?) throws -> Bool {
        guard let erasure else { return false }
        // Of an earlier one the database knows nothing any more: backups of that time have expired.
        let oldest = try connection.first("SELECT COALESCE(MIN(number), 0) FROM erasure") { try $0.integer(0) } ?? 0
        if erasure.number < oldest { return true }
        return try connection.count(
            """
            SELECT COUNT(*) FROM erasure
            WHERE number = \(erasure.number) AND subscription_id = \(erasure.subscription.bytes)
            """) == 1
    }
}
