import Foundation

/// A statement and what is bound to it. Interpolated values become parameters, never text:
/// `"SELECT seq FROM subscription WHERE id = \(id)"`.
///
/// Its pieces are literals of the program, so that a statement is known again by where they stand, and its text is made
/// only once, for the engine to prepare.
struct SQL: ExpressibleByStringInterpolation {
    let shape: Shape
    let arguments: [SQLValue]

    init(stringLiteral text: StaticString) {
        shape = Shape(pieces: [.literal(text)])
        arguments = []
    }

    init(stringInterpolation: StringInterpolation) {
        shape = Shape(pieces: stringInterpolation.pieces)
        arguments = stringInterpolation.arguments
    }

    init(_ shape: Shape, _ arguments: [SQLValue]) {
        (self.shape, self.arguments) = (shape, arguments)
    }

    /// Text that is no literal but ours all the same, such as a migration's.
    init(ofOurs text: String) {
        shape = Shape(pieces: [.text(text)])
        arguments = []
    }

    struct StringInterpolation: StringInterpolationProtocol {
        var pieces: [Shape.Piece] = []
        var arguments: [SQLValue] = []

        init(literalCapacity: Int, interpolationCount: Int) {
            pieces.reserveCapacity(2 * interpolationCount + 1)
            arguments.reserveCapacity(interpolationCount)
        }

        mutating func appendLiteral(_ literal: StaticString) {
            if literal.utf8CodeUnitCount > 0 { pieces.append(.literal(literal)) }
        }

        mutating func appendInterpolation(_ value: some SQLConvertible) {
            pieces.append(.parameter)
            arguments.append(value.sql)
        }

        mutating func appendInterpolation(_ value: (some SQLConvertible)?) {
            pieces.append(.parameter)
            arguments.append(value?.sql ?? .null)
        }

        /// A condition: `seq \(in: numbers)`.
        mutating func appendInterpolation(in numbers: [Int64]) {
            pieces.append(.isOneOf)
            arguments.append(.integers(numbers))
        }

        /// Text of ours, such as a list of columns that several statements share.
        mutating func appendInterpolation(raw: StaticString) { appendLiteral(raw) }

        /// The same where it is no literal, such as a table's name.
        mutating func appendInterpolation(ofOurs text: String) { pieces.append(.text(text)) }
    }
}

extension SQL {
    /// A statement without its values.
    struct Shape: Hashable {
        enum Piece {
            case literal(StaticString)
            case parameter
            case isOneOf
            case text(String)
        }

        let pieces: [Piece]

        func text(_ dialect: Dialect) -> String {
            var parameters = 0
            return pieces.reduce(into: "") { text, piece in
                switch piece {
                case .literal(let literal): text += literal.description
                case .parameter:
                    parameters += 1
                    text += dialect.parameter(parameters)
                case .isOneOf:
                    parameters += 1
                    text += dialect.isOneOf(parameters)
                case .text(let own): text += own
                }
            }
        }

        /// The first literal is nearly always another one.
        func hash(into hasher: inout Hasher) {
            hasher.combine(pieces.count)
            if case .literal(let literal) = pieces.first { hasher.combine(literal.utf8Start) }
        }

        static func == (a: Shape, b: Shape) -> Bool { a.pieces.elementsEqual(b.pieces, by: ~=) }
    }
}

extension SQL.Shape.Piece {
    fileprivate static func ~= (a: Self, b: Self) -> Bool {
        switch (a, b) {
        case (.literal(let a), .literal(let b)):
            a.utf8Start == b.utf8Start && a.utf8CodeUnitCount == b.utf8CodeUnitCount
        case (.parameter, .parameter), (.isOneOf, .isOneOf): true
        case (.text(let a), .text(let b)): a.utf8.elementsEqual(b.utf8)
        default: false
        }
    }
}

enum SQLValue: Sendable {
    case null
    case integer(Int64)
    case text(String)
    case bytes(Data)
    case integers([Int64])
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
