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

    func open(_ logger: Logger) throws -> LedgerWriter {
        let ledger = try run {
            try connection.refuseMover()
            try makeCurrent()
            try connection.takeUp()
            let ledger = try LedgerFile(path: terms.ledger, seal: LedgerSeal(keyring), isNew: true)
            if terms.serves { try bringUpTo(ledger, logger) }
            return ledger
        }
        try copyEntries(to: ledger)
        return LedgerWriter(ledger, logger: logger)
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
        try connection.makeCurrent(keyring, mayUpgrade: terms.upgrade != .refused)
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
    /// left since leaves again, whoever asked never to be written to is remembered, and what was being sent waits for a person.
    func bringUpTo(_ ledger: LedgerFile, _ logger: Logger) throws {
        let tx = SQLTransaction(connection: connection, leastKey: try connection.sealingKey(of: keyring))
        let missing = try entriesMissing(in: tx, ledger)
        guard !missing.isEmpty else { return }
        let now = Date()
        let erasedAgain = try tx.replay(missing, keyring: keyring, at: now)
        // Also those that changed nothing here: an even older copy may need them.
        for entry in missing { try tx.note(entry.fact, at: entry.at) }
        try tx.dropImports()
        try tx.pauseEverything(
            because: "Restored from a backup: who has got it since is not known. Resume or cancel it.")
        try tx.audit(
            .restoreBackup, of: .installation, by: .host, result: "erased-again=\(erasedAgain)", keyring: keyring,
            at: now)
        logger.notice(
            "the database is an older copy: who has left since was erased again",
            metadata: [
                "erasures": "\(missing.count { $0.erased != nil })", "erased": "\(erasedAgain)",
                "ledger-ends": "\(missing.last?.at.formatted(.iso8601) ?? "")",
            ])
    }

    /// The file's lines that the database does not know, or knows as others: they are the last ones.
    private func entriesMissing(in tx: SQLTransaction, _ ledger: LedgerFile) throws -> [LedgerEntry] {
        let known = try tx.lastEntry()
        var place = ledger.last
        var missing: [LedgerEntry] = []
        while place > ledger.base {
            let line = ledger.entry(place)
            if place <= known, try line == nil || tx.isNoted(line) { break }
            if let line { missing.append(line) }
            place -= 1
        }
        return missing.reversed()
    }

    /// The file has what the database has, by number.
    func copyEntries(to ledger: LedgerFile) throws {
        var (last, isMore) = (ledger.base, true)
        while isMore {
            let entries = try connection.look { _ in try connection.entries(after: last, limit: 10_000) }
            if let newest = entries.last { last = newest.number }
            if !entries.isEmpty { try? ledger.write(entries) }
            isMore = entries.count == 10_000
        }
    }
}

extension SQLTransaction {
    fileprivate func isNoted(_ entry: LedgerEntry?) throws -> Bool {
        guard let entry else { return false }
        // Of an earlier one the database knows nothing any more: backups of that time have expired.
        let oldest = try connection.first("SELECT COALESCE(MIN(number), 0) FROM erasure") { try $0.integer(0) } ?? 0
        if entry.number < oldest { return true }
        let known = try connection.entries(after: entry.number - 1, limit: 1).first
        return known?.number == entry.number && known?.fact == entry.fact
    }
}
