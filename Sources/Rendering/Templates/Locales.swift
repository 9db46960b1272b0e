internal import Yams

/// Every language's strings by dotted key (`confirm.title`), each language with the same keys.
struct Locales: Sendable {
    struct Entry: Sendable {
        let text: String
        let line: Int
    }

    /// The house's own.
    let first: Language?
    private(set) var entries: [Language: [String: Entry]] = [:]

    init(first: Language?) { self.first = first }

    var languages: [Language] {
        let sorted = entries.keys.sorted()
        return sorted.filter { $0 == first } + sorted.filter { $0 != first }
    }

    func text(_ key: String, _ language: Language) -> String? { entries[language]?[key]?.text }

    /// Reads one language's file; what was read of that language before stays where the file says nothing else.
    mutating func read(_ source: String, file: String, language: Language, _ problems: inout ProblemList) {
        do {
            // All are texts here. To ask seven regular expressions of each key whether it is a number or a day costs more
            // than to read the file.
            guard let root = try Yams.compose(yaml: source, .basic), root.mapping != nil else {
                return problems.add(file, nil, "holds no strings")
            }
            var strings: [String: Entry] = [:]
            Self.flatten(root, key: "", file: file, into: &strings, &problems)
            entries[language, default: [:]].merge(strings) { $1 }
        } catch {
            problems.add(file, nil, "is not YAML: \(error)")
        }
    }

    private static func flatten(
        _ node: Node, key: String, file: String, into strings: inout [String: Entry], _ problems: inout ProblemList
    ) {
        switch node {
        case .scalar(let scalar): strings[key] = Entry(text: scalar.string, line: node.mark?.line ?? 0)
        case .mapping(let mapping):
            for (name, value) in mapping {
                let part = name.scalar?.string ?? ""
                flatten(value, key: key.isEmpty ? part : "\(key).\(part)", file: file, into: &strings, &problems)
            }
        default: problems.add(file, node.mark?.line, "\(key) is neither a string nor a map of strings")
        }
    }

    /// Compares every language with the first: the same keys, and in each string the same variables.
    func check(_ problems: inout ProblemList) {
        if let first, !entries.isEmpty, entries[first] == nil {
            problems.add("locales/\(first).yaml", nil, "is missing, and organisation.language asks for it")
        }
        guard let first = languages.first, let model = entries[first] else { return }
        for language in languages.dropFirst() {
            let file = "locales/\(language).yaml"
            let own = entries[language] ?? [:]
            for key in Set(model.keys).subtracting(own.keys).sorted() {
                problems.add(file, nil, "\(key) is missing; \(first).yaml has it")
            }
            for key in Set(own.keys).subtracting(model.keys).sorted() {
                problems.add("locales/\(first).yaml", nil, "\(key) is missing; \(language).yaml has it")
            }
            for (key, entry) in own {
                guard let other = model[key], Self.variables(other.text) != Self.variables(entry.text) else { continue }
                problems.add(file, entry.line, "\(key) uses other variables than in \(first).yaml")
            }
        }
    }

    private static func variables(_ text: String) -> Set<String> {
        var names: Set<String> = []
        for case .tag(let tag) in MustacheScanner.pieces(of: text) { names.insert(tag.name) }
        return names
    }
}
