import Configuration
import Foundation
import Rendering
import SystemPackage
import Yams

/// Reads settings one by one and collects what is wrong with them. Environment variables stand before the file.
struct SettingsReader {
    private let config: ConfigReader
    private(set) var problems: [String] = []
    /// What was found, by key: for `config print`.
    private(set) var found: [(key: String, value: String)] = []

    init(file: String?, environment: [String: String]) async throws(SettingsProblems) {
        var providers: [any ConfigProvider] = [
            EnvironmentVariablesProvider(environmentVariables: environment).prefixKeys(with: "courant")
        ]
        if let file {
            do {
                providers.append(try await FileProvider<YAMLSnapshot>(filePath: FilePath(file)))
                problems += try Self.unknownKeys(in: file)
            } catch {
                throw SettingsProblems(problems: ["\(file) cannot be read as settings: \(error)"])
            }
        }
        config = ConfigReader(providers: providers)
        problems += Self.unknownVariables(in: environment)
    }

    // MARK: Values

    mutating func text(_ key: String) -> String? {
        guard let value = config.string(forKey: ConfigKey(key), isSecret: SettingsKeys.secret.contains(key)),
            !value.utf8.isEmpty
        else { return nil }
        note(key, SettingsKeys.secret.contains(key) ? "[redacted]" : value)
        return value
    }

    /// A value that may have a secret in its midst: `shown` is what may be printed of it.
    mutating func text(_ key: String, shown: (String) -> String) -> String? {
        guard let value = config.string(forKey: ConfigKey(key), isSecret: true), !value.utf8.isEmpty else { return nil }
        note(key, shown(value))
        return value
    }

    /// What stands in the file that the key names, without the line's end.
    mutating func secret(_ key: String) -> String? {
        guard let file = text(key) else { return nil }
        guard let text = try? String(contentsOfFile: file, encoding: .utf8) else {
            problem(key, "\(file) cannot be read: check its path, owner and mode")
            return nil
        }
        return text.trimmingCharacters(in: .newlines)
    }

    mutating func texts(_ key: String) -> [String] {
        // One value alone need not be written as a list.
        let values =
            config.stringArray(forKey: ConfigKey(key)) ?? config.string(forKey: ConfigKey(key)).map { [$0] } ?? []
        if !values.isEmpty { note(key, values.joined(separator: ", ")) }
        return values
    }

    /// A key may be looked at more than once.
    private mutating func note(_ key: String, _ value: String) {
        if !found.contains(where: { $0.key == key }) { found.append((key, value)) }
    }

    /// A value that text can be turned into; what cannot be is a problem that says `expected`.
    mutating func value<Value>(_ key: String, _ expected: String, _ parse: (String) -> Value?) -> Value? {
        guard let text = text(key) else { return nil }
        guard let value = parse(text) else {
            let shown = SettingsKeys.secret.contains(key) ? "its value" : "\"\(text)\""
            problem(key, "\(shown) is not \(expected)")
            return nil
        }
        return value
    }

    mutating func word<Word: RawRepresentable & CaseIterable>(_ key: String, _: Word.Type = Word.self) -> Word?
    where Word.RawValue == String {
        value(key, "one of \(Word.allCases.map(\.rawValue).joined(separator: ", "))") { Word(rawValue: $0) }
    }

    mutating func number(_ key: String, in range: ClosedRange<Int>) -> Int? {
        value(key, "a whole number from \(range.lowerBound) to \(range.upperBound)") { text in
            Int(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    /// `3s`, `10m`, `72h`, `14d`.
    mutating func duration(_ key: String, in range: ClosedRange<Duration>) -> Duration? {
        value(key, "a time such as 3s, 10m, 72h or 14d, within \(range.lowerBound) and \(range.upperBound)") { text in
            Duration(words: text).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    mutating func required(_ key: String, _ why: String) -> String {
        if let text = text(key) { return text }
        problem(key, "is missing: \(why)")
        return ""
    }

    mutating func problem(_ key: String, _ what: String) {
        problems.append("\(key) (\(SettingsKeys.variable(key))): \(what)")
    }

    // MARK: Typing errors

    private static func unknownKeys(in file: String) throws -> [String] {
        let text = try String(contentsOfFile: file, encoding: .utf8)
        guard let root = try Yams.compose(yaml: text) else { return [] }
        return keys(of: root, prefix: "").compactMap { key, isList in
            if SettingsKeys.all.contains(key) {
                return isList && !SettingsKeys.lists.contains(key) ? "\(key) in \(file) is a list: give one value" : nil
            }
            let hint = Spelling.nearest(to: key, among: SettingsKeys.all).map { ": did you mean \($0)?" } ?? ""
            return "\(key) in \(file) is no setting\(hint)"
        }
    }

    private static func keys(of node: Node, prefix: String) -> [(key: String, isList: Bool)] {
        guard case .mapping(let mapping) = node else { return [(prefix, node.sequence != nil)] }
        return mapping.flatMap { name, value in
            keys(of: value, prefix: prefix.isEmpty ? name.string ?? "" : "\(prefix).\(name.string ?? "")")
        }
    }

    private static func unknownVariables(in environment: [String: String]) -> [String] {
        let known = Set(SettingsKeys.all.map { SettingsKeys.variable($0) }).union(SettingsKeys.otherVariables)
        return environment.keys.filter { $0.hasPrefix("COURANT_") && !known.contains($0) }.sorted().map { variable in
            let hint = Spelling.nearest(to: variable, among: known.sorted()).map { ": did you mean \($0)?" } ?? ""
            return "\(variable) in the environment is no setting\(hint)"
        }
    }
}
