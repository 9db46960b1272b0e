import Reports

/// Postmark signs nothing: it is known by user and password. One event a call.
struct PostmarkHook: UnsignedHook {
    let credentials: HookCredentials

    func report(_ event: JSONValue) -> Report? {
        let marks: [Mark] = .echo(event["Metadata"]["courant"].text)
        switch event["RecordType"].text {
        case "SpamComplaint": return .told(marks, .complaint)
        case "Bounce": return bounce(event, marks)
        // By its own link, where it adds one; what it suppresses for another reason it has told before.
        case "SubscriptionChange" where event["SuppressSending"].isTrue && event["Origin"].text == "Recipient":
            return event["SuppressionReason"].text == "ManualSuppression" ? .told(marks, .leave) : nil
        default: return nil
        }
    }

    private func bounce(_ event: JSONValue, _ marks: [Mark]) -> Report {
        switch event["Type"].text {
        case "HardBounce", "BadEmailAddress": .told(marks, words: event["Details"].text, otherwise: .strike)
        case "ManuallyDeactivated": .told(marks, .strike)
        case "SpamComplaint": .told(marks, .complaint)
        case "Unsubscribe": .told(marks, .leave)
        case "SpamNotification", "Blocked", "DMARCPolicy", "VirusNotification": .told(marks, .ours)
        case "Transient", "SoftBounce", "DnsError":
            .told(marks, words: event["Details"].text, otherwise: .soft, most: .soft)
        default: .told(marks, .auto)
        }
    }
}
