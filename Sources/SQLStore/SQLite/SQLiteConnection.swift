import Foundation
import GRDB
import GRDBSQLite

/// SQLite as the statements see it: by its own interface, because what a wrapper adds to each of a sign-up's dozen
/// statements is more than SQLite's own work.
struct SQLiteConnection: SQLConnection {
    let database: Database
    let shelf: StatementShelf

    init(database: Database, shelf: StatementShelf = StatementShelf()) {
        self.database = database
        self.shelf = shelf
    }

    var dialect: Dialect { .sqlite }

    func execute(_ sql: SQL) throws { _ = try changes(by: sql) }

    func changes(by sql: SQL) throws -> Int {
        let statement = try bound(sql)
        defer { sqlite3_reset(statement) }
        while try step(statement) {}
        return Int(sqlite3_changes(database.sqliteConnection))
    }

    func query<Value>(_ sql: SQL, _ decode: (any SQLRow) throws -> Value) throws -> [Value] {
        let statement = try bound(sql)
        defer { sqlite3_reset(statement) }
        var values: [Value] = []
        while try step(statement) { values.append(try decode(SQLiteRow(statement: statement))) }
        return values
    }

    private func bound(_ sql: SQL) throws -> OpaquePointer {
        let statement = try shelf.statement(sql.shape, in: database)
        for (index, value) in sql.arguments.enumerated() { bind(value, to: statement, at: Int32(index + 1)) }
        return statement
    }

    /// Whether there is a row.
    private func step(_ statement: OpaquePointer) throws -> Bool {
        switch sqlite3_step(statement) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        default:
            // Neither the statement nor its values: those may be personal.
            throw DatabaseError(
                resultCode: ResultCode(rawValue: sqlite3_extended_errcode(database.sqliteConnection)))
        }
    }

    private func bind(_ value: SQLValue, to statement: OpaquePointer, at index: Int32) {
        switch value {
        case .null: sqlite3_bind_null(statement, index)
        case .integer(let number): sqlite3_bind_int64(statement, index, number)
        case .integers(let numbers):
            bind(.text("[\(numbers.map(String.init).joined(separator: ","))]"), to: statement, at: index)
        case .text(var text):
            _ = text.withUTF8 { bytes in
                bytes.withMemoryRebound(to: CChar.self) {
                    // Without an address it would be NULL.
                    guard let start = $0.baseAddress else { return sqlite3_bind_text(statement, index, "", 0, nil) }
                    return sqlite3_bind_text(statement, index, start, Int32($0.count), copied)
                }
            }
        case .bytes(let data):
            _ = data.withUnsafeBytes {
                guard let start = $0.baseAddress, !$0.isEmpty else { return sqlite3_bind_zeroblob(statement, index, 0) }
                return sqlite3_bind_blob(statement, index, start, Int32($0.count), copied)
            }
        }
    }
}

/// `SQLITE_TRANSIENT`: SQLite copies what is bound.
private let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

/// A connection's prepared statements, by their shape. For as long as it has any, the connection cannot be closed.
final class StatementShelf {
    private var statements: [SQL.Shape: Statement] = [:]

    func statement(_ shape: SQL.Shape, in database: Database) throws -> OpaquePointer {
        if let known = statements[shape] { return known.sqliteStatement }
        let statement = try database.cachedStatement(sql: shape.text(.sqlite))
        statements[shape] = statement
        return statement.sqliteStatement
    }

    func clear() { statements.removeAll() }
}

/// Valid until the statement steps on.
private struct SQLiteRow: SQLRow {
    let statement: OpaquePointer

    func value(_ column: Int) -> SQLValue {
        let column = Int32(column)
        switch sqlite3_column_type(statement, column) {
        case SQLITE_INTEGER: return .integer(sqlite3_column_int64(statement, column))
        case SQLITE_TEXT:
            let start = sqlite3_column_text(statement, column)
            let count = Int(sqlite3_column_bytes(statement, column))
            return .text(String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self))
        case SQLITE_BLOB:
            guard let start = sqlite3_column_blob(statement, column) else { return .bytes(Data()) }
            return .bytes(Data(bytes: start, count: Int(sqlite3_column_bytes(statement, column))))
        default: return .null
        }
    }
}
