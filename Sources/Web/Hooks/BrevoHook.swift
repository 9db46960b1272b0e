import Reports

/// Brevo signs nothing: it is known by a token, or by user and password. One event a call, or several where they are
/// batched.
struct BrevoHook: UnsignedHook {
    let credentials: HookCredentials

    func report(_ event: JSONValue) -> Report? {
        let (marks, words): ([Mark], String?) = (.echo(event["X-Mailin-custom"].text), event["reason"].text)
        switch event["event"].text {
        case "hard_bounce", "invalid_email": return .told(marks, words: words, otherwise: .strike)
        case "soft_bounce": return .told(marks, words: words, otherwise: .soft, most: .soft)
        // On Brevo's own list of those who bounced or left: nothing was tried.
        case "blocked" where words?.contains("blacklist") == true: return .told(marks, .strike)
        case "blocked": return .told(marks, .ours)
        case "spam", "complaint": return .told(marks, .complaint)
        case "unsubscribed": return .told(marks, .leave)
        // Also with the code of somebody who is not there: Brevo goes on trying, and says so when it has given up.
        case "deferred": return .told(marks, .delayed)
        default: return nil
        }
    }
}
