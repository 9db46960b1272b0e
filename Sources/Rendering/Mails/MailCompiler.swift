internal import Mail

/// Turns a draft into a compiled mail: once per campaign and language, however many recipients there are.
///
/// Variables become stand-ins; Markdown becomes HTML and plain text; the layout goes around the HTML; headers, parts and
/// boundaries are written as bytes; then everything is cut at the stand-ins. What is left to do for a recipient is to
/// copy the bytes and to encode a few values between them.
struct MailCompiler {
    let draft: MailDraft
    let layout: MailLayout
    let styles: MailStyles

    private let subject: MailSource
    private let preheader: MailSource
    private let body: MailSource
    private let footer: MailSource
    private let sentinels: Sentinels
    private let filling: Filling

    /// Gmail cuts a mail's HTML at 102 KB, and with it the unsubscribe link.
    static let largestHTML = 100_000
    static let largeHTML = 90_000
    /// No more is written, only to say how much too long it is.
    static let longestWritten = 4 * largestHTML
    /// By which whoever gets a test tells it from the issue.
    static let testMark = "[Test] "
    /// Each doubles the number of variants.
    static let mostConditions = 3

    init(_ draft: MailDraft, footer: String, layout: MailLayout, styles: MailStyles) {
        self.draft = draft
        self.layout = layout
        self.styles = styles
        let (all, kind) = (draft.allConstants, draft.kind)
        let mark = draft.letterhead.ground == .test ? Self.testMark : ""
        let allowed = kind.variables.filter { $0 != .company || draft.mayNameCompany }
        subject = MailSource(
            mark + draft.subject, allowed: allowed, place: "subject: ", firstLine: draft.subjectLine)
        preheader = MailSource(
            draft.preheader, allowed: allowed, place: "preheader: ", firstLine: draft.preheaderLine)
        body = MailSource(draft.body, allowed: allowed, firstLine: draft.firstLine)
        self.footer = MailSource(
            footer, allowed: kind.footerVariables(draft.letterhead.ground),
            place: "\(kind.footer(draft.letterhead.ground)): ", firstLine: nil)
        sentinels = Sentinels()
        filling = Filling(sentinels: sentinels, constants: all)
    }

    func compile() throws(LintFailure) -> CompiledMail {
        var findings = subject.findings + preheader.findings + body.findings + footer.findings + letterheadFindings()
        let markdown = Markdown(body.everything(sentinels))
        let lint = MailLint(filling: filling, firstLine: draft.firstLine, isWhole: body.findings.isEmpty)
        findings += lint.findings(markdown)
        try refuse(findings)
        let conditions = conditions()
        guard conditions.count <= Self.mostConditions else {
            throw LintFailure(findings: [Finding(.error, "too many different sections: at most \(Self.mostConditions)")]
            )
        }
        let variants = (0..<(1 << conditions.count)).map { mask in
            variant(present: Set(conditions.indices.filter { mask >> $0 & 1 == 1 }.map { conditions[$0] }), &findings)
        }
        try refuse(findings)
        return CompiledMail(conditions: conditions, variants: variants, required: required, warnings: unique(findings))
    }

    private func refuse(_ findings: [Finding]) throws(LintFailure) {
        if findings.contains(where: { $0.severity == .error }) { throw LintFailure(findings: unique(findings)) }
    }

    private func unique(_ findings: [Finding]) -> [Finding] {
        var seen: Set<Finding> = []
        return findings.filter { seen.insert($0).inserted }
    }

    private func letterheadFindings() -> [Finding] {
        var findings: [Finding] = []
        if draft.kind.isBulk, draft.letterhead.list == nil {
            findings.append(Finding(.error, "a newsletter needs its list's id: give the letterhead a list"))
        }
        if draft.letterhead.from.address.needsSMTPUTF8 {
            findings.append(Finding(.error, "the sender's address must be ASCII before the @"))
        }
        return findings
    }

    /// The variables whose presence differs from mail to mail and decides over a section.
    private func conditions() -> [MailVariable] {
        let all = [subject, preheader, body, footer].reduce(into: Set<MailVariable>()) { $0.formUnion($1.conditions) }
        return MailVariable.allCases.filter { all.contains($0) && filling.constants[$0] == nil }
    }

    /// Links that a mail would be wrong without.
    private var required: [MailVariable] {
        let used = draft.kind.variables + draft.kind.footerVariables(draft.letterhead.ground)
        return used.filter { $0.isURL && filling.constants[$0] == nil }
    }

    private func variant(present: Set<MailVariable>, _ findings: inout [Finding]) -> CompiledMail.Variant {
        let present = present.union(filling.constants.filter { !$0.value.isEmpty }.keys)
        let title = subject.text(sentinels, present: present)
        let content = Markdown(body.text(sentinels, present: present))
        // A section that is left out may join what it parted.
        if let excess = content.excess { findings.append(Finding(.error, excess.words)) }
        let ending = Markdown(footer.text(sentinels, present: present))
        let html = layout.html([
            "language": draft.language.code, "subject": filling.attribute(title),
            "preheader": filling.attribute(preheader.text(sentinels, present: present)),
            "content": HTMLWriter.html(content, styles, .content, filling, upTo: Self.longestWritten),
            "footer": HTMLWriter.html(ending, styles, .footer, filling, upTo: Self.longestWritten),
            "organisation_name": HTMLEscaping.escape(draft.letterhead.organisation.name),
        ])
        let text = [content, ending].map { TextWriter.text($0, filling) }.joined(separator: TextWriter.divider) + "\n"
        findings += endFindings(text: text, html: html)
        guard let line = headerLine(title, &findings) else { return CompiledMail.Variant() }
        var variant = MailAssembly(draft: draft, sentinels: sentinels).variant(subject: line, text: text, html: html)
        variant.subject = line
        variant.preheader = sentinels.split(filling.plain(preheader.text(sentinels, present: present)).utf8)
        return variant
    }

    private func headerLine(_ title: String, _ findings: inout [Finding]) -> [Sentinels.Piece]? {
        do throws(HeaderText.Problem) {
            return sentinels.split(try HeaderText(filling.plain(title)).text.utf8)
        } catch {
            let advice =
                switch error {
                case .missing: "subject: there is none: write one"
                case .tooLong: "subject: it is too long: 200 characters at most"
                case .unprintable: "subject: it holds a line break or another character that is not seen: take it out"
                }
            findings.append(Finding(.error, advice))
            return nil
        }
    }

    /// What a newsletter's reader must find at its very end, and the room that it may take.
    private func endFindings(text: String, html: String) -> [Finding] {
        var findings: [Finding] = []
        let size = html.utf8.count
        if size > Self.largestHTML {
            let says = size > Self.longestWritten ? "over \(Self.longestWritten / 1_000)" : "\(size / 1_000)"
            findings.append(
                Finding(.error, "the HTML has \(says) KB: over 100 KB, mailboxes cut off its end; shorten it"))
        } else if size > Self.largeHTML {
            findings.append(
                Finding(.warning, "the HTML has \(size / 1_000) KB: over 100 KB, mailboxes cut off its end"))
        }
        guard draft.kind.isBulk else { return findings }
        let link = sentinels.word(for: .unsubscribeURL)
        let words = text.utf8.trimmedEnd
        let paragraph = words.lastPlace(of: "\n\n".utf8).map { words[$0.upperBound...] } ?? words
        if paragraph.place(of: link.utf8) == nil {
            findings.append(
                Finding(.error, "the text part's last paragraph is not the unsubscribe link: end the footer with it"))
        }
        let anchor = html.utf8.lastPlace(of: "<a ".utf8).map {
            html.utf8[$0.upperBound...].prefix { $0 != UInt8(ascii: ">") }
        }
        if anchor?.place(of: "href=\"\(link)\"".utf8) == nil {
            findings.append(Finding(.error, "the HTML's last link is not the unsubscribe link: end the footer with it"))
        }
        return findings
    }
}

extension String.UTF8View {
    fileprivate var trimmedEnd: Substring.UTF8View {
        var rest = self[...]
        while let last = rest.last, last == 0x20 || last == 0x0A { rest.removeLast() }
        return rest
    }
}
