import Crypto
import Foundation

/// A table as a move reads and writes it: in pages, in the order of its key, so that the greatest key that has arrived says
/// where to go on.
struct MovedTable {
    let name: String
    let key: [String]
    /// Its numbers are counted by the engine, and none is used twice.
    var isCounted = false
    /// Rows of a page; fewer where each may be long.
    var page = 5_000

    /// Parents before their children. `installation`, `ledger` and `erasure` go their own ways; `migration` and `instance`
    /// stay: each side has its own; of `probe` nobody waits by then.
    static let all = [
        MovedTable(name: "list", key: ["id"], isCounted: true),
        MovedTable(name: "policy", key: ["number"], isCounted: true, page: 50),
        MovedTable(name: "consent_wording", key: ["hash"], page: 50),
        MovedTable(name: "consent_evidence", key: ["hash"]),
        MovedTable(name: "subscription", key: ["seq"], isCounted: true),
        MovedTable(name: "token", key: ["hash", "subscription_id"]),
        MovedTable(name: "address_change", key: ["subscription_id"]),
        MovedTable(name: "outbox", key: ["id"], isCounted: true),
        MovedTable(name: "event", key: ["id"], isCounted: true),
        MovedTable(name: "fingerprint", key: ["fingerprint", "list_id"]),
        MovedTable(name: "campaign", key: ["id"], isCounted: true, page: 50),
        MovedTable(name: "delivery", key: ["seq", "campaign_id"]),
        MovedTable(name: "refusal", key: ["campaign_id", "status"]),
        MovedTable(name: "returned", key: ["campaign_id", "class", "status"]),
        MovedTable(name: "answer", key: ["domain", "hour"]),
        MovedTable(name: "staff", key: ["name"]),
        MovedTable(name: "import", key: ["id"], isCounted: true),
        MovedTable(name: "import_row", key: ["seq"], isCounted: true),
        MovedTable(name: "block", key: ["id"], isCounted: true),
        MovedTable(name: "block_row", key: ["seq"], isCounted: true),
        MovedTable(name: "rights_request", key: ["id"], isCounted: true),
        MovedTable(name: "request_count", key: ["day", "outcome"]),
        MovedTable(name: "audit", key: ["number"]),
        MovedTable(name: "audit_head", key: ["id"]),
    ]

    /// From the ledger's file, for an engine that keeps them.
    static let erasures = MovedTable(name: "erasure", key: ["number"])

    var columns: [String] { Schema.columns[name] ?? [] }

    func key(of row: [SQLValue]) -> [SQLValue] {
        key.compactMap { columns.firstIndex(of: $0) }.map { row[$0] }
    }
}

// MARK: Statements

extension MovedTable {
    private var keys: String { key.joined(separator: ", ") }

    func select(after place: [SQLValue]?) -> SQL {
        var sql = SQL.StringInterpolation(literalCapacity: 4, interpolationCount: 4)
        sql.appendInterpolation(ofOurs: "SELECT \(columns.joined(separator: ", ")) FROM \(name)")
        if let place {
            sql.appendInterpolation(ofOurs: " WHERE (\(keys)) > ")
            sql.appendInterpolation(values: place)
        }
        sql.appendInterpolation(ofOurs: " ORDER BY \(keys) LIMIT \(page)")
        return SQL(stringInterpolation: sql)
    }

    var selectLastKey: SQL {
        let order = key.map { "\($0) DESC" }.joined(separator: ", ")
        return SQL(ofOurs: "SELECT \(keys) FROM \(name) ORDER BY \(order) LIMIT 1")
    }

    /// A row's values go into it.
    var insert: SQL.Shape {
        var sql = SQL.StringInterpolation(literalCapacity: 2, interpolationCount: columns.count)
        sql.appendInterpolation(ofOurs: "INSERT INTO \(name) (\(columns.joined(separator: ", "))) VALUES ")
        sql.appendInterpolation(values: columns.map { _ in .null })
        return SQL(stringInterpolation: sql).shape
    }
}

extension SQL.StringInterpolation {
    /// `(?, ?, ?)`
    fileprivate mutating func appendInterpolation(values: [SQLValue]) {
        appendLiteral("(")
        for (number, value) in values.enumerated() {
            if number > 0 { appendLiteral(", ") }
            appendInterpolation(value)
        }
        appendLiteral(")")
    }
}

extension SQLValue: SQLConvertible {
    var sql: SQLValue { self }
}

extension SQLConnection {
    func rows(of table: MovedTable, after place: [SQLValue]?) throws -> [[SQLValue]] {
        let columns = table.columns.indices
        return try query(table.select(after: place)) { row in columns.map(row.value) }
    }

    /// Nil for an empty table.
    func lastKey(of table: MovedTable) throws -> [SQLValue]? {
        try first(table.selectLastKey) { row in table.key.indices.map(row.value) }
    }

    /// Every row there is, in the order of the key.
    func forEachPage(of table: MovedTable, after start: [SQLValue]? = nil, _ work: ([[SQLValue]]) throws -> Void) throws
    {
        var place = start
        while true {
            let rows = try rows(of: table, after: place)
            guard let last = rows.last else { return }
            try work(rows)
            if rows.count < table.page { return }
            place = table.key(of: last)
        }
    }
}

/// What a table holds, whatever the engine: its rows in the order of their key.
struct TableDigest: Equatable {
    private var hash = SHA256()
    private(set) var rows = 0

    mutating func add(_ rows: [[SQLValue]]) {
        self.rows += rows.count
        var bytes: [UInt8] = []
        for value in rows.joined() { value.append(to: &bytes) }
        hash.update(data: bytes)
    }

    /// What belongs to it beside its rows.
    mutating func add(count: Int64) { withUnsafeBytes(of: count.bigEndian) { hash.update(bufferPointer: $0) } }

    var value: Data { Data(hash.finalize()) }

    static func == (a: TableDigest, b: TableDigest) -> Bool { a.rows == b.rows && a.value == b.value }
}

extension SQLValue {
    /// What kind of value it is, how long, and the value, so that no two rows have one text.
    fileprivate func append(to bytes: inout [UInt8]) {
        func append(_ kind: UInt8, _ content: some Collection<UInt8>) {
            bytes.append(kind)
            withUnsafeBytes(of: UInt32(content.count).bigEndian) { bytes += $0 }
            bytes += content
        }
        switch self {
        case .null: bytes.append(0)
        case .integer(let number): withUnsafeBytes(of: number.bigEndian) { append(1, $0) }
        case .text(let text): append(2, text.utf8)
        case .bytes(let data): append(3, data)
        case .integers: preconditionFailure("no column holds several")
        }
    }
}
