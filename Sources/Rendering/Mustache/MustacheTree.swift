/// Mustache source as a tree that remembers its lines.
///
/// Pages are rendered by swift-mustache, which says nothing about a variable, section or partial that does not exist. So
/// their sources are read here as well, when they are loaded, and checked; mails are compiled from this tree alone.
package struct MustacheTree: Sendable {
    package indirect enum Node: Sendable {
        case text(String, line: Int)
        case variable(String, unescaped: Bool, line: Int)
        case section(String, inverted: Bool, [Node], line: Int)
        case partial(String, line: Int)
        /// `{{<parent}}…{{/parent}}`: the blocks it overrides.
        case inherit(String, [Node], line: Int)
        case block(String, [Node], line: Int)
    }

    package struct Problem: Error, Sendable, Equatable {
        package let line: Int
        package let message: String
        /// The line of the tag that this one should have closed.
        var opened: Int?

        /// `firstLine`: of the text in its file.
        func words(firstLine: Int = 1) -> String {
            message + (opened.map { " (opened on line \(firstLine + $0 - 1))" } ?? "")
        }
    }

    package let nodes: [Node]

    /// Says nothing.
    init() { nodes = [] }

    package init(_ source: String) throws(Problem) {
        var builder = MustacheBuilder(MustacheScanner.pieces(of: source))
        nodes = try builder.tree()
    }

    /// The text with its variables written in as they are, and with the sections of those that are not empty.
    func filled(_ values: [String: String]) -> String { Self.filled(nodes, values) }

    private static func filled(_ nodes: [Node], _ values: [String: String]) -> String {
        nodes.map { node in
            switch node {
            case .text(let text, _): text
            case .variable(let name, _, _): values[name] ?? ""
            case .section(let name, let inverted, let inner, _):
                (values[name] ?? "").isEmpty == inverted ? filled(inner, values) : ""
            case .partial, .inherit, .block: ""
            }
        }.joined()
    }
}

/// Puts the scanner's pieces into their sections.
struct MustacheBuilder {
    private struct Open {
        let tag: MustacheTag
        var nodes: [MustacheTree.Node] = []
    }

    private let pieces: [MustachePiece]
    private var open: [Open] = []
    private var nodes: [MustacheTree.Node] = []

    init(_ pieces: [MustachePiece]) { self.pieces = pieces }

    mutating func tree() throws(MustacheTree.Problem) -> [MustacheTree.Node] {
        for piece in pieces {
            switch piece {
            case .text(let text, let line): add(.text(text, line: line))
            case .tag(let tag): try place(tag)
            }
        }
        if let section = open.last?.tag {
            throw .init(
                line: section.line,
                message: "{{\(section.sigil)\(section.name)}} is never closed: add {{/\(section.name)}}")
        }
        return nodes
    }

    private mutating func place(_ tag: MustacheTag) throws(MustacheTree.Problem) {
        switch tag.kind {
        case .comment, .pragma: break
        case .variable: add(.variable(tag.name, unescaped: false, line: tag.line))
        case .unescaped: add(.variable(tag.name, unescaped: true, line: tag.line))
        case .partial: add(.partial(tag.name, line: tag.line))
        case .section, .inverted, .inherit, .block:
            guard open.count < 32 else { throw .init(line: tag.line, message: "sections are nested too deeply") }
            open.append(Open(tag: tag))
        case .close: try close(tag)
        case .malformed:
            throw .init(line: tag.line, message: "a tag is not closed by }} or has no name: write {{name}}")
        case .delimiters:
            throw .init(line: tag.line, message: "{{=…=}} is not allowed: the delimiters are always {{ and }}")
        }
    }

    private mutating func close(_ tag: MustacheTag) throws(MustacheTree.Problem) {
        guard let section = open.popLast() else {
            throw .init(line: tag.line, message: "{{/\(tag.name)}} closes a section that was never opened")
        }
        guard section.tag.name == tag.name else {
            throw .init(
                line: tag.line, message: "{{/\(tag.name)}} stands where {{/\(section.tag.name)}} belongs",
                opened: section.tag.line)
        }
        let line = section.tag.line
        switch section.tag.kind {
        case .inherit: add(.inherit(tag.name, section.nodes, line: line))
        case .block: add(.block(tag.name, section.nodes, line: line))
        default: add(.section(tag.name, inverted: section.tag.kind == .inverted, section.nodes, line: line))
        }
    }

    private mutating func add(_ node: MustacheTree.Node) {
        if open.isEmpty { nodes.append(node) } else { open[open.count - 1].nodes.append(node) }
    }
}
