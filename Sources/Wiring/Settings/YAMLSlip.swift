import Yams

/// What is wrong with a text that is no YAML: the line, and the key if there is one. Nothing of what stands there is repeated,
/// for a settings file holds secrets.
enum YAMLSlip {
    /// Behind the file's name.
    static func words(_ error: any Error, in text: String) -> String {
        switch error as? YamlError {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            "line \(mark.line): \(problem)"
        case .duplicatedKeysInMapping(let keys, let context):
            duplicate(keys.first ?? "a key", context.mark, text)
        case .reader(let problem, _, _, _): "is not text that YAML can be read from: \(problem)"
        default: "is no YAML"
        }
    }

    /// The second stands as far to the right as the first.
    private static func duplicate(_ key: String, _ first: Mark, _ text: String) -> String {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let start = String(repeating: " ", count: max(0, first.column - 1)) + key + ":"
        let second = lines.indices.dropFirst(first.line).first { lines[$0].hasPrefix(start) }
        return second.map { "line \($0 + 1): \(key) stands there twice, first in line \(first.line)" }
            ?? "line \(first.line): \(key) stands there twice"
    }
}
