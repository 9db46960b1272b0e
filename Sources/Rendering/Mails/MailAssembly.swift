internal import Mail

/// Writes headers, parts and boundaries around a mail's text and HTML, and cuts the result at what differs per mail.
struct MailAssembly {
    let draft: MailDraft
    let sentinels: Sentinels
    private var known: [UInt8] = []
    private var places: [CompiledMail.Place] = []

    init(draft: MailDraft, sentinels: Sentinels) {
        self.draft = draft
        self.sentinels = sentinels
    }

    func variant(subject: [Sentinels.Piece], text: String, html: String) -> CompiledMail.Variant {
        var assembly = self
        // "=_" cannot occur in quoted-printable, so no part can hold the boundary (RFC 2045 §6.7).
        let boundary = "=_courant_\(fingerprint(html))"
        assembly.headers(subject, boundary)
        assembly.part(text, type: "text/plain", boundary) { $1 ? .quote($0) : .text($0) }
        assembly.part(html, type: "text/html", boundary) { variable, _ in .html(variable) }
        assembly.add("--\(boundary)--\r\n")
        return CompiledMail.Variant(known: assembly.known, places: assembly.places, boundary: boundary)
    }

    /// The header set of the kind: RFC 5322 §3.6, RFC 2369, RFC 2919, RFC 8058 and RFC 3834.
    private mutating func headers(_ subject: [Sentinels.Piece], _ boundary: String) {
        let letterhead = draft.letterhead
        open("Date", .date)
        write { $0.add("From", letterhead.from) }
        if let replyTo = letterhead.replyTo { write { $0.add("Reply-To", replyTo) } }
        open("To", .recipient)
        self.subject(subject)
        open("Message-ID", .messageID)
        if draft.kind.hasListID, let list = letterhead.list { write { $0.add("List-Id", list) } }
        if draft.kind.hasUnsubscribe {
            // Exactly one HTTPS URI, and it comes first (RFC 8058 §3.1); without a fold that a naive reader might stumble over.
            open("List-Unsubscribe", start: " <", .unsubscribe, end: ">")
            fill(.leave)
            add("\r\n")
            write { $0.add("List-Unsubscribe-Post", "List-Unsubscribe=One-Click") }
        }
        if draft.kind.isBulk {
            if let help = letterhead.help { write { $0.add("List-Help", help) } }
            if let owner = letterhead.owner { write { $0.add("List-Owner", owner) } }
            write { $0.add("List-Post", "NO") }
            fill(.complaints)
        }
        if let feedback = letterhead.feedbackID { write { $0.add("Feedback-ID", feedback) } }
        fill(.echo)
        if draft.kind.isAutomatic { write { $0.add("Auto-Submitted", "auto-generated") } }
        add("Content-Language: \(draft.language.code)\r\n")
        write { $0.add("MIME-Version", "1.0") }
        add("Content-Type: multipart/alternative;\r\n boundary=\"\(boundary)\"\r\n\r\n")
    }

    private mutating func subject(_ pieces: [Sentinels.Piece]) {
        let isStatic = !pieces.contains { if case .variable = $0 { true } else { false } }
        guard isStatic, case .bytes(let bytes)? = pieces.first,
            let text = HeaderText(cleaning: String(decoding: bytes, as: UTF8.self))
        else { return open("Subject", .subject(pieces)) }
        write { $0.add("Subject", text) }
    }

    private mutating func part(
        _ content: String, type: String, _ boundary: String,
        _ slot: (MailVariable, _ isQuote: Bool) -> CompiledMail.Slot
    ) {
        add(
            "--\(boundary)\r\nContent-Type: \(type); charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
        )
        var coder = QuotedPrintable()
        let pieces = sentinels.split(content.utf8)
        for (index, piece) in pieces.enumerated() {
            let place: CompiledMail.Slot
            switch piece {
            case .bytes(let bytes):
                coder.append(bytes)
                continue
            case .variable(let variable): place = slot(variable, Self.isQuote(at: index, of: pieces))
            case .underline(let variable, let mark): place = .underline(variable, mark)
            }
            coder.breakLine()
            add(coder.bytes)
            fill(place)
            coder = QuotedPrintable()
        }
        add(coder.bytes)
        if coder.bytes.suffix(2) != [0x0D, 0x0A] { add("\r\n") }
    }

    /// Alone on a line behind the mark of a quotation.
    private static func isQuote(at index: Int, of pieces: [Sentinels.Piece]) -> Bool {
        guard index > 0, case .bytes(let before) = pieces[index - 1], before.suffix(3).elementsEqual("\n> ".utf8),
            index + 1 < pieces.count, case .bytes(let after) = pieces[index + 1]
        else { return false }
        return after.first == UInt8(ascii: "\n")
    }

    private mutating func open(
        _ name: StaticString, start: StaticString = " ", _ slot: CompiledMail.Slot, end: String = "\r\n"
    ) {
        add("\(name):\(start)")
        fill(slot)
        add(end)
    }

    private mutating func write(_ field: (inout HeaderBlock) -> Void) {
        var block = HeaderBlock()
        field(&block)
        add(block.bytes)
    }

    private mutating func add(_ text: String) { known += text.utf8 }
    private mutating func add(_ bytes: [UInt8]) { known += bytes }
    private mutating func fill(_ slot: CompiledMail.Slot) {
        places.append(CompiledMail.Place(after: known.count, slot: slot))
    }

    /// The same for the same text whatever its stand-ins are, so that a mail that is sent again is the same mail.
    private func fingerprint(_ text: String) -> String {
        let named = sentinels.replace(in: text) { "{{\($0.rawValue)}}" }
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in named.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        return String(hash, radix: 36)
    }
}
