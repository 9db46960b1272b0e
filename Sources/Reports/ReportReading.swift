import Mail

extension Report {
    /// `sender`: the envelope's, nil for the null path and where it is not known.
    package init(_ mail: ArraySlice<UInt8>, from sender: String? = nil) {
        self.init(ReportReader(MIMEEntity(mail.prefix(Self.longest)), sender))
    }

    package init(_ mail: [UInt8], from sender: String? = nil) { self.init(mail[...], from: sender) }

    private init(_ reader: ReportReader) {
        let finding = reader.finding
        let returned = finding.kind == .reply ? nil : reader.returned
        self.init(
            kind: finding.kind, verdict: finding.verdict, status: finding.status,
            marks: reader.addressed + (returned.map(ReportReader.marks(in:)) ?? []), recipients: finding.recipients,
            messageID: returned?.field("message-id"), isByPerson: finding.kind == .reply && reader.isByPerson)
    }
}

/// Looks at a mail's structure: what it is, not what its head calls it. `Auto-Submitted: auto-replied`, which ought to mark
/// holiday notes (RFC 3834), is on most of real bounces.
struct ReportReader {
    struct Finding {
        var kind: Report.Kind
        var verdict: ReportClass
        var status = ""
        var recipients: [String] = []
    }

    private let mail: MIMEEntity
    private let sender: String?
    /// Only these: what a part quotes is somebody else's.
    private let parts: [(type: String, entity: MIMEEntity)]

    init(_ mail: MIMEEntity, _ sender: String?) {
        self.mail = mail
        self.sender = sender
        parts = mail.parts.map { ($0.contentType?.value ?? "text/plain", $0) }
    }

    private func part(_ types: String...) -> MIMEEntity? { parts.first { types.contains($0.type) }?.entity }

    var finding: Finding {
        if let status = part("message/delivery-status", "message/global-delivery-status") {
            return DeliveryStatus(status.content(upTo: 64 * 1024)).finding(words: text)
        }
        if let complaint = part("message/feedback-report") {
            return Self.finding(MIMEEntity(complaint.content(upTo: 64 * 1024)[...]))
        }
        return isWrittenByServer ? textFinding : Finding(kind: .reply, verdict: .auto)
    }

    // MARK: Complaints

    /// RFC 5965 §3.1 and §7.3; what is not about spam is not the person's wish.
    private static func finding(_ complaint: MIMEEntity) -> Finding {
        let type = complaint.field("feedback-type")?.lowercased() ?? ""
        let isComplaint = ["abuse", "fraud", "other", "virus", "opt-out", "opt-out-list"].contains(type)
        return Finding(kind: .complaint, verdict: isComplaint ? .complaint : .auto)
    }

    // MARK: Words

    private var isWrittenByServer: Bool {
        if mail.field("x-failed-recipients") != nil { return true }
        let from = Array((mail.field("from") ?? "").lowercased().utf8)
        return from.holds("mailer-daemon") || from.holds("postmaster@") || from.holds("mail delivery")
    }

    private var textFinding: Finding {
        let own = text.prefix(Self.returnedStart(in: text) ?? text.count).prefix(ReportWords.longest)
        let words = ReportWords(own)
        if words.speakOfDelay { return Finding(kind: .text, verdict: .delayed) }
        let (status, reply) = (StatusSearch.enhanced(in: own), StatusSearch.reply(in: own))
        let verdict = min(StatusTable.verdict(status, reply: reply, words: words), .strike)
        return Finding(
            kind: .text, verdict: verdict, status: status?.text ?? reply.map(String.init) ?? "",
            recipients: mail.field("x-failed-recipients").map { [$0] } ?? [])
    }

    /// The first text, where it stands in a report: at most in a part of a part (Gmail's has an icon beside it).
    private var text: [UInt8] {
        func first(_ entity: MIMEEntity, depth: Int) -> [UInt8]? {
            let type = entity.contentType?.value ?? "text/plain"
            if type.hasPrefix("text/") { return entity.content(upTo: 32 * 1024) }
            guard depth < 4, type.hasPrefix("multipart/") else { return nil }
            return entity.parts.lazy.compactMap { first($0, depth: depth + 1) }.first
        }
        return first(mail, depth: 0) ?? []
    }

    // MARK: The mail that came back

    /// As a part of its own, or in the text.
    var returned: MIMEEntity? {
        if let part = part("message/rfc822", "message/global") { return MIMEEntity(part.content(upTo: 64 * 1024)[...]) }
        if let part = part("text/rfc822-headers", "message/global-headers") {
            return MIMEEntity(part.content(upTo: 64 * 1024)[...])
        }
        let text = text
        return Self.returnedStart(in: text).map { MIMEEntity(text[$0...]) }
    }

    /// Where the head of our mail begins: at a line that only a mail's head has.
    private static func returnedStart(in text: [UInt8]) -> Int? {
        var lines = LineReader(text[...])
        while let line = lines.next() {
            for name in ["return-path:", "received:"] where line.count > name.utf8.count {
                if zip(line, name.utf8).allSatisfy({ $0.lowercased == $1 }) { return line.startIndex }
            }
        }
        return nil
    }

    static func marks(in returned: MIMEEntity) -> [Mark] {
        ["return-path", "x-courant"].flatMap(returned.fields).prefix(4).map { Mark(place: .returned, text: $0) }
            + returned.fields("list-unsubscribe").prefix(2).map { Mark(place: .unsubscribe, text: $0) }
    }

    // MARK: Its own head

    /// Of many servers in a row each may have added one.
    var addressed: [Mark] {
        ["delivered-to", "x-original-to", "envelope-to", "to"].flatMap { mail.fields($0).prefix(4) }
            .map { Mark(place: .recipient, text: String(decoding: $0.utf8.prefix(1000), as: UTF8.self)) }
    }

    /// RFC 3834 §5, and what programs write instead of it.
    var isByPerson: Bool {
        let returnPath = sender ?? mail.field("return-path")
        if let returnPath, returnPath.isEmpty || returnPath == "<>" { return false }
        if let submitted = mail.field("auto-submitted"), submitted.lowercased() != "no" { return false }
        let names = ["x-autoreply", "x-autorespond", "x-autoresponder"]
        guard names.allSatisfy({ mail.field($0) == nil }) else { return false }
        let precedence = mail.field("precedence")?.lowercased() ?? ""
        return !["auto_reply", "bulk", "junk"].contains(precedence) && !isWrittenByServer
    }
}
