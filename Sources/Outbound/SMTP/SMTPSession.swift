package import Mail

/// One conversation with a relay, from the end of EHLO and AUTH to QUIT, as a value: mails and the relay's bytes go in,
/// bytes for the relay and verdicts come out. It opens no socket and knows no clock, so that any conversation, however
/// hostile, can be played to it in a test.
///
/// Commands are grouped as far as `grouping` allows (RFC 2920): with `.body` a mail's content travels with the next
/// mail's envelope, so that each mail costs one round trip. Replies are matched to commands strictly in order; a reply
/// that was not asked for, or came before its command was on the wire, ends the conversation, because from then on
/// nothing it says is about the mail it seems to be about.
///
/// When the conversation ends, each mail's verdict says what is certain: before its final dot went out the relay cannot
/// have it; after that, without an answer, it is in doubt.
package struct SMTPSession<Tag>: ~Copyable {
    package struct Outcome {
        package let tag: Tag
        package let verdict: Verdict
        /// Where the conversation died under the mail: what was not answered. Nil where it had not begun.
        package var unanswered: SMTPCommand?
    }

    /// What the other side owes us.
    package enum Wait { case nothing, reply, finalDot }

    struct Transaction {
        let mail: OutgoingMail
        let tag: Tag
        /// The envelope's first refusal, kept until all of the envelope's replies are in.
        var refusal: SMTPReply?
        /// Where in the stream the final dot's line ends, once the content has been composed.
        var contentEnd: Int?
    }

    enum Command {
        case mail, recipient, data, content, loneDot, reset, quit
    }

    struct Awaited {
        let command: Command
        /// Where in the stream the command ends: no reply to it can be honest before that is written.
        let end: Int
    }

    private let abilities: SMTPAbilities
    let grouping: SMTPRelay.Configuration.Grouping
    var reader = SMTPReplyReader()

    /// At most two mails: one that is being decided, and one whose envelope travels with the first one's content.
    var transactions: [Transaction] = []
    var awaited: [Awaited] = []
    private var mailsLeft: Int
    /// After a failed envelope the relay may still hold its MAIL FROM, and would use it for the next mail.
    var mustReset = false

    /// Bytes for the relay: `output` holds the stream's bytes from `outputStart` on, of which those up to `written` are
    /// on the wire.
    private var output: [UInt8] = []
    private var outputStart = 0
    var written = 0
    private var composed: Int { outputStart + output.count }
    /// Where the newest mail's MAIL FROM begins, until its first byte is on the wire.
    private var unstarted: Int?

    /// QUIT has been said.
    package private(set) var isLeaving = false
    /// Replies so far: a relay that drips bytes makes no progress.
    package internal(set) var replies = 0
    /// Why the conversation is over; after it, only `takeOutcomes` has a meaning.
    package private(set) var ended: RelayFailure?
    var outcomes: [Outcome] = []

    package init(abilities: SMTPAbilities, grouping: SMTPRelay.Configuration.Grouping, mails: Int) {
        self.abilities = abilities
        self.grouping = abilities.pipelining ? grouping : .off
        self.mailsLeft = mails
    }
}

// MARK: Mails

extension SMTPSession {
    /// Whether `begin` may be called.
    package var wantsMail: Bool {
        guard ended == nil, !isLeaving, mailsLeft > 0 else { return false }
        switch grouping {
        case .body: return transactions.isEmpty || (transactions.count == 1 && transactions[0].contentEnd != nil)
        case .envelope: return transactions.isEmpty
        case .off: return transactions.isEmpty && awaited.isEmpty
        }
    }

    package var isIdle: Bool { transactions.isEmpty && awaited.isEmpty && composed == written }

    /// As many mails as it may carry have gone, and all are answered.
    package var isSpent: Bool { mailsLeft <= 0 && isIdle }

    /// Why this mail cannot be begun here; nil if it can.
    package func objection(to mail: OutgoingMail) -> Verdict? {
        let sender = mail.sender?.fitness ?? .plain
        let fitness = max(sender, mail.recipient.fitness)
        if fitness == .unfit {
            let status = EnhancedStatus(class: 5, subject: 1, detail: sender == .unfit ? 7 : 3)
            return .refused(
                SMTPReply(
                    code: 553, enhanced: status, text: "The address cannot stand in an envelope",
                    to: sender == .unfit ? .mail : .recipient))
        }
        return fitness == .needsUTF8 && !abilities.smtpUTF8 ? .unsent(.addressNeedsUTF8) : nil
    }

    /// Composes the mail's envelope. Only where `wantsMail`, and for a mail without `objection`.
    package mutating func begin(_ mail: OutgoingMail, tag: Tag) {
        transactions.append(Transaction(mail: mail, tag: tag))
        mailsLeft -= 1
        if mustReset {
            mustReset = false
            compose("RSET\r\n", .reset)
            if grouping == .off { return }
        }
        composeEnvelope(of: mail)
    }

    /// Leaves as soon as the relay has answered everything.
    package mutating func quit() {
        guard !isLeaving, ended == nil else { return }
        isLeaving = true
        compose("QUIT\r\n", .quit)
    }

    /// The conversation is over: each mail that is still under way gets the verdict that is certain.
    package mutating func end(_ failure: RelayFailure) {
        guard ended == nil else { return }
        ended = failure
        let begun = unstarted == nil ? transactions.count : transactions.count - 1
        for (index, transaction) in transactions.enumerated() {
            let mayHaveIt = transaction.contentEnd.map { written > $0 - ".\r\n".utf8.count } ?? false
            let command: SMTPCommand? =
                index < begun ? (index == 0 ? awaited.first?.command.named ?? .other : .mail) : nil
            outcomes.append(
                Outcome(
                    tag: transaction.tag, verdict: mayHaveIt ? .inDoubt : .unsent(failure), unanswered: command))
        }
        transactions.removeAll()
    }

    package mutating func takeOutcomes(_ body: (Outcome) -> Void) {
        guard !outcomes.isEmpty else { return }
        outcomes.forEach(body)
        outcomes.removeAll(keepingCapacity: true)
    }
}

// MARK: Bytes for the relay

extension SMTPSession {
    package struct Piece {
        fileprivate let range: Range<Int>
        /// The mail whose MAIL FROM begins in this piece, and may not, once its person has withdrawn.
        package let starts: Tag?
        package var count: Int { range.count }
    }

    package var hasOutput: Bool { ended == nil && written < composed }

    package var wait: Wait {
        if hasOutput { return .reply }
        guard let first = awaited.first else { return .nothing }
        return first.command == .content || first.command == .loneDot ? .finalDot : .reply
    }

    /// Whether a mail's final dot is on the wire: its answer alone tells what became of it.
    package var isDecisive: Bool { transactions.contains { $0.contentEnd.map { $0 <= written } ?? false } }

    /// The next bytes to write.
    package func nextPiece(atMost limit: Int) -> Piece {
        let end = min(composed, written + limit)
        let startsMail = unstarted.map { $0 < end } ?? false
        return Piece(range: written..<end, starts: startsMail ? transactions.last?.tag : nil)
    }

    package func withBytes<Result>(of piece: Piece, _ body: (UnsafeRawBufferPointer) throws -> Result) rethrows
        -> Result
    {
        try output.withUnsafeBytes { bytes in
            let start = piece.range.lowerBound - outputStart
            return try body(UnsafeRawBufferPointer(rebasing: bytes[start..<(start + piece.count)]))
        }
    }

    /// So many bytes are on the wire.
    package mutating func wrote(_ count: Int) {
        written += count
        if let start = unstarted, written > start { unstarted = nil }
        if written == composed {
            outputStart = composed
            output.removeAll(keepingCapacity: output.capacity <= 256 * 1024)
        }
    }

    /// Takes back the mail whose MAIL FROM is not on the wire yet: its person has withdrawn, or it is no longer ours to send.
    package mutating func retract(_ verdict: Verdict) {
        guard let start = unstarted, let transaction = transactions.popLast() else { return }
        output.removeLast(composed - start)
        awaited.removeAll { $0.end > start }
        unstarted = nil
        mailsLeft += 1
        outcomes.append(Outcome(tag: transaction.tag, verdict: verdict))
    }

    mutating func compose(_ text: String, _ command: Command) {
        output.append(contentsOf: text.utf8)
        awaited.append(Awaited(command: command, end: composed))
    }

    mutating func composeEnvelope(of mail: OutgoingMail) {
        unstarted = composed
        composeSender(of: mail)
        guard grouping != .off else { return }
        composeRecipient(of: mail)
        compose("DATA\r\n", .data)
    }

    private mutating func composeSender(of mail: OutgoingMail) {
        output.append(contentsOf: "MAIL FROM:<".utf8)
        if let sender = mail.sender { append(sender) }
        output.append(UInt8(ascii: ">"))
        if abilities.size { output.append(contentsOf: " SIZE=\(mail.content.count)".utf8) }
        if abilities.smtpUTF8, mail.recipient.fitness == .needsUTF8 || mail.sender?.fitness == .needsUTF8 {
            output.append(contentsOf: " SMTPUTF8".utf8)
        }
        compose("\r\n", .mail)
    }

    mutating func composeRecipient(of mail: OutgoingMail) {
        output.append(contentsOf: "RCPT TO:<".utf8)
        append(mail.recipient)
        compose(">\r\n", .recipient)
    }

    private mutating func append(_ address: EmailAddress) {
        output.append(contentsOf: address.localPart.utf8)
        output.append(UInt8(ascii: "@"))
        output.append(contentsOf: address.domain.utf8)
    }

    mutating func composeContent() {
        transactions[0].mail.content.appendForTheWire(to: &output)
        compose(".\r\n", .content)
        transactions[0].contentEnd = composed
    }
}
