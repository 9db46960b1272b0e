import Foundation

/// Texts by name, as bytes: name and value in turn, each behind its length in four bytes. An encoder of the general kind
/// costs more than everything else that a sign-up writes.
struct OutboxFields {
    private var fields: [(name: String, value: String)] = []

    init() {}

    subscript(name: String) -> String? {
        get { fields.first { $0.name == name }?.value }
        set { if let newValue { fields.append((name, newValue)) } }
    }

    /// By what stands behind the prefix.
    func all(behind prefix: String) -> [String: String] {
        fields.reduce(into: [:]) { found, field in
            guard field.name.utf8.starts(with: prefix.utf8) else { return }
            found[String(decoding: field.name.utf8.dropFirst(prefix.utf8.count), as: UTF8.self)] = field.value
        }
    }

    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(fields.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count + 8 })
        func append(_ text: String) {
            let count = UInt32(text.utf8.count)
            for shift in [24, 16, 8, 0] as [UInt32] { bytes.append(UInt8(truncatingIfNeeded: count >> shift)) }
            bytes.append(contentsOf: text.utf8)
        }
        for (name, value) in fields {
            append(name)
            append(value)
        }
        return bytes
    }

    /// Nil where the bytes end too early.
    init?(_ bytes: Data) {
        var rest = Array(bytes)[...]
        func take() -> String? {
            let length = rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
            guard rest.count >= 4, rest.count - 4 >= length else { return nil }
            defer { rest = rest.dropFirst(4 + length) }
            return String(decoding: rest.dropFirst(4).prefix(length), as: UTF8.self)
        }
        while !rest.isEmpty {
            guard let name = take(), let value = take() else { return nil }
            fields.append((name, value))
        }
    }
}
