import Configuration
import Foundation
import Rendering
import SQLStore
import SystemPackage
import Yams

/// Reads settings one by one and collects what is wrong with them. Environment variables stand before the file.
struct SettingsReader {
    private let config: ConfigReader
    private(set) var problems: [String] = []
    /// What is not wrong, and yet should be known.
    var remarks: [Settings.Remark] = []
    /// What was found, by key: for `config print`.
    private(set) var found: [(key: String, value: String)] = []
    /// Where relative paths begin: the settings file's folder, or the one above it where that folder is called `config`.
    /// Without a file, the working directory.
    private let home: URL
    private let credentials: Credentials
    private static var workingDirectory: URL {
        URL(filePath: FileManager.default.currentDirectoryPath, directoryHint: .isDirectory)
    }

    init(file: String?, environment: [String: String]) async throws(SettingsProblems) {
        let links = ServiceLinks(in: environment)
        credentials = Credentials(environment)
        if let notice = links.notice { remarks.append(.notice(notice)) }
        let environment = environment.filter { !links.names.contains($0.key) }
        var providers: [any ConfigProvider] = [
            EnvironmentVariablesProvider(environmentVariables: environment).prefixKeys(with: "courant")
        ]
        if let file {
            let url = URL(filePath: file, relativeTo: Self.workingDirectory).standardizedFileURL
            home = Self.home(of: url)
            let read = try await Self.read(HostFile(path: url.path))
            providers.append(read.provider)
            problems += read.problems
            remarks += read.remarks
        } else {
            home = Self.workingDirectory
        }
        config = ConfigReader(providers: providers)
        problems += Self.unknownVariables(in: environment)
    }

    private static func home(of file: URL) -> URL {
        let folder = file.deletingLastPathComponent()
        return folder.lastPathComponent == "config" ? folder.deletingLastPathComponent() : folder
    }

    private struct FileRead {
        let provider: any ConfigProvider
        let problems: [String]
        let remarks: [Settings.Remark]
    }

    private static func read(_ file: HostFile) async throws(SettingsProblems) -> FileRead {
        let text: String
        do throws(HostFile.Unreadable) {
            text = try file.text()
        } catch {
            throw SettingsProblems(problems: ["\(file.path) \(error.words)"])
        }
        do {
            let root = try Yams.compose(yaml: text)
            guard root == nil || root?.mapping != nil else {
                throw SettingsProblems(problems: ["\(file.path) holds no settings: they are written as key: value"])
            }
            let provider = try await FileProvider<YAMLSnapshot>(filePath: FilePath(file.path))
            return FileRead(
                provider: provider, problems: root.map { unknownKeys(in: $0, of: file.path) } ?? [],
                remarks: root.flatMap { openSecret(in: $0, of: file) }.map { [$0] } ?? [])
        } catch let problems as SettingsProblems {
            throw problems
        } catch {
            throw SettingsProblems(problems: ["\(file.path), \(YAMLSlip.words(error, in: text))"])
        }
    }

    private static func openSecret(in root: Node, of file: HostFile) -> Settings.Remark? {
        guard file.isReadByEverybody, let secret = secret(in: root) else { return nil }
        return .warning(
            "\(file.path) holds \(secret) and can be read by everybody on this machine: chmod 640, or put the secret into a "
                + "file of its own")
    }

    /// The first secret that stands in the file itself.
    private static func secret(in root: Node) -> String? {
        let nothing = [nil, "", Settings.exampleSecret]
        if let key = SettingsKeys.secret.sorted().first(where: { !nothing.contains(value(of: $0, in: root)) }) {
            return key
        }
        let store = value(of: "store.url", in: root).flatMap { try? StoreAddress($0) }
        if case .postgresql(let address) = store, address.password != nil { return "a password in store.url" }
        return nil
    }

    private static func value(of key: String, in root: Node) -> String? {
        var node: Node? = root
        for part in key.split(separator: ".") { node = node?[String(part)] }
        return node?.string
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

    /// A file's or folder's absolute path; a relative one begins at the settings file.
    mutating func path(_ key: String) -> String? {
        guard let text = text(key) else { return nil }
        let path = absolute(text)
        note(key, path)
        return path
    }

    /// Of a file that must be there.
    mutating func readable(_ key: String) -> String? {
        guard let path = path(key) else { return nil }
        do throws(HostFile.Unreadable) {
            _ = try HostFile(path: path).contents()
        } catch {
            problem(key, "\(path) \(error.words)")
        }
        return path
    }

    func absolute(_ path: String) -> String {
        URL(filePath: path, relativeTo: home).standardizedFileURL.path
    }

    /// Of a file that nobody has named: where it is in a source tree, or beside the settings, or as it came with the program.
    func present(_ path: String) -> String {
        let name = URL(filePath: path).lastPathComponent
        let places = [absolute(path), absolute(name)] + [Installation.current?.path(name)].compactMap(\.self)
        return places.first { FileManager.default.fileExists(atPath: $0) } ?? places[0]
    }

    /// Of a file that is made where there is none: one that lies in the working directory, where the same relative path leads to
    /// in a shell, is not passed over without a word.
    mutating func absolute(_ path: String, madeFor key: String) -> String {
        let place = absolute(path)
        let other = URL(filePath: path, relativeTo: Self.workingDirectory).standardizedFileURL.path
        let files = FileManager.default
        if place != other, !files.fileExists(atPath: place), files.fileExists(atPath: other) {
            problem(
                key,
                "\(path) is \(place), for relative paths begin at the settings file; there is nothing, but \(other) is "
                    + "there: write the whole path")
        }
        return place
    }

    /// What stands in the file that the key names, or else in systemd's credential of that name; without the line's end.
    mutating func secret(_ key: String) -> String? {
        guard let path = path(key) ?? credential(key) else { return nil }
        let file = HostFile(path: path)
        do throws(HostFile.Unreadable) {
            let text = try file.text()
            if case .others(let advice) = file.readers {
                remarks.append(.warning("\(key): \(path) can be read by others: \(advice)"))
            }
            return text.trimmingCharacters(in: .newlines)
        } catch {
            problem(key, "\(path) \(error.words)")
            return nil
        }
    }

    private mutating func credential(_ key: String) -> String? {
        guard let path = credentials.file(for: key) else { return nil }
        note(key, path)
        return path
    }

    mutating func texts(_ key: String) -> [String] {
        // One value alone need not be written as a list.
        let values =
            config.stringArray(forKey: ConfigKey(key)) ?? config.string(forKey: ConfigKey(key)).map { [$0] } ?? []
        if !values.isEmpty { note(key, values.joined(separator: ", ")) }
        return values
    }

    /// A key may be looked at more than once: the last look knows most.
    private mutating func note(_ key: String, _ value: String) {
        if let place = found.firstIndex(where: { $0.key == key }) {
            found[place].value = value
        } else {
            found.append((key, value))
        }
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

    private static func unknownKeys(in root: Node, of file: String) -> [String] {
        keys(of: root, prefix: "").compactMap { key, isList in
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
