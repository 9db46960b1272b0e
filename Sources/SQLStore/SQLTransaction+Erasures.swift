import Foundation
import Newsletter

extension SQLTransaction {
    /// In the transaction of the erasure itself, so that none is missed and none is noted that did not happen.
    func note(_ id: SubscriptionID, _ kept: Erasure.Kept, at now: Date) throws {
        // Whoever writes is alone: behind the transaction's own comes its next.
        let last = try aftermath.erasures.last?.number ?? lastErasure()
        let erasure = Erasure(number: last + 1, subscription: id, at: now, kept: kept)
        try connection.execute(
            """
            INSERT INTO erasure (number, subscription_id, kept, erased_at)
            VALUES (\(erasure.number), \(id.bytes), \(kept.rawValue), \(erasure.at))
            """)
        aftermath.add(erasure)
    }

    func lastErasure() throws -> Int64 {
        try connection.first("SELECT COALESCE((SELECT MAX(number) FROM erasure), (SELECT number FROM ledger))") {
            try $0.integer(0)
        } ?? 0
    }

    func erasuresUnderWay() throws -> [Erasure] { try connection.erasures(after: 0, limit: .max) }

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
    func erasures(after number: Int64, limit: Int) throws -> [Erasure] {
        try query(
            """
            SELECT number, subscription_id, kept, erased_at FROM erasure
            WHERE number > \(number) ORDER BY number LIMIT \(limit)
            """
        ) { try Erasure($0) }
    }
}

extension Erasure {
    /// `number, subscription_id, kept, erased_at`.
    init(_ row: any SQLRow) throws {
        self.init(
            number: try row.integer(0), subscription: try row.subscription(1), at: try row.date(3),
            kept: try row.word(2) { Kept(rawValue: $0) })
    }
}
