import Mail

/// The part of a bounce that is for machines (RFC 3464 §2): fields in blocks, one for the mail and one for each recipient.
/// Servers put them in all sorts of places.
struct DeliveryStatus {
    private var recipients: [Recipient] = []

    private struct Recipient {
        var fields: [String: String] = [:]

        /// `rfc822; ann@example.org`, without the type.
        var address: String? { fields["final-recipient"].map { $0.split2(at: ";").1 ?? $0 } }
        var action: String { fields["action"].map { String($0.lowercased().prefix { $0.isLetter }) } ?? "" }
        var status: EnhancedStatus? { fields["status"].flatMap { StatusSearch.enhanced(in: $0.utf8) } }
        /// What the receiver said, and whether that was a program on the reporting server's own machine.
        var diagnosis: (text: String, isLocal: Bool)? {
            guard let field = fields["diagnostic-code"] ?? fields["x-supplementary-info"] else { return nil }
            let (type, text) = field.split2(at: ";")
            return (text ?? field, text != nil && type.lowercased().hasPrefix("x-"))
        }
    }

    private static let mostRecipients = 50
    private static let ofRecipients = [
        "final-recipient", "original-recipient", "action", "status", "diagnostic-code", "x-supplementary-info",
    ]

    init(_ content: [UInt8]) {
        var lines = LineReader(content[...])
        var block: [ArraySlice<UInt8>] = []
        while let line = lines.next(), recipients.count < Self.mostRecipients {
            if line.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) {
                take(block)
                block = []
            } else {
                block.append(line)
            }
        }
        take(block)
    }

    /// A block without a recipient of its own goes on with the one before.
    private mutating func take(_ block: [ArraySlice<UInt8>]) {
        guard !block.isEmpty else { return }
        let entity = MIMEEntity(Array(block.joined(separator: [0x0A]))[...])
        var fields: [String: String] = [:]
        for name in Self.ofRecipients {
            fields[name] = entity.field(name).map { $0.withoutComments }
        }
        guard !fields.isEmpty else { return }
        if fields["final-recipient"] == nil, fields["action"] == nil, !recipients.isEmpty {
            recipients[recipients.count - 1].fields.merge(fields) { first, _ in first }
        } else {
            recipients.append(Recipient(fields: fields))
        }
    }

    /// We wrote to one: where there are several, an alias was expanded, and the mildest counts.
    ///
    /// `words`: the part for people, where the receiver's own are missing.
    func finding(words text: @autoclosure () -> [UInt8]) -> ReportReader.Finding {
        let verdicts = recipients.map { Self.verdict($0, text) }
        guard let mildest = verdicts.min(by: { $0.verdict < $1.verdict }) else {
            return ReportReader.Finding(kind: .delivery, verdict: .auto)
        }
        return ReportReader.Finding(
            kind: .delivery, verdict: mildest.verdict, status: mildest.status,
            recipients: recipients.compactMap(\.address))
    }

    private static func verdict(
        _ recipient: Recipient, _ text: () -> [UInt8]
    ) -> (verdict: ReportClass, status: String) {
        let diagnosis = recipient.diagnosis
        let said = diagnosis.flatMap { StatusSearch.enhanced(in: $0.text.utf8) }
        let reply = diagnosis.flatMap { StatusSearch.reply(in: $0.text.utf8) }
        guard let status = said ?? recipient.status else {
            let words = ReportWords(diagnosis.map { Array($0.text.utf8) } ?? text())
            let verdict = given(recipient.action, StatusTable.verdict(nil, reply: reply, words: words))
            return (verdict, reply.map(String.init) ?? "")
        }
        let words = ReportWords(diagnosis.map { Array($0.text.utf8) } ?? text())
        // What the reporting server gave up after its days of trying is not dead, whatever was said on the way.
        let gaveUp = recipient.status?.class == 4 && status.class == 5
        var verdict = StatusTable.verdict(status, reply: reply, words: words, isLocal: diagnosis?.isLocal == true)
        if gaveUp { verdict = min(verdict, .soft) }
        if status.class == 2 { verdict = .auto }
        return (given(recipient.action, verdict), status.text)
    }

    /// RFC 3464 §2.3.3.
    private static func given(_ action: String, _ verdict: ReportClass) -> ReportClass {
        switch action {
        case "delayed": .delayed
        case "delivered", "relayed", "expanded", "expand": .auto
        default: verdict
        }
    }
}

extension String {
    fileprivate func split2(at mark: Character) -> (String, String?) {
        guard let place = firstIndex(of: mark) else { return (self, nil) }
        return (String(self[..<place]).trimmedOfBlanks, String(self[index(after: place)...]).trimmedOfBlanks)
    }

    /// `failed (bad destination mailbox)`; in a diagnosis brackets may hold anything, so that only one at the very end goes.
    fileprivate var withoutComments: String {
        guard utf8.last == UInt8(ascii: ")"), let open = utf8.lastIndex(of: UInt8(ascii: "(")), open > startIndex,
            !utf8.contains(UInt8(ascii: ";"))
        else { return self }
        return String(self[..<open]).trimmedOfBlanks
    }
}
