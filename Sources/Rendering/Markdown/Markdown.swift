internal import CCmark

/// A Markdown text as a tree of values: CommonMark with GitHub's tables, strikethrough and bare links, parsed by
/// cmark-gfm. We write the HTML and the plain text ourselves, both from this one tree.
struct Markdown: Sendable {
    indirect enum Block: Sendable {
        case heading(level: Int, [Inline], line: Int)
        case paragraph([Inline], line: Int)
        case quote([Block])
        case list(start: Int?, isTight: Bool, items: [[Block]])
        case code(String)
        case rule
        case table(rows: [[[Inline]]], alignments: [Alignment])
        case html(String, line: Int)
    }

    indirect enum Inline: Sendable {
        case text(String)
        case code(String)
        case softBreak
        case lineBreak
        case styled(Style, [Inline])
        case link(url: String, title: String, [Inline], line: Int)
        case image(url: String, [Inline], line: Int)
        case html(String, line: Int)
    }

    enum Style: String, Sendable { case emphasis = "em", strong, strikethrough = "del" }
    enum Alignment: UInt8, Sendable { case none = 0, left = 108, centre = 99, right = 114 }

    let blocks: [Block]
    /// Why there are fewer blocks than the text asks for, or none.
    let excess: MarkdownExcess?

    init(_ source: String) {
        if let excess = MarkdownExcess(in: source) {
            (blocks, self.excess) = ([], excess)
        } else {
            let reader = MarkdownReader(source)
            (blocks, excess) = (reader.blocks, reader.excess)
        }
    }
}

/// Turns cmark's nodes into values and frees them.
private struct MarkdownReader {
    private(set) var blocks: [Markdown.Block] = []
    private(set) var excess: MarkdownExcess?
    private var parts = 0
    /// Links hold no links.
    private var isInLink = false

    private static let registered: Void = cmark_gfm_core_extensions_ensure_registered()

    init(_ source: String) {
        _ = Self.registered
        guard let parser = cmark_parser_new(CMARK_OPT_VALIDATE_UTF8) else { return }
        defer { cmark_parser_free(parser) }
        for name in ["table", "strikethrough"] {
            if let found = cmark_find_syntax_extension(name) { _ = cmark_parser_attach_syntax_extension(parser, found) }
        }
        var text = source
        text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { cmark_parser_feed(parser, $0.baseAddress, $0.count) }
        }
        guard let root = cmark_parser_finish(parser) else { return }
        defer { cmark_node_free(root) }
        cmark_consolidate_text_nodes(root)
        blocks = blocks(of: root, depth: 0)
    }

    private mutating func blocks(of parent: OpaquePointer, depth: Int) -> [Markdown.Block] {
        guard depth < MarkdownExcess.deepest else {
            excess = .depth
            return []
        }
        var found: [Markdown.Block] = []
        for node in children(of: parent) {
            if let block = block(node, depth: depth) { found.append(block) }
        }
        return found
    }

    private mutating func block(_ node: OpaquePointer, depth: Int) -> Markdown.Block? {
        var line = Int(cmark_node_get_start_line(node))
        let first = line
        switch type(of: node) {
        case "heading":
            let level = Int(cmark_node_get_heading_level(node))
            return .heading(level: level, inlines(of: node, &line, depth: depth), line: first)
        case "paragraph": return .paragraph(inlines(of: node, &line, depth: depth), line: first)
        case "block_quote": return .quote(blocks(of: node, depth: depth + 1))
        case "list": return list(node, depth: depth)
        case "code_block": return .code(literal(node))
        case "html_block": return .html(literal(node), line: line)
        case "thematic_break": return .rule
        case "table": return table(node, depth: depth)
        default: return nil
        }
    }

    private mutating func list(_ node: OpaquePointer, depth: Int) -> Markdown.Block {
        var items: [[Markdown.Block]] = []
        for item in children(of: node) { items.append(blocks(of: item, depth: depth + 1)) }
        let isOrdered = cmark_node_get_list_type(node) == CMARK_ORDERED_LIST
        let start = isOrdered ? Int(cmark_node_get_list_start(node)) : nil
        return .list(start: start, isTight: cmark_node_get_list_tight(node) != 0, items: items)
    }

    private mutating func table(_ node: OpaquePointer, depth: Int) -> Markdown.Block {
        let count = Int(cmark_gfm_extensions_get_table_columns(node))
        let letters = cmark_gfm_extensions_get_table_alignments(node)
        let alignments = (0..<count).map { Markdown.Alignment(rawValue: letters?[$0] ?? 0) ?? .none }
        var rows: [[[Markdown.Inline]]] = []
        for row in children(of: node) {
            var line = Int(cmark_node_get_start_line(row))
            var cells: [[Markdown.Inline]] = []
            for cell in children(of: row) { cells.append(inlines(of: cell, &line, depth: depth)) }
            rows.append(cells)
        }
        return .table(rows: rows, alignments: alignments)
    }

    /// `line` goes along with the line breaks, for cmark knows the lines of blocks only.
    private mutating func inlines(of parent: OpaquePointer, _ line: inout Int, depth: Int) -> [Markdown.Inline] {
        guard depth < MarkdownExcess.deepest else {
            excess = .depth
            return []
        }
        var found: [Markdown.Inline] = []
        for node in children(of: parent) {
            let first = line
            switch type(of: node) {
            case "text": found += isInLink ? [.text(literal(node))] : BareLinks.linked(literal(node), line: line)
            case "code": found.append(.code(literal(node)))
            case "html_inline": found.append(.html(literal(node), line: line))
            case "softbreak", "linebreak":
                line += 1
                found.append(type(of: node) == "softbreak" ? .softBreak : .lineBreak)
            case "emph": found.append(.styled(.emphasis, inlines(of: node, &line, depth: depth + 1)))
            case "strong": found.append(.styled(.strong, inlines(of: node, &line, depth: depth + 1)))
            case "strikethrough": found.append(.styled(.strikethrough, inlines(of: node, &line, depth: depth + 1)))
            case "link":
                isInLink = true
                let inner = inlines(of: node, &line, depth: depth + 1)
                isInLink = false
                found.append(
                    .link(
                        url: text(cmark_node_get_url(node)), title: text(cmark_node_get_title(node)), inner, line: first
                    ))
            case "image":
                let inner = inlines(of: node, &line, depth: depth + 1)
                found.append(.image(url: text(cmark_node_get_url(node)), inner, line: first))
            default: found += inlines(of: node, &line, depth: depth + 1)
            }
        }
        return found
    }

    /// None any more once there were too many in all.
    private mutating func children(of node: OpaquePointer) -> [OpaquePointer] {
        var found: [OpaquePointer] = []
        var next: OpaquePointer? = cmark_node_first_child(node)
        while let child = next {
            parts += 1
            guard parts <= MarkdownExcess.mostParts else {
                excess = .parts
                return []
            }
            found.append(child)
            next = cmark_node_next(child)
        }
        return found
    }

    private func type(of node: OpaquePointer) -> String { text(cmark_node_get_type_string(node)) }
    private func literal(_ node: OpaquePointer) -> String { text(cmark_node_get_literal(node)) }
    private func text(_ pointer: UnsafePointer<CChar>?) -> String { pointer.map { String(cString: $0) } ?? "" }
}
