import Foundation
package import Newsletter
import Rendering
import Yams

/// `config/promises.yaml`: what the company's policy promises, sentence by sentence, and which check proves each.
package struct PromiseBook: Sendable {
    package let promises: [Promise]

    init() { promises = [] }

    package init(file: String) throws(PromiseProblems) {
        guard let text = try? String(contentsOfFile: file, encoding: .utf8) else {
            throw PromiseProblems(["\(file) cannot be read: check the setting promises.file"])
        }
        try self.init(text, name: file)
    }

    /// All that is wrong is listed at once, by line.
    package init(_ text: String, name: String = "promises.yaml") throws(PromiseProblems) {
        var problems: [String] = []
        do {
            guard let root = try Yams.compose(yaml: text)?.mapping, root.keys.map(\.string) == ["promises"],
                let entries = root["promises"]?.mapping, !entries.isEmpty
            else { throw PromiseProblems(["\(name) must hold `promises:` and below it one entry for each"]) }
            promises = entries.compactMap { key, entry in
                Self.promise(key, entry) { line, problem in problems.append("\(name), line \(line): \(problem)") }
            }
            for (id, same) in Dictionary(grouping: promises, by: \.id) where same.count > 1 {
                problems.append("\(name): \(id) stands there \(same.count) times")
            }
        } catch let failure as PromiseProblems {
            throw failure
        } catch {
            throw PromiseProblems(["\(name) is not YAML: \(error)"])
        }
        if !problems.isEmpty { throw PromiseProblems(problems.sorted()) }
    }

    private static func promise(_ key: Node, _ entry: Node, _ complain: (Int, String) -> Void) -> Promise? {
        let id = key.scalar?.string ?? ""
        let line = key.mark?.line ?? 0
        guard let fields = entry.mapping else {
            complain(line, "\(id) needs `says:` and `check:`")
            return nil
        }
        for field in fields.keys.compactMap(\.scalar)
        where !["says", "check", "required", "with"].contains(field.string) {
            complain(field.mark?.line ?? line, "\(id) has no \(field.string): says, check, required or with")
        }
        guard let sentence = fields["says"]?.scalar?.string, !sentence.isEmpty else {
            complain(line, "\(id) lacks `says:`, the sentence as the policy has it")
            return nil
        }
        guard let name = fields["check"]?.scalar?.string, let check = PromiseCheck.named(name) else {
            let asked = fields["check"]?.scalar?.string ?? ""
            let hint = Spelling.nearest(to: asked, among: PromiseCheck.all.map(\.name)).map { ": did you mean \($0)?" }
            complain(line, "\(id) names no check\(hint ?? "; `courantd promises --checks` lists them")")
            return nil
        }
        return Promise(
            id: id, sentence: sentence, check: name,
            parameters: parameters(fields["with"], of: check) { complain($0 ?? line, "\(id): \($1)") },
            isRequired: fields["required"]?.bool ?? false)
    }

    private static func parameters(
        _ node: Node?, of check: PromiseCheck, _ complain: (Int?, String) -> Void
    ) -> [String: Promise.Parameter] {
        var read: [String: Promise.Parameter] = [:]
        for (key, value) in node?.mapping ?? [:] {
            let (name, line) = (key.scalar?.string ?? "", key.mark?.line)
            guard let kind = check.parameters[name] else {
                let known = check.parameters.keys.sorted().joined(separator: ", ")
                complain(line, "\(check.name) takes \(known.isEmpty ? "nothing" : known), and not \(name)")
                continue
            }
            guard let parameter = kind.read(value) else {
                complain(line, "\(name) must be \(kind.expected)")
                continue
            }
            read[name] = parameter
        }
        return read
    }
}

/// Everything that is wrong with the file.
package struct PromiseProblems: Error, Equatable, CustomStringConvertible {
    package let problems: [String]

    init(_ problems: [String]) { self.problems = problems }

    package var description: String { problems.map { "- \($0)" }.joined(separator: "\n") }
}

extension PromiseCheck.ParameterKind {
    fileprivate var expected: String {
        switch self {
        case .number: "a whole number"
        case .time: "a time such as 1s, 24h or 365d"
        case .texts: "a text, or a list of them"
        }
    }

    fileprivate func read(_ node: Node) -> Promise.Parameter? {
        let texts = node.sequence?.compactMap { $0.scalar?.string } ?? node.scalar.map { [$0.string] } ?? []
        guard let first = texts.first else { return nil }
        switch self {
        case .number: return Int(first).map { .number($0) }
        case .time: return Duration(words: first).map { .time($0) }
        case .texts: return .texts(texts)
        }
    }
}
