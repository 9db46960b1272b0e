extension PostgresConnection {
    /// The tables of this schema and their columns.
    func columns() throws -> [String: [String]] {
        let columns = try query(
            """
            SELECT table_name::text, column_name::text FROM information_schema.columns
            WHERE table_schema = current_schema() ORDER BY table_name, ordinal_position
            """
        ) { (table: try $0.text(0), column: try $0.text(1)) }
        return Dictionary(grouping: columns, by: \.table).mapValues { $0.map(\.column) }
    }

    func isOurs() throws -> Bool { try columns()["installation"] != nil }
}
