/// Writes Markdown as a mail's HTML: every element with its inline style, no raw HTML, no link that a mail may not hold.
/// It stops a little behind its limit, in bytes; what it wrote by then is too long for any mail.
struct HTMLWriter {
    let styles: MailStyles
    let part: MailPart
    let filling: Filling
    private let limit: Int
    private var html = ""

    init(styles: MailStyles, part: MailPart, filling: Filling, limit: Int) {
        self.styles = styles
        self.part = part
        self.filling = filling
        self.limit = limit
    }

    static func html(
        _ markdown: Markdown, _ styles: MailStyles, _ part: MailPart, _ filling: Filling, upTo limit: Int
    ) -> String {
        var writer = HTMLWriter(styles: styles, part: part, filling: filling, limit: limit)
        for block in markdown.blocks { writer.write(block) }
        return writer.html
    }

    private mutating func write(_ block: Markdown.Block) {
        guard html.utf8.count <= limit else { return }
        switch block {
        case .heading(let level, let inlines, _): element("h\(level)", inlines)
        case .paragraph(let inlines, _): element("p", inlines)
        case .quote(let blocks): element("blockquote") { $0.write(blocks) }
        case .list(let start, let isTight, let items): list(start, isTight, items)
        case .code(let text): html += "<pre\(attributes("pre"))><code>\(escaped(text))</code></pre>\n"
        case .rule: html += "<hr\(attributes("hr"))>\n"
        case .table(let rows, let alignments): table(rows, alignments)
        case .html: break
        }
    }

    private mutating func write(_ blocks: [Markdown.Block]) {
        for block in blocks { write(block) }
    }

    private mutating func element(_ name: String, _ inlines: [Markdown.Inline]) {
        html += "<\(name)\(attributes(name))>"
        write(inlines)
        html += "</\(name)>\n"
    }

    private mutating func element(_ name: String, _ inner: (inout HTMLWriter) -> Void) {
        html += "<\(name)\(attributes(name))>\n"
        inner(&self)
        html += "</\(name)>\n"
    }

    private mutating func list(_ start: Int?, _ isTight: Bool, _ items: [[Markdown.Block]]) {
        let name = start == nil ? "ul" : "ol"
        let first = start.map { $0 == 1 ? "" : " start=\"\($0)\"" } ?? ""
        html += "<\(name)\(attributes(name))\(first)>\n"
        for item in items {
            html += "<li\(attributes("li"))>"
            for block in item {
                if isTight, case .paragraph(let inlines, _) = block { write(inlines) } else { write(block) }
            }
            html += "</li>\n"
        }
        html += "</\(name)>\n"
    }

    private mutating func table(_ rows: [[[Markdown.Inline]]], _ alignments: [Markdown.Alignment]) {
        html += "<table\(attributes("table"))>\n"
        for (index, row) in rows.enumerated() {
            let name = index == 0 ? "th" : "td"
            html += "<tr\(attributes("tr"))>"
            for (cell, alignment) in zip(row, alignments) {
                html +=
                    "<\(name)\(index == 0 ? " scope=\"col\"" : "")\(styles.attributes(name, in: part, extra: alignment.style))>"
                write(cell)
                html += "</\(name)>"
            }
            html += "</tr>\n"
        }
        html += "</table>\n"
    }

    private mutating func write(_ inlines: [Markdown.Inline]) {
        for inline in inlines { write(inline) }
    }

    private mutating func write(_ inline: Markdown.Inline) {
        guard html.utf8.count <= limit else { return }
        switch inline {
        case .text(let text): html += escaped(text)
        case .code(let text): html += "<code\(attributes("code"))>\(escaped(text))</code>"
        case .softBreak: html += "\n"
        case .lineBreak: html += "<br>\n"
        case .styled(let style, let inner):
            html += "<\(style.rawValue)\(attributes(style.rawValue))>"
            write(inner)
            html += "</\(style.rawValue)>"
        case .link(let url, let title, let inner, _): link(url, title, inner)
        case .image(let url, let alternative, _): image(url, alternative)
        case .html: break
        }
    }

    private mutating func link(_ url: String, _ title: String, _ inner: [Markdown.Inline]) {
        guard let target = filling.target(url) else { return write(inner) }
        let name = title == "button" ? "button" : "a"
        let hint = title.isEmpty || title == "button" ? "" : " title=\"\(filling.attribute(title))\""
        html += "<a\(attributes(name)) href=\"\(HTMLEscaping.escape(target))\"\(hint)>"
        write(inner)
        html += "</a>"
    }

    private mutating func image(_ url: String, _ alternative: [Markdown.Inline]) {
        guard let target = filling.target(url) else { return write(alternative) }
        let text = filling.attribute(TextWriter.plain(alternative))
        html += "<img\(attributes("img")) src=\"\(HTMLEscaping.escape(target))\" alt=\"\(text)\">"
    }

    private func attributes(_ element: String) -> String { styles.attributes(element, in: part) }
    private func escaped(_ text: String) -> String { filling.html(text) }
}

extension Markdown.Alignment {
    fileprivate var style: String {
        switch self {
        case .none: ""
        case .left: "text-align: left"
        case .centre: "text-align: center"
        case .right: "text-align: right"
        }
    }
}
