import Foundation

/// What a provider sends, read leniently: a field that is missing or of another kind than usual is nil, for one that
/// nobody needs must not cost a report.
package indirect enum JSONValue: Sendable, Decodable {
    case object([String: JSONValue])
    case list([JSONValue])
    /// Numbers too.
    case text(String)
    case flag(Bool)
    case null

    /// Nothing of a provider's is as deep; what is deeper would be read at the cost of our stack.
    private static let deepest = 16

    init(_ body: [UInt8]) throws(HookFailure) {
        do {
            self = try JSONDecoder().decode(Self.self, from: Data(body))
        } catch {
            throw .malformed
        }
    }

    package init(from decoder: any Decoder) throws {
        guard decoder.codingPath.count <= Self.deepest else {
            throw DecodingError.dataCorrupted(.init(codingPath: [], debugDescription: "too deep"))
        }
        if let object = try? decoder.container(keyedBy: Key.self) {
            self = .object(try Self.members(object))
        } else if var list = try? decoder.unkeyedContainer() {
            self = .list(try Self.elements(&list))
        } else {
            self = try Self.scalar(decoder.singleValueContainer())
        }
    }

    private static func members(_ object: KeyedDecodingContainer<Key>) throws -> [String: JSONValue] {
        try object.allKeys.reduce(into: [:]) { members, key in
            members[key.stringValue] = try object.decode(JSONValue.self, forKey: key)
        }
    }

    private static func elements(_ list: inout any UnkeyedDecodingContainer) throws -> [JSONValue] {
        var elements: [JSONValue] = []
        while !list.isAtEnd { elements.append(try list.decode(JSONValue.self)) }
        return elements
    }

    private static func scalar(_ value: any SingleValueDecodingContainer) throws -> JSONValue {
        if value.decodeNil() { return .null }
        if let text = try? value.decode(String.self) { return .text(text) }
        if let flag = try? value.decode(Bool.self) { return .flag(flag) }
        if let number = try? value.decode(Int64.self) { return .text(String(number)) }
        return .text(String(try value.decode(Double.self)))
    }

    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }
}

extension JSONValue {
    subscript(_ name: String) -> JSONValue {
        if case .object(let members) = self { members[name] ?? .null } else { .null }
    }

    var text: String? { if case .text(let text) = self { text } else { nil } }
    var isTrue: Bool { if case .flag(true) = self { true } else { false } }

    /// Several, or one alone: some providers send both.
    var items: [JSONValue] {
        switch self {
        case .list(let items): items
        case .null: []
        default: [self]
        }
    }

    var members: [String: JSONValue] { if case .object(let members) = self { members } else { [:] } }

    /// Of a mail's fields as `[{"name": …, "value": …}]`, the first of that name.
    func field(_ name: String, key: String = "name") -> String? {
        items.first { $0[key].text?.lowercased() == name }?["value"].text
    }
}
