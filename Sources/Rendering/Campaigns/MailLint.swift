/// What may be wrong with a mail's Markdown, with the line it stands on and what to do about it.
struct MailLint {
    let filling: Filling
    let firstLine: Int
    /// No tag is wrong, which may have been all of the text.
    let isWhole: Bool

    func findings(_ markdown: Markdown) -> [Finding] {
        var run = Run(filling: filling, firstLine: firstLine)
        if let excess = markdown.excess {
            run.add(.error, nil, excess.words)
        } else if markdown.blocks.isEmpty, isWhole {
            run.add(.error, nil, "the text is empty: write something below the front matter")
        }
        run.read(markdown.blocks)
        return run.findings
    }

    private struct Run {
        let filling: Filling
        let firstLine: Int
        var findings: [Finding] = []
        var level: Int?

        mutating func add(_ severity: Finding.Severity, _ line: Int?, _ message: String) {
            findings.append(Finding(severity, line: line.map { firstLine + $0 - 1 }, message))
        }

        mutating func read(_ blocks: [Markdown.Block]) {
            for block in blocks {
                switch block {
                case .heading(let level, let inlines, let line): heading(level, inlines, line)
                case .paragraph(let inlines, _): read(inlines)
                case .quote(let inner): read(inner)
                case .list(_, _, let items): for item in items { read(item) }
                case .table(let rows, _): for cell in rows.joined() { read(cell) }
                case .html(let source, let line): html(source, line)
                case .code, .rule: break
                }
            }
        }

        private mutating func heading(_ level: Int, _ inlines: [Markdown.Inline], _ line: Int) {
            if let before = self.level, level > before + 1 {
                add(
                    .warning, line,
                    "a heading of level \(level) follows one of level \(before): use level \(before + 1)")
            }
            self.level = level
            read(inlines)
        }

        private mutating func read(_ inlines: [Markdown.Inline]) {
            for inline in inlines {
                switch inline {
                case .styled(_, let inner): read(inner)
                case .link(let url, _, let inner, let line):
                    link(url, TextWriter.plain(inner), line)
                    read(inner)
                case .image(let url, let alternative, let line): image(url, TextWriter.plain(alternative), line)
                case .html(let source, let line): html(source, line)
                case .text, .code, .softBreak, .lineBreak: break
                }
            }
        }

        private mutating func link(_ url: String, _ words: String, _ line: Int) {
            guard let target = target(url, "link", line) else { return }
            if target == .plain { add(.warning, line, "the link is http: use https if the site has it") }
            if words.isEmpty { add(.warning, line, "the link has no words: write [words](address)") }
        }

        private mutating func image(_ url: String, _ words: String, _ line: Int) {
            guard let target = target(url, "image", line) else { return }
            if target != .secure { add(.error, line, "the image is not https: mailboxes will not show it; use https") }
            if words.isEmpty {
                add(.warning, line, "the image has no alternative text: say what it shows, as in ![words](address)")
            }
        }

        /// Where it points, if a mail may point there.
        private mutating func target(_ url: String, _ what: String, _ line: Int) -> LinkTarget? {
            let pieces = filling.sentinels.split(url.utf8)
            if pieces.count == 1, case .variable(let variable)? = pieces.first, variable.isURL { return .secure }
            for case .variable(let variable) in pieces where filling.constants[variable] == nil {
                add(
                    .error, line,
                    "{{\(variable.rawValue)}} stands in the \(what)’s address, where it would tell who reads: take it out"
                )
                return nil
            }
            let target = LinkTarget(filling.plain(url))
            switch target {
            case .relative:
                add(.error, line, "the \(what) “\(url.prefix(80))” has no host: begin it with https://")
                return nil
            case .forbidden:
                add(.error, line, "the \(what)’s kind of address is not allowed in a mail: use https://")
                return nil
            case .secure, .plain, .mail: return target
            }
        }

        /// Comments are the editor's own notes: they go without a word.
        private mutating func html(_ source: String, _ line: Int) {
            guard !source.utf8.drop(while: { $0 == 0x20 }).starts(with: "<!--".utf8) else { return }
            add(.warning, line, "HTML is left out of mails: write it in Markdown")
        }
    }
}
