import Reports

/// Mailjet signs nothing: it is known by the user and password in its URL. One event a call, or several where they are
/// grouped.
struct MailjetHook: UnsignedHook {
    let credentials: HookCredentials

    func report(_ event: JSONValue) -> Report? {
        let marks: [Mark] = .echo(event["CustomID"].text)
        switch event["event"].text {
        case "spam": return .told(marks, .complaint)
        case "unsub": return .told(marks, .leave)
        case "bounce", "blocked": return failed(event, marks)
        default: return nil
        }
    }

    /// Its words for the reason are a list of its own; the receiver's stand in `comment`.
    private func failed(_ event: JSONValue, _ marks: [Mark]) -> Report {
        switch event["error"].text {
        case "greylisted": .told(marks, .delayed)
        case "duplicate in campaign": .told(marks, .auto)
        case "quota exceeded": .told(marks, .full)
        case "mailbox inactive": .told(marks, .disabled)
        // On Mailjet's own list, or not tried for another reason of its own.
        case "preblocked", "blacklisted", "spam reporter", "typofix": .told(marks, .strike)
        default: byKind(event, marks)
        }
    }

    private func byKind(_ event: JSONValue, _ marks: [Mark]) -> Report {
        switch event["error_related_to"].text {
        case "content", "spam", "policy": .told(marks, .ours)
        case "system", "mailjet": .told(marks, .soft)
        default:
            .told(
                marks, words: event["comment"].text, otherwise: event["hard_bounce"].isTrue ? .strike : .soft,
                most: event["hard_bounce"].isTrue ? .dead : .soft)
        }
    }
}
