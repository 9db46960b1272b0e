import Mail

/// The relay's half of the conversation: each reply finds its command, and its mail.
extension SMTPSession {
    package mutating func receive(_ bytes: UnsafeRawBufferPointer) {
        reader.append(bytes)
        do {
            while ended == nil, let found = try reader.next() { take(found) }
        } catch {
            end(.lost("The relay's answer is not SMTP"))
        }
    }

    private mutating func take(_ found: SMTPReplyReader.Found) {
        replies += 1
        // Of an answer that says yes and no, a no at its end is enough, but for the final dot's: there nobody can know.
        if !found.isUnanimous, found.code < 400 || awaited.first?.command == .content {
            return end(.lost("The relay's answer says yes and no"))
        }
        if found.code == 421 { return takeFarewell(found) }
        guard let first = awaited.first else { return end(.lost("The relay answered unasked")) }
        guard first.end <= written else { return takeEarly(found, to: first.command) }
        awaited.removeFirst()

        let isPositive = found.code < 300
        let isNegative = found.code >= 400
        switch first.command {
        case .mail where isPositive: if grouping == .off { composeRecipient(of: transactions[0].mail) }
        case .recipient where isPositive: if grouping == .off { compose("DATA\r\n", .data) }
        case .mail where isNegative, .recipient where isNegative: takeRefusal(reply(found, to: first.command))
        case .data where found.code == 354: takeGoAhead()
        case .data where isNegative: failEnvelope(transactions[0].refusal ?? reply(found, to: .data))
        case .content where isPositive: settle(.accepted)
        case .content where isNegative: settle(Verdict(refusal: reply(found, to: .content)))
        case .loneDot where isPositive || isNegative: break
        case .reset where isPositive:
            if grouping == .off, !transactions.isEmpty { composeEnvelope(of: transactions[0].mail) }
        case .quit: end(.lost("The conversation is over"))
        default: end(.lost("The relay's answer does not fit the command"))
        }
    }

    /// 421 may answer any command, and the conversation ends with it (RFC 5321 §3.8). In place of the answer to a mail's final
    /// dot it is that answer, and it is negative: a relay that has taken the mail says so first.
    private mutating func takeFarewell(_ found: SMTPReplyReader.Found) {
        let reply = reply(found, to: awaited.first?.command)
        if let first = awaited.first, first.command == .content, first.end <= written { settle(.later(reply)) }
        end(.unwelcome(reply))
    }

    /// A relay may refuse a mail's content before it has all of it; what is left of the content can then neither be sent
    /// nor left out.
    private mutating func takeEarly(_ found: SMTPReplyReader.Found, to command: Command) {
        if command == .content, found.code >= 400 { settle(Verdict(refusal: reply(found, to: .content))) }
        end(.lost("The relay answered before it was asked"))
    }

    private func reply(_ found: SMTPReplyReader.Found, to command: Command?) -> SMTPReply {
        reader.reply(found, to: command?.named ?? .other)
    }

    private mutating func takeRefusal(_ reply: SMTPReply) {
        guard grouping != .off else { return failEnvelope(reply) }
        if transactions[0].refusal == nil { transactions[0].refusal = reply }
    }

    /// "354" even though nobody is to get the mail: a dot by itself ends it (RFC 2920 §3.1).
    private mutating func takeGoAhead() {
        guard let refusal = transactions[0].refusal else { return composeContent() }
        failEnvelope(refusal)
        compose(".\r\n", .loneDot)
    }

    private mutating func failEnvelope(_ reply: SMTPReply) {
        mustReset = true
        settle(Verdict(refusal: reply))
    }

    private mutating func settle(_ verdict: Verdict) {
        outcomes.append(Outcome(tag: transactions.removeFirst().tag, verdict: verdict))
    }
}

extension Verdict {
    init(refusal reply: SMTPReply) { self = reply.code < 500 ? .later(reply) : .refused(reply) }
}

extension SMTPSession.Command {
    /// As others know it.
    var named: SMTPCommand {
        switch self {
        case .mail: .mail
        case .recipient: .recipient
        case .data: .data
        case .content: .content
        case .loneDot, .reset, .quit: .other
        }
    }
}
