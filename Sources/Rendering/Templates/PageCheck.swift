/// Follows a page through its layout and partials and asks of each tag whether it will find what it names.
struct PageCheck {
    let sources: [String: MustacheTree]
    /// The templates that some page was found to use.
    private(set) var used: Set<String> = []

    init(sources: [String: MustacheTree]) { self.sources = sources }

    mutating func check(_ page: Page, _ problems: inout ProblemList) {
        guard let tree = sources[page.rawValue] else { return }
        used.insert(page.rawValue)
        walk(
            tree.nodes, Walk(page: page, file: page.rawValue, scopes: [.record(page.variables)], path: [page.rawValue]),
            &problems)
    }

    private struct Walk {
        let page: Page
        let file: String
        var scopes: [Shape]
        /// The partials on the way here, so that one which includes itself is noticed.
        var path: [String]
    }

    private mutating func walk(_ nodes: [MustacheTree.Node], _ at: Walk, _ problems: inout ProblemList) {
        let file = "pages/\(at.file).mustache"
        for node in nodes {
            switch node {
            case .text: break
            case .variable(let name, let unescaped, let line):
                let shape = find(name, at, file, line, &problems)
                if unescaped, let shape, !shape.isHTML {
                    problems.add(file, line, "{{{\(name)}}} is not HTML made by us: write {{\(name)}}")
                }
            case .section(let name, let inverted, let inner, let line):
                var next = at
                if let shape = find(name, at, file, line, &problems), !inverted { next.scopes.append(shape) }
                walk(inner, next, &problems)
            case .partial(let name, let line): enter(name, [], at, file, line, &problems)
            case .inherit(let name, let blocks, let line): enter(name, blocks, at, file, line, &problems)
            case .block(_, let inner, _): walk(inner, at, &problems)
            }
        }
    }

    private mutating func enter(
        _ name: String, _ blocks: [MustacheTree.Node], _ at: Walk, _ file: String, _ line: Int,
        _ problems: inout ProblemList
    ) {
        guard let tree = sources[name] else { return problems.add(file, line, "there is no pages/\(name).mustache") }
        guard !at.path.contains(name) else { return problems.add(file, line, "\(name) includes itself") }
        used.insert(name)
        let known = Self.blocks(in: tree.nodes)
        for case .block(let block, _, let line) in blocks where !known.contains(block) {
            problems.add(file, line, "pages/\(name).mustache has no block {{$\(block)}}")
        }
        walk(blocks, at, &problems)
        walk(tree.nodes, Walk(page: at.page, file: name, scopes: at.scopes, path: at.path + [name]), &problems)
    }

    private static func blocks(in nodes: [MustacheTree.Node]) -> Set<String> {
        nodes.reduce(into: []) { names, node in
            switch node {
            case .block(let name, let inner, _): names.formUnion(blocks(in: inner).union([name]))
            case .section(_, _, let inner, _), .inherit(_, let inner, _): names.formUnion(blocks(in: inner))
            default: break
            }
        }
    }

    /// Looks a name up as Mustache does: its first part in the innermost scope that has it, the rest below that.
    private func find(
        _ name: String, _ at: Walk, _ file: String, _ line: Int, _ problems: inout ProblemList
    ) -> Shape? {
        if name == "." { return at.scopes.last }
        let transforms = ["first()", "last()", "index()", "even()", "odd()"]
        if transforms.contains(name) { return .flag }
        let parts = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        var shape = at.scopes.reversed().lazy.compactMap { $0.fields[parts[0]] }.first
        for part in parts.dropFirst() { shape = shape?.fields[part] }
        if shape == nil { problems.add(file, line, "{{\(name)}} is no variable of the page \(at.page.rawValue)") }
        return shape
    }
}

extension Shape {
    fileprivate var isHTML: Bool {
        if case .html = self { true } else { false }
    }
}
