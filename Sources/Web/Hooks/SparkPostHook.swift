import Reports

/// SparkPost signs nothing: it is known by user and password. Many events a call, each in `{"msys": {"message_event":
/// …}}`; a call with none is its question whether we are there.
struct SparkPostHook: UnsignedHook {
    let credentials: HookCredentials

    func events(in body: JSONValue) -> [JSONValue] { body.items.flatMap { Array($0["msys"].members.values) } }

    func report(_ event: JSONValue) -> Report? {
        let marks: [Mark] = .echo(event["rcpt_meta"]["courant"].text)
        let words = event["raw_reason"].text ?? event["reason"].text
        switch event["type"].text {
        case "spam_complaint": return .told(marks, .complaint)
        case "list_unsubscribe", "link_unsubscribe": return .told(marks, .leave)
        case "delay": return .told(marks, .delayed)
        case "bounce", "out_of_band": return bounce(event["bounce_class"].text ?? "", words, marks)
        case "policy_rejection", "generation_rejection":
            // On SparkPost's own list of those who bounced: nothing was tried.
            return .told(marks, words?.contains("suppress") == true ? .strike : .ours)
        default: return nil
        }
    }

    /// Its classes are a list of its own.
    private func bounce(_ class: String, _ words: String?, _ marks: [Mark]) -> Report {
        switch `class` {
        // Invalid recipient, no recipient, wish to leave.
        case "10", "30", "90": .told(marks, words: words, otherwise: .strike)
        case "22": .told(marks, .full)
        case "25": .told(marks, .strike)
        // Too large, and whatever is blocked as spam or unwanted.
        case "23", "50", "51", "52", "53", "54": .told(marks, .ours)
        // Holiday notes, challenges, wishes to subscribe.
        case "60", "80", "100": .told(marks, .auto)
        default: .told(marks, words: words, otherwise: .soft, most: .soft)
        }
    }
}
