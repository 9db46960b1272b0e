import Foundation
import Newsletter

extension SQLTransaction {
    /// In the transaction of the fact itself, so that none is missed and none is noted that did not happen.
    func note(_ fact: LedgerEntry.Fact, at now: Date) throws {
        guard !effects.isReplay else { return }
        // Whoever writes is alone: behind the transaction's own comes its next.
        let last = try effects.entries.last?.number ?? lastEntry()
        let entry = LedgerEntry(number: last + 1, at: now, fact)
        let row = entry.row
        try connection.execute(
            """
            INSERT INTO erasure (number, subscription_id, kept, erased_at, fingerprint, list_id)
            VALUES (\(row[0]), \(row[1]), \(row[2]), \(row[3]), \(row[4]), \(row[5]))
            """)
        effects.add(entry)
    }

    func replaying<Value>(_ work: (any Transaction) throws -> Value) rethrows -> Value {
        effects.isReplay = true
        defer { effects.isReplay = false }
        return try work(self)
    }

    func lastEntry() throws -> Int64 {
        try connection.first("SELECT COALESCE((SELECT MAX(number) FROM erasure), (SELECT number FROM ledger))") {
            try $0.integer(0)
        } ?? 0
    }

    func entriesUnderWay() throws -> [LedgerEntry] { try connection.entries(after: 0, limit: .max) }

    func ledgerHead() throws -> LedgerHead {
        try connection.first("SELECT number, code FROM ledger") {
            LedgerHead(number: try $0.integer(0), code: try $0.optional(1, $0.bytes))
        } ?? LedgerHead(number: 0, code: nil)
    }

    func setLedgerHead(_ head: LedgerHead) throws {
        try connection.execute("DELETE FROM erasure WHERE number <= \(head.number)")
        try connection.execute("UPDATE ledger SET number = \(head.number), code = \(head.code)")
    }
}

extension SQLConnection {
    func entries(after number: Int64, limit: Int) throws -> [LedgerEntry] {
        try query(
            """
            SELECT \(raw: entryColumns) FROM erasure
            WHERE number > \(number) ORDER BY number LIMIT \(limit)
            """
        ) { try LedgerEntry($0) }
    }
}

/// In the order in which `LedgerEntry.init` reads them and `row` has them.
let entryColumns: StaticString = "number, subscription_id, kept, erased_at, fingerprint, list_id"

extension LedgerEntry {
    init(_ row: any SQLRow) throws {
        let list = try row.optional(5, row.integer) ?? 0
        let fact: Fact =
            switch try row.text(2) {
            case Self.wish: .wish(try row.bytes(4), list: list)
            case Self.lifting: .lifting(try row.bytes(4), list: list)
            default: .erasure(try row.subscription(1), try row.word(2) { Kept(rawValue: $0) })
            }
        self.init(number: try row.integer(0), at: try row.date(3), fact)
    }

    private static let wish = "+"
    private static let lifting = "~"

    /// As table `erasure` has it.
    var row: [SQLValue] {
        let ends: [SQLValue] =
            switch fact {
            case .erasure(let id, let kept): [.bytes(id.bytes), .text(kept.rawValue), at.sql, .null, .null]
            case .wish(let fingerprint, let list):
                [.null, .text(Self.wish), at.sql, .bytes(fingerprint), .integer(list)]
            case .lifting(let fingerprint, let list):
                [.null, .text(Self.lifting), at.sql, .bytes(fingerprint), .integer(list)]
            }
        return [.integer(number)] + ends
    }
}
