import Mail
import CoreMetrics

/// What is counted for whoever watches the service. No label can be traced to a person, and none tells a known address from
/// an unknown one.
enum Measures {
    static let requested = subscription("requested")
    static let confirmed = subscription("confirmed")
    static let refused = subscription("refused")
    static let expired = subscription("expired")
    static let unsubscribed = subscription("unsubscribed")
    static let retained = subscription("outlived")
    /// On the privacy page or by staff.
    static let erased = subscription("erased")
    static let wrongTokens = Counter(label: "courant_wrong_tokens_total")
    /// Mails that wait in the dispatcher or at the relay.
    static let underWay = Gauge(label: "courant_mails_under_way")

    private static func subscription(_ step: String) -> Counter {
        Counter(label: "courant_subscriptions_total", dimensions: [("step", step)])
    }

    private static let accepted = mail("accepted")
    private static let later = mail("later")
    private static let refusedMail = mail("refused")
    private static let unsent = mail("unsent")
    private static let inDoubt = mail("in-doubt")
    private static let withdrawn = mail("withdrawn")

    private static func mail(_ verdict: String) -> Counter {
        Counter(label: "courant_mails_total", dimensions: [("verdict", verdict)])
    }

    static func count(_ verdict: Verdict) {
        switch verdict {
        case .accepted: accepted.increment()
        case .later: later.increment()
        case .refused: refusedMail.increment()
        case .unsent, .recalled: unsent.increment()
        case .inDoubt: inDoubt.increment()
        case .withdrawn: withdrawn.increment()
        }
    }
}
