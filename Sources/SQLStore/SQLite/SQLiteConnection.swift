import Foundation
import GRDB

/// SQLite as the statements see it.
struct SQLiteConnection: SQLConnection {
    let database: Database

    func execute(_ sql: SQL) throws -> Int {
        let statement = try prepare(sql)
        try statement.execute()
        return database.changesCount
    }

    func query<Value>(_ sql: SQL, _ decode: (any SQLRow) throws -> Value) throws -> [Value] {
        let cursor = try Row.fetchCursor(prepare(sql))
        var values: [Value] = []
        while let row = try cursor.next() { values.append(try decode(SQLiteRow(row: row))) }
        return values
    }

    private func prepare(_ sql: SQL) throws -> Statement {
        let statement = try database.cachedStatement(sql: sql.text)
        statement.setUncheckedArguments(StatementArguments(sql.arguments.map(\.databaseValue)))
        return statement
    }
}

/// Valid until the cursor moves on.
private struct SQLiteRow: SQLRow {
    let row: Row

    func value(_ column: Int) -> SQLValue {
        switch (row[column] as DatabaseValue).storage {
        case .null, .double: .null
        case .int64(let value): .integer(value)
        case .string(let value): .text(value)
        case .blob(let value): .bytes(value)
        }
    }
}

extension SQLValue {
    fileprivate var databaseValue: DatabaseValue {
        switch self {
        case .null: .null
        case .integer(let value): value.databaseValue
        case .text(let value): value.databaseValue
        case .bytes(let value): value.databaseValue
        }
    }
}
