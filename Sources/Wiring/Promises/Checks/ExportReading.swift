import Foundation
import Mail
import Newsletter
import Rendering

extension Canary {
    /// Where the export must hold what of the stored row.
    func fields(as stored: Subscription) -> [(path: [String], value: String)] {
        let item: [(String, String)] = [
            ("id", stored.id.hex), ("address", address.wire), ("name", name.text), ("company", company.text),
            ("state", stored.state.rawValue),
            ("class", stored.class.rawValue), ("basis", stored.basis.rawValue), ("source", stored.source),
            ("language", stored.language.code), ("last_activity", stored.lastActivity.formatted(.iso8601)),
        ]
        return item.map { (["subscriptions", $0.0], $0.1) } + [
            (["subscriptions", "list", "slug"], stored.list.slug.text),
            (["subscriptions", "consent", "asked_at"], stored.consent?.askedAt.formatted(.iso8601) ?? ""),
            (["subscriptions", "consent", "confirmed_at"], stored.consent?.confirmedAt?.formatted(.iso8601) ?? ""),
        ]
    }
}

/// An export as whoever takes it along reads it: by its fields. Of a list it reads the first item.
struct ExportReading {
    private let fields: [String: Any]

    init(_ fields: [String: Any]) { self.fields = fields }

    init?(_ json: some Sequence<UInt8>) {
        guard let fields = try? JSONSerialization.jsonObject(with: Data(json)) as? [String: Any] else { return nil }
        self.fields = fields
    }

    private func value(_ path: [String]) -> Any? {
        path.reduce(fields as Any?) { value, name in
            let object = value as? [String: Any] ?? (value as? [[String: Any]])?.first
            return object?[name]
        }
    }

    func text(_ path: String...) -> String { text(path) }
    func text(_ path: [String]) -> String { value(path) as? String ?? "" }
    func list(_ path: String...) -> [[String: Any]] { value(path) as? [[String: Any]] ?? [] }

    func isEmpty(_ path: [String]) -> Bool {
        switch value(path) {
        case let text as String: text.isEmpty
        case let list as [Any]: list.isEmpty || list.contains { ($0 as? String)?.isEmpty == true }
        case nil: true
        default: false
        }
    }
}
