import Foundation
import Logging
import Newsletter

/// The database, into which nobody is let meanwhile.
struct PostgresEndpoint: MoveEndpoint {
    private let own: PostgresConnection
    private let terms: StoreOpeningTerms
    var connection: any WritingConnection { own }
    var keepsErasures: Bool { true }

    static func enter<Value>(
        _ address: PostgresAddress, terms: StoreOpeningTerms, _ work: (any MoveEndpoint) throws -> Value
    ) throws -> Value {
        let own = PostgresConnection(address)
        defer { own.drop() }
        do {
            try own.connect()
        } catch {
            throw StoreOpening.unreachable(StoreFailure(error).advice)
        }
        return try work(PostgresEndpoint(own: own, terms: terms))
    }

    func columns() throws -> [String: [String]] {
        try own.look { _ in try own.columns() }
    }

    func beginAlone() throws {
        try own.begin()
        // A page may wait long for the other side.
        try own.execute("SET LOCAL idle_in_transaction_session_timeout = '600s'")
        try own.keepOthersOut()
        guard try !own.isServed() else { throw StoreOpening.served }
    }

    func makeCurrent(_ keyring: Keyring, _ work: () throws -> Void) throws {
        let opening = PostgresOpening(connection: own, keyring: keyring, terms: terms)
        try opening.run {
            try own.keepOthersOut()
            try opening.makeCurrent()
            guard try !own.isServed() else { throw StoreOpening.served }
            try work()
        }
    }

    func makeReady(_ keyring: Keyring, isResumed: Bool, at now: Date) throws -> LedgerFile {
        let opening = PostgresOpening(connection: own, keyring: keyring, terms: terms)
        let ledger = try LedgerFile(path: terms.ledger, seal: LedgerSeal(keyring), isNew: true)
        try makeCurrent(keyring) {
            try releaseClaims(at: now)
            let silent = Logger(label: "move") { _ in SwiftLogNoOpLogHandler() }
            if !isResumed { try opening.bringUpTo(ledger, silent) }
        }
        try opening.copyEntries(to: ledger)
        let known = try own.look { try $0.lastEntry() }
        guard ledger.last >= known else { throw StoreOpening.ledger(.unwritable, path: terms.ledger) }
        return ledger
    }

    func insert(_ rows: [[SQLValue]], into table: MovedTable) throws {
        try own.copy("\(table.name) (\(table.columns.joined(separator: ", ")))", rows)
    }

    func count(of table: MovedTable) throws -> Int64 {
        try own.first(
            "SELECT COALESCE(pg_sequence_last_value(pg_get_serial_sequence(\(table.name), \(table.key[0]))::regclass), 0)"
        ) { try $0.integer(0) } ?? 0
    }

    func setCount(of table: MovedTable, to number: Int64) throws {
        guard number > 0 else { return }
        _ = try own.first("SELECT setval(pg_get_serial_sequence(\(table.name), \(table.key[0]))::regclass, \(number))")
        {
            try $0.integer(0)
        }
    }

    /// A commit is on the disk.
    func settle() throws {}
}

extension PostgresConnection {
    /// Whoever opens it meanwhile is told so.
    func keepOthersOut() throws {
        guard try isGranted("SELECT pg_try_advisory_xact_lock(\(Self.moving))") else { throw StoreOpening.beingMoved }
    }

    /// Whether nobody moves it.
    func refuseMover() throws {
        guard try isGranted("SELECT pg_try_advisory_xact_lock_shared(\(Self.moving))") else {
            throw StoreOpening.beingMoved
        }
    }

    private static let moving: Int64 = 0x6D6F_7669_6E67

    private func isGranted(_ question: SQL) throws -> Bool {
        try first(question) { try $0.integer(0) } != 0
    }
}
