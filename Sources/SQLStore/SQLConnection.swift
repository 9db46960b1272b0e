import Foundation

/// One engine's connection, inside a transaction. Statements are prepared once and kept.
protocol SQLConnection {
    var dialect: Dialect { get }
    /// Where a round trip costs something it goes out with the next statement that has an answer, and fails there.
    func execute(_ sql: SQL) throws
    /// Returns how many rows changed.
    func changes(by sql: SQL) throws -> Int
    func query<Value>(_ sql: SQL, _ decode: (any SQLRow) throws -> Value) throws -> [Value]
}

extension SQLConnection {
    /// Whether other processes may be sending what this store holds.
    var hasOthers: Bool { dialect == .postgresql }

    /// Whether a question costs more than its answer.
    var isFar: Bool { dialect == .postgresql }

    /// Once this is committed: that `remoteClaim.holder` must not send what it has claimed for somebody.
    func tell(_ remoteClaim: RemoteClaim) throws {
        try execute("SELECT pg_notify('courant_leave', \(remoteClaim.payload))")
    }

    func first<Value>(_ sql: SQL, _ decode: (any SQLRow) throws -> Value) throws -> Value? {
        try query(sql, decode).first
    }

    func count(_ sql: SQL) throws -> Int {
        try first(sql) { try $0.integer(0) }.map(Int.init) ?? 0
    }
}

/// A row of a result, by column from 0.
protocol SQLRow {
    func value(_ column: Int) -> SQLValue
}

/// The row is not as the schema says: changed by hand, or made by another version.
struct UnexpectedColumn: Error, CustomStringConvertible {
    let column: Int
    var description: String { "column \(column) is not of the kind that the schema promises" }
}

extension SQLRow {
    func integer(_ column: Int) throws -> Int64 {
        guard case .integer(let value) = value(column) else { throw UnexpectedColumn(column: column) }
        return value
    }

    func text(_ column: Int) throws -> String {
        guard case .text(let value) = value(column) else { throw UnexpectedColumn(column: column) }
        return value
    }

    func bytes(_ column: Int) throws -> Data {
        guard case .bytes(let value) = value(column) else { throw UnexpectedColumn(column: column) }
        return value
    }

    func date(_ column: Int) throws -> Date { Date(milliseconds: try integer(column)) }

    func optional<Value>(_ column: Int, _ read: (Int) throws -> Value) throws -> Value? {
        if case .null = value(column) { return nil }
        return try read(column)
    }

    /// A value that has a spelling, such as an enum of words.
    func word<Word>(_ column: Int, _ parse: (String) -> Word?) throws -> Word {
        guard let word = parse(try text(column)) else { throw UnexpectedColumn(column: column) }
        return word
    }
}
