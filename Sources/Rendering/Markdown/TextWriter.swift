/// Writes Markdown as plain text that reads well by itself: headings underlined, links with their addresses, quotes
/// marked, lines of at most 72 columns as far as they are known beforehand.
struct TextWriter {
    let filling: Filling

    private static let rule = String(repeating: "-", count: 24)
    /// Between a mail's words and its footer.
    static let divider = "\n\n\(rule)\n\n"

    static func text(_ markdown: Markdown, _ filling: Filling) -> String {
        TextWriter(filling: filling).lines(markdown.blocks, width: 72).joined(separator: "\n")
    }

    /// Only the words, as an image's alternative text needs them.
    static func plain(_ inlines: [Markdown.Inline]) -> String {
        inlines.map { inline in
            switch inline {
            case .text(let text), .code(let text): text
            case .softBreak, .lineBreak: " "
            case .styled(_, let inner), .link(_, _, let inner, _), .image(_, let inner, _): plain(inner)
            case .html: ""
            }
        }.joined()
    }

    private func lines(_ blocks: [Markdown.Block], width: Int, isTight: Bool = false) -> [String] {
        var all: [String] = []
        for block in blocks {
            let next = lines(block, width: width)
            guard !next.isEmpty else { continue }
            if !all.isEmpty, !isTight { all.append("") }
            all += next
        }
        return all
    }

    private func lines(_ block: Markdown.Block, width: Int) -> [String] {
        switch block {
        case .heading(let level, let inlines, _): heading(level, inlines, width)
        case .paragraph(let inlines, _): paragraph(inlines, width)
        case .quote(let blocks): lines(blocks, width: max(20, width - 2)).map { $0.isEmpty ? ">" : "> \($0)" }
        case .list(let start, let isTight, let items): list(start, isTight, items, width)
        case .code(let text): code(text)
        case .rule: [Self.rule]
        case .table(let rows, _): rows.map { $0.map(text).joined(separator: " | ") }
        case .html: []
        }
    }

    private func heading(_ level: Int, _ inlines: [Markdown.Inline], _ width: Int) -> [String] {
        let lines = wrapped(text(inlines), width)
        guard level <= 2, let longest = lines.max(by: { columns($0) < columns($1) }) else { return lines }
        return lines + [underline(longest, with: level == 1 ? UInt8(ascii: "=") : UInt8(ascii: "-"))]
    }

    /// As long as the line will be once it is filled.
    private func underline(_ line: String, with mark: UInt8) -> String {
        filling.sentinels.split(line.utf8).reduce(into: "") { output, piece in
            switch piece {
            case .bytes(let bytes):
                let columns = String(decoding: bytes, as: UTF8.self).count
                output += String(decoding: Array(repeating: mark, count: columns), as: UTF8.self)
            case .variable(let variable): output += filling.sentinels.underline(variable, with: mark)
            case .underline: break
            }
        }
    }

    /// A value that is a quotation: the lines behind the first are marked as that one is.
    static func quoted(_ text: String) -> String {
        wrapped(text, 70) { $0.count }.joined(separator: "\n> ")
    }

    /// A paragraph that is one link says so and gives the address a line of its own.
    private func paragraph(_ inlines: [Markdown.Inline], _ width: Int) -> [String] {
        if inlines.count == 1, case .link(let url, _, let inner, _) = inlines[0], let address = address(url, inner) {
            return wrapped(text(inner) + ":", width) + [address]
        }
        return wrapped(text(inlines), width)
    }

    private func list(_ start: Int?, _ isTight: Bool, _ items: [[Markdown.Block]], _ width: Int) -> [String] {
        var all: [String] = []
        for (index, item) in items.enumerated() {
            let mark = start.map { "\($0 + index). " } ?? "- "
            let indent = String(repeating: " ", count: mark.utf8.count)
            let inner = lines(item, width: max(20, width - mark.utf8.count), isTight: isTight)
            if index > 0, !isTight { all.append("") }
            all.append(mark + (inner.first ?? ""))
            all += inner.dropFirst().map { $0.isEmpty ? "" : indent + $0 }
        }
        return all
    }

    private func code(_ text: String) -> [String] {
        var lines = filling.plain(text).utf8.split(separator: 0x0A, omittingEmptySubsequences: false).map {
            String(Substring($0))
        }
        while lines.last?.isEmpty ?? false { lines.removeLast() }
        return lines
    }

    private func text(_ inlines: [Markdown.Inline]) -> String { inlines.map(text).joined() }

    private func text(_ inline: Markdown.Inline) -> String {
        switch inline {
        case .text(let text), .code(let text): filling.plain(text)
        case .softBreak: " "
        case .lineBreak: "\n"
        case .styled(_, let inner): text(inner)
        case .link(let url, _, let inner, _):
            address(url, inner).map { "\(text(inner)) <\($0)>" } ?? text(inner)
        case .image(_, let alternative, _): alternative.isEmpty ? "" : "[\(text(alternative))]"
        case .html: ""
        }
    }

    /// The link's address, unless its words are the address already.
    private func address(_ url: String, _ inner: [Markdown.Inline]) -> String? {
        guard let target = filling.target(url) else { return nil }
        let words = text(inner)
        let isSame = [words, "mailto:\(words)", "http://\(words)"].contains { LinkTarget.cleaned($0) == target }
        return isSame ? nil : target
    }

    private func wrapped(_ text: String, _ width: Int) -> [String] { Self.wrapped(text, width, columns) }

    private static func wrapped(_ text: String, _ width: Int, _ measure: (String) -> Int) -> [String] {
        var lines: [String] = []
        for line in text.utf8.split(separator: 0x0A, omittingEmptySubsequences: true) {
            var (current, filled) = ("", 0)
            for word in line.split(separator: 0x20).map({ String(Substring($0)) }) {
                let columns = measure(word)
                if !current.isEmpty, filled + 1 + columns > width {
                    lines.append(current)
                    (current, filled) = (word, columns)
                } else {
                    filled += current.isEmpty ? columns : columns + 1
                    current += current.isEmpty ? word : " \(word)"
                }
            }
            if !current.isEmpty { lines.append(current) }
        }
        return lines
    }

    /// The columns a line fills, with a usual value for each variable.
    private func columns(_ line: String) -> Int {
        filling.sentinels.split(line.utf8).reduce(0) { sum, piece in
            switch piece {
            case .bytes(let bytes): sum + String(decoding: bytes, as: UTF8.self).count
            case .variable(let variable): sum + variable.usualWidth
            case .underline: sum
            }
        }
    }
}
