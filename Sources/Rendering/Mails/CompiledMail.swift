internal import Mail

/// A mail whose bytes are known but for a few places: what one recipient's mail costs is a copy and those places.
///
/// A section that depends on whether somebody has a name or a company makes two variants of everything; each is compiled beforehand.
package struct CompiledMail: Sendable {
    /// What fills a place, named for how its value must be written there.
    enum Slot: Sendable {
        case date, recipient, messageID, unsubscribe
        /// A second address to leave by, where there is one.
        case leave
        /// A field of the head, where there is one.
        case echo
        /// Where mailbox providers may report complaints to (RFC 9477), where they may.
        case complaints
        case subject([Sentinels.Piece])
        case text(MailVariable)
        case html(MailVariable)
        /// A value that is a whole quotation in the text: its lines are broken and marked.
        case quote(MailVariable)
        /// So much of the line below a heading as the value takes above.
        case underline(MailVariable, UInt8)
    }

    /// Where a value stands: behind so many of the known bytes.
    struct Place: Sendable {
        let after: Int
        let slot: Slot
    }

    struct Variant: Sendable {
        var known: [UInt8] = []
        var places: [Place] = []
        var boundary = ""
        /// As an inbox shows them.
        var subject: [Sentinels.Piece] = []
        var preheader: [Sentinels.Piece] = []
    }

    private let conditions: [MailVariable]
    private let variants: [Variant]
    private let required: [MailVariable]
    /// What the editor should know, though it does not keep the mail from being sent.
    package let warnings: [Finding]

    init(conditions: [MailVariable], variants: [Variant], required: [MailVariable], warnings: [Finding]) {
        self.conditions = conditions
        self.variants = variants
        self.required = required
        self.warnings = warnings
    }

    /// One recipient's mail, as `OutgoingMail.content` wants it: 7-bit, CRLF, no line that begins with a dot. The links
    /// that its kind needs must be among the values.
    package func render(_ values: MailValues) -> [UInt8] {
        var bytes: [UInt8] = []
        render(values, into: &bytes)
        return bytes
    }

    /// Appends one recipient's mail.
    package func render(_ values: MailValues, into bytes: inout [UInt8]) {
        for variable in required {
            precondition(values[variable] != nil, "the mail needs a link that it was not given")
        }
        let variant = variant(for: values)
        bytes.reserveCapacity(bytes.count + variant.known.count + Self.roomForValues)
        var written = 0
        for place in variant.places {
            bytes.append(contentsOf: variant.known[written..<place.after])
            written = place.after
            fill(place.slot, values, &bytes)
        }
        bytes.append(contentsOf: variant.known[written...])
    }

    /// More than the values of a mail take nearly always; where they take more, the mail grows.
    private static let roomForValues = 2_048

    private func variant(for values: MailValues) -> Variant {
        var mask = 0
        for (index, variable) in conditions.enumerated() where !(values[variable] ?? "").isEmpty { mask |= 1 << index }
        return variants[mask]
    }

    private func fill(_ slot: Slot, _ values: MailValues, _ bytes: inout [UInt8]) {
        switch slot {
        case .date: bytes.append(contentsOf: values.date.bytes)
        case .recipient: HeaderBlock.append(values.recipient, to: &bytes)
        case .messageID: HeaderBlock.append(values.messageID, to: &bytes)
        case .unsubscribe: if let uri = values.unsubscribeURL { bytes.append(contentsOf: uri.text.utf8) }
        case .leave: if let uri = values.leaveAddress { bytes.append(contentsOf: ", <\(uri.text)>".utf8) }
        case .echo: if let field = values.echo { bytes.append(contentsOf: "\(field)\r\n".utf8) }
        case .complaints:
            if let address = values.complaintAddress {
                bytes.append(contentsOf: "CFBL-Address: \(address.wire); report=arf\r\n".utf8)
            }
        case .subject(let pieces): bytes.append(contentsOf: subject(pieces, values))
        case .text(let variable): QuotedPrintable.append(plain(variable, values), to: &bytes)
        case .quote(let variable):
            let text = String(decoding: plain(variable, values), as: UTF8.self)
            QuotedPrintable.append(Array(TextWriter.quoted(text).utf8), to: &bytes)
        case .underline(let variable, let mark):
            let columns = String(decoding: plain(variable, values), as: UTF8.self).count
            QuotedPrintable.append(Array(repeating: mark, count: columns), to: &bytes)
        case .html(let variable):
            var escaped: [UInt8] = []
            HTMLEscaping.append(plain(variable, values), to: &escaped)
            QuotedPrintable.append(escaped, to: &bytes)
        }
    }

    /// A value without control characters; line breaks stay where the variable has them.
    private func plain(_ variable: MailVariable, _ values: MailValues) -> [UInt8] {
        guard let value = values[variable] else { return [] }
        var bytes = Array(value.utf8)
        for index in bytes.indices where bytes[index] < 0x20 || bytes[index] == 0x7F {
            if bytes[index] != 0x0A || !variable.hasLines { bytes[index] = 0x20 }
        }
        return bytes
    }

    private func subject(_ pieces: [Sentinels.Piece], _ values: MailValues) -> [UInt8] {
        HeaderText(cleaning: filled(pieces, values)).map { HeaderBlock.folded($0, after: "Subject: ".utf8.count) } ?? []
    }

    private func filled(_ pieces: [Sentinels.Piece], _ values: MailValues) -> String {
        pieces.reduce(into: "") { text, piece in
            switch piece {
            case .bytes(let bytes): text += String(decoding: bytes, as: UTF8.self)
            case .variable(let variable): text += values[variable] ?? ""
            case .underline: break
            }
        }
    }
}

extension CompiledMail {
    /// The mail as its reader sees it, decoded from the very bytes that would be sent.
    package func preview(_ values: MailValues) -> (subject: String, preheader: String, html: String, text: String) {
        let variant = variant(for: values)
        let bytes = render(values)
        let mark = Array("--\(variant.boundary)".utf8)
        var parts: [String] = []
        var rest = bytes[...]
        while let start = rest.place(of: mark), let end = rest[start.upperBound...].place(of: mark) {
            let part = rest[start.upperBound..<end.lowerBound]
            if let head = part.dropFirst(2).place(of: Array("\r\n\r\n".utf8)) {
                parts.append(String(decoding: QuotedPrintable.decode(part[head.upperBound...]), as: UTF8.self))
            }
            rest = rest[end.lowerBound...]
        }
        return (
            filled(variant.subject, values), filled(variant.preheader, values), parts.last ?? "", parts.first ?? ""
        )
    }
}
