/// An issue of a newsletter as its editor writes it: Markdown below YAML front matter, so that issues live in git.
package struct CampaignFile: Sendable {
    package let subject: String
    package let preheader: String
    /// The slug of the list it is for, if the file says so.
    package let list: String?
    package let language: Language?
    /// Markdown with Mustache.
    package let body: String
    /// The line on which `body` begins, from 1.
    package let firstLine: Int
    /// Where they stand, for what is said of them.
    private let places: (subject: Int?, preheader: Int?)
    /// What does not keep it from being sent.
    package let warnings: [Finding]

    package static let longestSubject = 200
    package static let longestPreheader = 300

    /// Parses a file; throws all that is wrong with its front matter.
    package init(_ text: String) throws(LintFailure) {
        var front = FrontMatter(text)
        subject = front.line("subject", longest: Self.longestSubject) ?? ""
        preheader = front.line("preheader", longest: Self.longestPreheader) ?? ""
        list = front.slug("list")
        language = front.language("language")
        body = front.body
        places = (front.place(of: "subject"), front.place(of: "preheader"))
        front.refuseUnseen()
        firstLine = front.firstLine
        if subject.isEmpty, !front.findings.contains(where: { $0.message.utf8.starts(with: "subject".utf8) }),
            !front.isBroken
        {
            front.add(.error, 1, "subject is missing: write `subject: …` between the two lines of ---")
        }
        guard !front.findings.contains(where: { $0.severity == .error }) else {
            throw LintFailure(findings: front.findings)
        }
        warnings = front.findings
    }

    package func draft(
        language: Language, letterhead: Letterhead, kind: MailKind = .newsletter,
        constants: [MailVariable: String] = [:]
    ) -> MailDraft {
        var draft = MailDraft(
            kind: kind, language: language, subject: subject, preheader: preheader, body: body, firstLine: firstLine,
            letterhead: letterhead, constants: constants)
        (draft.subjectLine, draft.preheaderLine) = places
        return draft
    }
}

extension Templates {
    /// All that an editor should know about a campaign's file: what keeps it from being sent first, then line by line.
    package func lint(_ text: String, language: Language, letterhead: Letterhead) -> [Finding] {
        let all = findings(text, language, letterhead).sorted {
            ($0.severity == .error ? 0 : 1, $0.line ?? 0) < ($1.severity == .error ? 0 : 1, $1.line ?? 0)
        }
        guard all.count > Self.mostFindings else { return all }
        let rest = all.count - Self.mostFindings
        return all.prefix(Self.mostFindings) + [
            Finding(all[0].severity, "there are \(rest) more of these: begin above")
        ]
    }

    /// Nobody reads more at once.
    private static let mostFindings = 100

    private func findings(_ text: String, _ language: Language, _ letterhead: Letterhead) -> [Finding] {
        do throws(LintFailure) {
            let file = try CampaignFile(text)
            var draft = file.draft(language: file.language ?? language, letterhead: letterhead)
            draft.mayNameCompany = letterhead.asksCompany
            let mail = try compile(draft)
            return file.warnings + mail.warnings
        } catch {
            return error.findings
        }
    }
}
