package import Mail

/// When a mail that a relay put off is tried again: after 5 minutes, 20 minutes, 1 hour, then every 4 hours, the last
/// time 48 hours after the first.
package enum RetrySchedule {
    package static let delays: [Duration] = {
        let first: [Duration] = [.seconds(300), .seconds(1200), .seconds(3600)]
        let often = first + Array(repeating: Duration.seconds(4 * 3600), count: 11)
        return often + [.seconds(48 * 3600) - often.reduce(.zero, +)]
    }()

    /// How long to wait after being put off for the `attempts`th time (1 is the first); nil: no more.
    package static func delay(after attempts: Int) -> Duration? {
        attempts >= 1 && attempts <= delays.count ? delays[attempts - 1] : nil
    }
}

/// Whose fault a refusal is (RFC 3463; the subscriber is never blamed for ours). Only the answer to `RCPT` can speak of the
/// recipient: what is refused at `MAIL`, `DATA` or the final dot is our sender or our content, whatever the code says.
package enum RefusalCause: Sendable, Equatable {
    /// There is no such mailbox.
    case deadAddress
    /// The relay or the receiver objects to us: reputation, authentication, content policy.
    case sender
    case other

    package init(_ reply: SMTPReply) {
        guard reply.command == .recipient else {
            self = .sender
            return
        }
        guard let enhanced = reply.enhanced, enhanced.class == 5 else {
            self = .other
            return
        }
        switch (enhanced.subject, enhanced.detail) {
        case (1, 1), (1, 2), (1, 3), (1, 6), (1, 10): self = .deadAddress
        case (1, 7), (1, 8), (7, _): self = .sender
        default: self = .other
        }
    }
}

extension RefusalCause {
    /// What a status says, in words for whoever sent the campaign.
    package static func meaning(of status: String) -> String {
        let words = status.split(separator: " ", maxSplits: 2)
        guard words.count == 3 else { return meaning(ofRecipients: status) }
        switch words[0] {
        case "5.2.3", "5.3.4", "552": return "our mail is too large"
        case "5.6.0": return "our mail could not be made or read"
        default:
            return words[2] == SMTPCommand.mail.name ? "our sender address is not accepted" : "refused because of us"
        }
    }

    private static func meaning(ofRecipients status: String) -> String {
        switch status {
        case "5.1.1": "no such mailbox; erased"
        case "5.1.2", "5.1.10": "no such domain for mail; erased"
        case "5.1.3": "no usable address; erased"
        case "5.1.6": "the mailbox has moved; erased"
        case "5.1.7", "5.1.8": "our sender address is not accepted"
        case "5.2.1": "the mailbox is switched off"
        case "5.2.2", "4.2.2": "the mailbox is full"
        case "5.2.3", "5.3.4": "our mail is too large"
        case "5.6.0": "our mail could not be made or read"
        case "5.6.7": "the relay cannot carry the address (SMTPUTF8)"
        case _ where status.hasPrefix("5.7."): "refused because of us: reputation, SPF, DKIM or content"
        case _ where status.hasPrefix("5.4."): "the receiving server could not be found or reached"
        case _ where status.hasPrefix("5.5."), _ where status.hasPrefix("5.6."):
            "a fault of ours in protocol or content"
        default: "refused for another reason"
        }
    }
}

extension SMTPReply {
    /// `5.1.1`, or `550` where the relay sends no enhanced codes; `5.1.1 at MAIL` where it did not answer `RCPT`. Never the
    /// text: it may quote the address.
    package var status: String {
        let status = enhanced.map { "\($0.class).\($0.subject).\($0.detail)" } ?? String(code)
        return command == .recipient ? status : "\(status) at \(command.name)"
    }
}
