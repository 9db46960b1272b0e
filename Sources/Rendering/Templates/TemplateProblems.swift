/// Something wrong with a template or a locale, found before anybody was shown it.
package struct TemplateProblem: Error, Sendable, Hashable, CustomStringConvertible {
    /// Below the templates' directory: `pages/confirm.mustache`.
    package let file: String
    package let line: Int?
    package let message: String

    package var description: String { "\(file)\(line.map { ":\($0)" } ?? ""): \(message)" }
}

/// All that is wrong, at once.
package struct TemplateProblems: Error, Sendable, CustomStringConvertible {
    package let problems: [TemplateProblem]
    package var description: String { problems.map(\.description).joined(separator: "\n") }
}

/// Where the loader's steps write down what they find.
struct ProblemList {
    private(set) var problems: [TemplateProblem] = []

    mutating func add(_ file: String, _ line: Int? = nil, _ message: String) {
        let problem = TemplateProblem(file: file, line: line, message: message)
        if !problems.contains(problem) { problems.append(problem) }
    }
}
