import CPostgres
import Foundation

/// A statement's answer, in the binary format.
final class PostgresResult {
    private let result: OpaquePointer

    init(_ result: OpaquePointer) {
        self.result = result
    }

    deinit { PQclear(result) }

    var status: ExecStatusType { PQresultStatus(result) }

    /// Nil where it went well, or was skipped because an earlier one had not.
    var failure: PostgresFailure? {
        switch status {
        case PGRES_FATAL_ERROR, PGRES_BAD_RESPONSE, PGRES_NONFATAL_ERROR:
            let state = PQresultErrorField(result, Int32(UInt8(ascii: "C"))).map { String(cString: $0) }
            return PostgresFailure(cause: state.map { .statement($0) } ?? .lost)
        case PGRES_PIPELINE_ABORTED: return PostgresFailure(cause: .statement("25P02"))
        default: return nil
        }
    }

    var rows: Int { Int(PQntuples(result)) }

    /// How many rows an `INSERT`, `UPDATE` or `DELETE` changed.
    var changed: Int { Int(String(cString: PQcmdTuples(result))) ?? 0 }

    func row(_ number: Int) -> any SQLRow { PostgresRow(answer: self, number: Int32(number)) }
    var all: [any SQLRow] { (0..<rows).map(row) }

    fileprivate func value(_ number: Int32, _ column: Int32) -> SQLValue {
        guard PQgetisnull(result, number, column) == 0, let start = PQgetvalue(result, number, column) else {
            return .null
        }
        let bytes = UnsafeRawBufferPointer(start: start, count: Int(PQgetlength(result, number, column)))
        switch PQftype(result, column) {
        // bool, int8, int2, int4: big-endian
        case 16, 20, 21, 23:
            let isNegative = (bytes.first ?? 0) & 0x80 != 0
            return .integer(bytes.reduce(isNegative ? -1 : 0) { $0 << 8 | Int64($1) })
        case 17: return .bytes(Data(bytes))
        default: return .text(String(decoding: bytes, as: UTF8.self))
        }
    }
}

private struct PostgresRow: SQLRow {
    let answer: PostgresResult
    let number: Int32

    func value(_ column: Int) -> SQLValue { answer.value(number, Int32(column)) }
}

/// What is bound to a statement: text and bytes in one buffer, numbers big-endian.
struct PostgresParameters {
    private var buffer: [UInt8] = []
    private var places: [Range<Int>?] = []

    init(_ values: [SQLValue]) {
        for value in values {
            let start = buffer.count
            switch value {
            case .null: break
            case .integer(let number): withUnsafeBytes(of: number.bigEndian) { buffer += $0 }
            case .text(let text): buffer += Array(text.utf8)
            case .bytes(let data): buffer += data
            case .integers(let numbers): append(numbers)
            }
            if case .null = value { places.append(nil) } else { places.append(start..<buffer.count) }
        }
        // Somewhere to point to.
        buffer.append(0)
    }

    /// An array of `int8` with one dimension, from 1.
    private mutating func append(_ numbers: [Int64]) {
        for part in [1, 0, Int32(SQLValue.Kind.integer.oid), Int32(numbers.count), 1] {
            withUnsafeBytes(of: part.bigEndian) { buffer += $0 }
        }
        for number in numbers {
            withUnsafeBytes(of: Int32(8).bigEndian) { buffer += $0 }
            withUnsafeBytes(of: number.bigEndian) { buffer += $0 }
        }
    }

    func withPointers<Result>(
        _ use: ([UnsafePointer<CChar>?], [Int32], [Int32]) throws -> Result
    ) rethrows -> Result {
        try buffer.withUnsafeBytes { bytes in
            let start = bytes.bindMemory(to: CChar.self).baseAddress
            return try use(
                places.map { place in place.flatMap { start?.advanced(by: $0.lowerBound) } },
                places.map { Int32($0?.count ?? 0) },
                Array(repeating: 1, count: places.count))
        }
    }
}

extension SQLValue {
    enum Kind: Hashable {
        case null, integer, text, bytes, integers

        /// PostgreSQL's number for the type; 0: whatever the place calls for.
        var oid: UInt32 {
            switch self {
            case .null: 0
            case .integer: 20
            case .text: 25
            case .bytes: 17
            case .integers: 1016
            }
        }
    }

    var kind: Kind {
        switch self {
        case .null: .null
        case .integer: .integer
        case .text: .text
        case .bytes: .bytes
        case .integers: .integers
        }
    }
}
