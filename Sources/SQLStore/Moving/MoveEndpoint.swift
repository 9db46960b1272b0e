import Foundation
import Newsletter

/// One side of a move, which has its records to itself for as long as that lasts.
protocol MoveEndpoint {
    var connection: any WritingConnection { get }
    /// Every erasure stands in the table as well as in the ledger's file.
    var keepsErasures: Bool { get }

    /// The tables there are, and their columns.
    func columns() throws -> [String: [String]]
    /// Nobody serves it, and from here to the transaction's end nobody begins to.
    func beginAlone() throws
    /// Makes the schema current and checks the keys, and does `work` in the same transaction.
    func makeCurrent(_ keyring: Keyring, _ work: () throws -> Void) throws
    /// As a service would have it at its start: the ledger's file is whole, and so are the records. `isResumed`: it was
    /// made so when the move began.
    func makeReady(_ keyring: Keyring, isResumed: Bool, at now: Date) throws -> LedgerFile

    func insert(_ rows: [[SQLValue]], into table: MovedTable) throws
    /// The greatest number that was ever given.
    func count(of table: MovedTable) throws -> Int64
    func setCount(of table: MovedTable, to number: Int64) throws
    /// All that was written outlives a power cut.
    func settle() throws
}

extension MoveEndpoint {
    /// What a dead process had claimed is due again, as it is at every start.
    func releaseClaims(at now: Date) throws {
        try connection.execute(
            "UPDATE delivery SET state = 'deferred', next_at = \(now), holder = 0 WHERE state = 'claimed'")
        try connection.execute("UPDATE outbox SET is_claimed = 0, holder = 0 WHERE is_claimed = 1")
        try connection.execute("UPDATE event SET is_claimed = 0, holder = 0 WHERE is_claimed = 1")
    }

    func write<Value>(_ work: () throws -> Value) throws -> Value {
        try connection.transaction(connection.begin, work)
    }

    func writeAlone<Value>(_ work: () throws -> Value) throws -> Value {
        try connection.transaction(beginAlone, work)
    }

    func standing() throws -> MoveStanding? {
        guard try columns()["installation"]?.contains("move_state") == true else { return nil }
        return try connection.moveStanding()
    }

    func digest(of table: MovedTable) throws -> TableDigest {
        var digest = TableDigest()
        try connection.forEachPage(of: table) { digest.add($0) }
        if table.isCounted { digest.add(count: try count(of: table)) }
        return digest
    }
}
