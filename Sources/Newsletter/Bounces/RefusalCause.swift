package import Mail
import Reports

/// Whose affair a refusal is (RFC 3463), named for what may follow from it; nobody is ever blamed for what is ours. Only the
/// answer to `RCPT` can speak of the recipient: what is refused at `MAIL`, `DATA` or the final dot is our sender or our
/// content, whatever the code says.
package enum RefusalCause: String, Sendable, CaseIterable {
    /// Said not to exist, by an enhanced code that no word beside it contradicts: the subscription is held.
    case dead
    /// The mailbox is full, switched off, or takes mail from some senders alone: this mail is lost, and nothing follows.
    case mailbox
    /// About us: sender, reputation, authentication, content, size, protocol, a quota of ours.
    case ours
    /// It does not say.
    case unclear

    package init(_ reply: SMTPReply) {
        guard reply.command == .recipient else {
            self = .ours
            return
        }
        let words = ReportWords(reply.text.utf8)
        guard let enhanced = reply.enhanced, enhanced.class == 5 else {
            self = [550, 551, 553, 554].contains(reply.code) ? .unclear : words.speakOfRoom ? .mailbox : .ours
            return
        }
        switch StatusTable.verdict(enhanced, words: words) {
        case .dead: self = .dead
        case .full, .disabled, .refused: self = .mailbox
        case .ours: self = .ours
        default: self = .unclear
        }
    }

    /// Whether it is the recipient's affair, so that to try again would change nothing.
    var isTheirs: Bool { self == .dead || self == .mailbox }
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

    /// Whether a mail that waits with this status waits for somebody who is held.
    package static func saysDead(_ status: String) -> Bool {
        ["5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10"].contains(status)
    }

    private static func meaning(ofRecipients status: String) -> String {
        switch status {
        case "5.1.1": "said not to exist: no such mailbox"
        case "5.1.2", "5.1.10": "said not to exist: no such domain for mail"
        case "5.1.3": "said not to exist: no usable address"
        case "5.1.6": "said not to exist: the mailbox has moved"
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
