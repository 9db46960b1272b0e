/// One text of a mail, read once: its tree, and what is wrong with its tags.
struct MailSource: Sendable {
    let nodes: [MustacheTree.Node]
    private(set) var findings: [Finding] = []

    /// `place` names the text in findings; `firstLine` is its first line's number, nil where lines mean nothing.
    init(_ source: String, allowed: [MailVariable], place: String = "", firstLine: Int?) {
        do throws(MustacheTree.Problem) {
            nodes = try MustacheTree(source).nodes
        } catch {
            nodes = []
            let words = error.words(firstLine: firstLine ?? 1)
            findings = [Finding(.error, line: firstLine.map { $0 + error.line - 1 }, place + words)]
            return
        }
        check(nodes, allowed, place, firstLine)
    }

    private mutating func check(_ nodes: [MustacheTree.Node], _ allowed: [MailVariable], _ place: String, _ first: Int?)
    {
        for node in nodes {
            var message: String?
            var lineInText = 1
            switch node {
            case .text: continue
            case .variable(let name, let unescaped, let line):
                lineInText = line
                message = unescaped ? "{{{\(name)}}} is not allowed: write {{\(name)}}" : Self.problem(name, allowed)
            case .section(let name, _, let inner, let line):
                lineInText = line
                message = Self.problem(name, allowed)
                check(inner, allowed, place, first)
            case .partial(let name, let line), .inherit(let name, _, let line), .block(let name, _, let line):
                lineInText = line
                message = "“\(name)” would include another template, which a mail cannot: write its text here"
            }
            if let message {
                findings.append(Finding(.error, line: first.map { $0 + lineInText - 1 }, place + message))
            }
        }
    }

    private static func problem(_ name: String, _ allowed: [MailVariable]) -> String? {
        let known = allowed.map(\.rawValue)
        guard !known.contains(name) else { return nil }
        // An issue's, where the list gives nothing to fill it with.
        if name == MailVariable.company.rawValue, allowed.contains(.name), !allowed.contains(.asksCompany) {
            return "{{company}} is for lists that ask for the company: take it out, or let the list ask"
        }
        let list = known.map { "{{\($0)}}" }.joined(separator: ", ")
        return "{{\(name)}} is not known here: use \(known.isEmpty ? "no variable" : list), or take it out"
    }

    /// The variables that decide whether a section is written.
    var conditions: Set<MailVariable> { Self.conditions(nodes) }

    private static func conditions(_ nodes: [MustacheTree.Node]) -> Set<MailVariable> {
        nodes.reduce(into: []) { found, node in
            guard case .section(let name, _, let inner, _) = node else { return }
            found.formUnion(conditions(inner))
            if let variable = MailVariable(rawValue: name) { found.insert(variable) }
        }
    }

    /// The text with stand-ins for its variables, and with those sections that belong to `present`.
    func text(_ sentinels: Sentinels, present: Set<MailVariable>) -> String {
        Self.text(nodes, sentinels, present)
    }

    private static func text(_ nodes: [MustacheTree.Node], _ sentinels: Sentinels, _ present: Set<MailVariable>)
        -> String
    {
        nodes.map { node in
            switch node {
            case .text(let text, _): return text
            case .variable(let name, _, _): return MailVariable(rawValue: name).map(sentinels.word) ?? ""
            case .section(let name, let inverted, let inner, _):
                let isPresent = MailVariable(rawValue: name).map(present.contains) ?? false
                return isPresent != inverted ? text(inner, sentinels, present) : ""
            default: return ""
            }
        }.joined()
    }

    /// The text with all sections, each piece on the line where it stands in the source: for findings' line numbers.
    func everything(_ sentinels: Sentinels) -> String {
        var output = ""
        var line = 1
        Self.add(nodes, sentinels, to: &output, &line)
        return output
    }

    private static func add(
        _ nodes: [MustacheTree.Node], _ sentinels: Sentinels, to output: inout String, _ line: inout Int
    ) {
        for node in nodes {
            switch node {
            case .text(let text, let start):
                output += String(repeating: "\n", count: max(0, start - line))
                output += text
                line = max(line, start) + text.utf8.count { $0 == 0x0A }
            case .variable(let name, _, _): output += MailVariable(rawValue: name).map(sentinels.word) ?? ""
            case .section(_, _, let inner, _): add(inner, sentinels, to: &output, &line)
            default: break
            }
        }
    }
}
