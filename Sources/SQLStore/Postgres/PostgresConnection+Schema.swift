import Foundation

extension PostgresConnection {
    /// The tables of this schema and their columns, also those that we may not look into.
    func columns() throws -> [String: [String]] {
        let columns = try query(
            """
            SELECT t.relname::text, c.attname::text FROM pg_class t JOIN pg_attribute c ON c.attrelid = t.oid
            WHERE t.relnamespace = current_schema()::regnamespace AND t.relkind IN ('r', 'p') AND c.attnum > 0
                AND NOT c.attisdropped
            ORDER BY t.relname, c.attnum
            """
        ) { (table: try $0.text(0), column: try $0.text(1)) }
        return Dictionary(grouping: columns, by: \.table).mapValues { $0.map(\.column) }
    }

    func isOurs() throws -> Bool { try columns()["installation"] != nil }

    /// Whether a service holds a lease on it, on whatever machine.
    func isServed() throws -> Bool {
        guard try columns()["instance"] != nil else { return false }
        return try count(
            "SELECT COUNT(*) FROM instance WHERE until > \(raw: serverTime)")
            > 0
    }

    /// The tables in whose rows a word stands as it is, whatever its case, or as bytes.
    func tables(holding words: [String]) throws -> [String] {
        let spellings = words.flatMap { word in
            [word.lowercased(), word.utf8.map { String(format: "%02x", $0) }.joined()]
        }
        return try columns().keys.sorted().filter { table in
            try spellings.contains { word in
                try first(
                    "SELECT 1 FROM \(ofOurs: table) AS record WHERE strpos(lower(record::text), \(word)) > 0 LIMIT 1"
                ) { _ in true } ?? false
            }
        }
    }
}
