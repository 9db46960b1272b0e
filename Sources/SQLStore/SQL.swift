import Foundation

/// A statement and what is bound to it. Interpolated values become parameters, never text:
/// `"SELECT seq FROM subscription WHERE id = \(id)"`.
struct SQL: ExpressibleByStringInterpolation {
    let text: String
    let arguments: [SQLValue]

    init(stringLiteral text: String) {
        self.text = text
        arguments = []
    }

    init(stringInterpolation: StringInterpolation) {
        text = stringInterpolation.text
        arguments = stringInterpolation.arguments
    }

    struct StringInterpolation: StringInterpolationProtocol {
        var text: String
        var arguments: [SQLValue] = []

        init(literalCapacity: Int, interpolationCount: Int) {
            text = ""
            text.reserveCapacity(literalCapacity + interpolationCount)
            arguments.reserveCapacity(interpolationCount)
        }

        mutating func appendLiteral(_ literal: String) { text += literal }

        mutating func appendInterpolation(_ value: some SQLConvertible) {
            text += "?"
            arguments.append(value.sql)
        }

        mutating func appendInterpolation(_ value: (some SQLConvertible)?) {
            text += "?"
            arguments.append(value?.sql ?? .null)
        }

        /// Text of ours, such as a list of columns that several statements share.
        mutating func appendInterpolation(raw: StaticString) { text += raw.description }
    }
}

enum SQLValue: Sendable {
    case null
    case integer(Int64)
    case text(String)
    case bytes(Data)
}

protocol SQLConvertible {
    var sql: SQLValue { get }
}

extension Int64: SQLConvertible { var sql: SQLValue { .integer(self) } }
extension Int: SQLConvertible { var sql: SQLValue { .integer(Int64(self)) } }
extension Bool: SQLConvertible { var sql: SQLValue { .integer(self ? 1 : 0) } }
extension String: SQLConvertible { var sql: SQLValue { .text(self) } }
extension Data: SQLConvertible { var sql: SQLValue { .bytes(self) } }

/// Milliseconds since 1970.
extension Date: SQLConvertible {
    var sql: SQLValue { .integer(Int64((timeIntervalSince1970 * 1000).rounded())) }
    init(milliseconds: Int64) { self.init(timeIntervalSince1970: Double(milliseconds) / 1000) }
}
