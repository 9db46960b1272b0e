import Reports

/// Amazon SES, by SNS: either the identity's notifications (`notificationType`), or the events of a configuration set
/// (`eventType`); their shapes are the same.
struct SESHook: HookFormat {
    private let door: SNSDoor

    init?(topics: [String]) {
        guard let door = SNSDoor(topics: topics, of: SNSService.amazons) else { return nil }
        self.door = door
    }

    func open(_ call: HookCall) async throws(HookFailure) -> OpenedCall { try await door.open(call) }

    func report(_ event: JSONValue) -> Report? {
        let mail = event["mail"]
        // Without the original headers there is the sender, which bears the tag where the return path is ours.
        let marks: [Mark] = .echo(fields: mail["headers"]) + .echo(mail["source"].text)
        let id = mail["headers"].field("message-id")
        switch event["notificationType"].text ?? event["eventType"].text {
        case "Bounce": return bounce(event["bounce"], marks, id)
        case "Complaint": return complaint(event["complaint"], marks)
        case "DeliveryDelay": return .told(marks, .delayed)
        case "Reject": return .told(marks, .ours, messageID: id)
        default: return nil
        }
    }

    /// Of several recipients the mildest: we wrote to one.
    private func bounce(_ bounce: JSONValue, _ marks: [Mark], _ id: String?) -> Report {
        let recipients = bounce["bouncedRecipients"].items
        let reports = (recipients.isEmpty ? [.null] : recipients).map { recipient in
            self.bounce(bounce, recipient, recipients.compactMap { $0["emailAddress"].text }, marks, id)
        }
        return reports.min { $0.verdict < $1.verdict } ?? .told(marks, .soft)
    }

    private func bounce(
        _ bounce: JSONValue, _ recipient: JSONValue, _ all: [String], _ marks: [Mark], _ id: String?
    ) -> Report {
        let (status, words) = (recipient["status"].text, recipient["diagnosticCode"].text)
        switch (bounce["bounceType"].text, bounce["bounceSubType"].text ?? "") {
        // On Amazon's own list of those who bounced, or the account's: nothing was tried.
        case ("Permanent", let kind) where kind.contains("Suppress"): return .told(marks, .strike, messageID: id)
        case ("Permanent", _):
            return .told(
                marks, status: status, words: words, otherwise: .strike, recipients: Array(all.prefix(50)),
                messageID: id)
        case (_, "MailboxFull"): return .told(marks, .full, messageID: id)
        case (_, "MessageTooLarge"), (_, "ContentRejected"), (_, "AttachmentRejected"):
            return .told(marks, .ours, messageID: id)
        // Holiday notes too.
        default: return .told(marks, .soft, messageID: id)
        }
    }

    private func complaint(_ complaint: JSONValue, _ marks: [Mark]) -> Report {
        // A subtype says that nobody complained now: they are on a list of those who did.
        if complaint["complaintSubType"].text != nil { return .told(marks, .strike) }
        let isNone = ["not-spam", "auth-failure"].contains(complaint["complaintFeedbackType"].text)
        return .told(marks, isNone ? .auto : .complaint)
    }
}
