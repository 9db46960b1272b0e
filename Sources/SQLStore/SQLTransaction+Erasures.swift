import Foundation
import Newsletter

extension SQLTransaction {
    /// In the transaction of the erasure itself, so that none is missed and none is noted that did not happen.
    func note(_ id: SubscriptionID, _ kept: Erasure.Kept, at now: Date) throws {
        let erasure = Erasure(number: try lastErasure() + 1, subscription: id, at: now, kept: kept)
        try connection.execute(
            """
            INSERT INTO erasure (number, subscription_id, kept, erased_at)
            VALUES (\(erasure.number), \(id.bytes), \(kept.rawValue), \(erasure.at))
            """)
        aftermath.erasures.append(erasure)
    }

    func lastErasure() throws -> Int64 {
        try connection.first("SELECT COALESCE((SELECT MAX(number) FROM erasure), (SELECT number FROM ledger))") {
            try $0.integer(0)
        } ?? 0
    }

    func erasuresUnderWay() throws -> [Erasure] {
        try connection.query("SELECT number, subscription_id, kept, erased_at FROM erasure ORDER BY number") { row in
            guard let id = SubscriptionID(bytes: try row.bytes(1)) else { throw UnexpectedColumn(column: 1) }
            return Erasure(
                number: try row.integer(0), subscription: id, at: try row.date(3),
                kept: try row.word(2) { Erasure.Kept(rawValue: $0) })
        }
    }

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
