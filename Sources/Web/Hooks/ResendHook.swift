import Newsletter
import Reports

/// Resend, by Standard Webhooks; so do others who send the same events. One a call.
struct ResendHook: HookFormat {
    private let signing: StandardWebhook

    init?(key: String) {
        guard let signing = StandardWebhook(key: key) else { return nil }
        self.signing = signing
    }

    func open(_ call: HookCall) throws(HookFailure) -> OpenedCall {
        let signed = try signing.check(call)
        return OpenedCall(try JSONValue(call.body).items, signed: signed)
    }

    func report(_ event: JSONValue) -> Report? {
        let data = event["data"]
        let marks: [Mark] = .echo(data["tags"]["courant"].text) + .echo(fields: data["headers"])
        switch event["type"].text {
        case "email.complained": return .told(marks, .complaint)
        case "email.delivery_delayed": return .told(marks, .delayed)
        // On Resend's own list of those who bounced: nothing was tried.
        case "email.suppressed": return .told(marks, .strike)
        case "email.bounced": return bounce(data["bounce"], marks)
        default: return nil
        }
    }

    private func bounce(_ bounce: JSONValue, _ marks: [Mark]) -> Report {
        let (type, words) = (bounce["type"].text, bounce["message"].text)
        let isSuppressed = bounce["subType"].text?.lowercased().contains("suppress") == true
        guard type == "Permanent" || isSuppressed else {
            return .told(marks, words: words, otherwise: .soft, most: .soft)
        }
        return isSuppressed ? .told(marks, .strike) : .told(marks, words: words, otherwise: .strike)
    }
}
