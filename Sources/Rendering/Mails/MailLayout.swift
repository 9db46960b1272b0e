/// `templates/mail/layout.mustache` in one language: the HTML around a mail's words.
struct MailLayout: Sendable {
    /// Those that hold HTML of ours stand in three braces, the others in two.
    private static let html: Set<String> = ["content", "footer"]
    private static let known: Set<String> = html.union(["language", "subject", "preheader", "organisation_name"])

    private var tree = MustacheTree()

    init() {}

    init(_ source: String, file: String, _ problems: inout ProblemList) {
        do throws(MustacheTree.Problem) {
            tree = try MustacheTree(source)
        } catch {
            problems.add(file, error.line, error.words())
        }
        Self.check(tree.nodes, file, &problems)
    }

    private static func check(_ nodes: [MustacheTree.Node], _ file: String, _ problems: inout ProblemList) {
        for node in nodes {
            switch node {
            case .text: break
            case .variable(let name, let unescaped, let line):
                if !known.contains(name) { problems.add(file, line, "{{\(name)}} is no variable of the mail's layout") }
                if unescaped != html.contains(name) {
                    let right = html.contains(name) ? "{{{\(name)}}}" : "{{\(name)}}"
                    problems.add(file, line, "write \(right)")
                }
            case .section(let name, _, let inner, let line):
                if !known.contains(name) {
                    problems.add(file, line, "{{#\(name)}} is no variable of the mail's layout")
                }
                check(inner, file, &problems)
            case .partial(let name, let line), .inherit(let name, _, let line), .block(let name, _, let line):
                problems.add(file, line, "a mail's layout has no partials: write \(name) here")
            }
        }
    }

    /// `values` are HTML already.
    func html(_ values: [String: String]) -> String { tree.filled(values) }
}
