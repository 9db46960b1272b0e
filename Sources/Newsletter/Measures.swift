import CoreMetrics
package import Mail

/// What is counted for whoever watches the service. No label can be traced to a person, and none tells a known address from
/// an unknown one.
package enum Measures {
    static let requested = subscription("requested")
    static let confirmed = subscription("confirmed")
    static let refused = subscription("refused")
    static let expired = subscription("expired")
    static let unsubscribed = subscription("unsubscribed")
    static let retained = subscription("outlived")
    /// Said not to exist, and held for long enough.
    static let dead = subscription("dead")
    /// On the privacy page or by staff.
    static let erased = subscription("erased")
    /// 1 where the time of day may end something.
    static let clockStands = Gauge(label: "courant_clock_stands")
    /// Who would end, were a sweep not held for a person to look at.
    static let held = Gauge(label: "courant_retention_held")
    static let wrongTokens = Counter(label: "courant_wrong_tokens_total")
    /// Mails that wait in the dispatcher or at the relay.
    static let underWay = Gauge(label: "courant_mails_under_way")

    private static func subscription(_ step: String) -> Counter {
        Counter(label: "courant_subscriptions_total", dimensions: [("step", step)])
    }

    private static let relayFailures = Dictionary(
        uniqueKeysWithValues: ["unreachable", "insecure", "unauthorised", "unwelcome", "lost"].map {
            ($0, Counter(label: "courant_relay_failures_total", dimensions: [("cause", $0)]))
        })

    /// An attempt to use a relay has come to nothing.
    package static func count(_ failure: RelayFailure) { relayFailures[failure.kind]?.increment() }

    /// Every series is there from the start, with nought: a rule on one that is born with its first event is silent until then.
    package static func begin() {
        _ = (
            requested, confirmed, refused, expired, unsubscribed, retained, erased, underWay, relayFailures,
            clockStands, held, wrongTokens
        )
        _ = (accepted, later, refusedMail, unsent, inDoubt, withdrawn, heldBack, givenUp, reports)
    }

    /// There only where there is a receiver of events.
    package static func beginEvents() { _ = (deliveredEvents, failedEvents, givenUpEvents) }

    private static let deliveredEvents = event("delivered")
    private static let failedEvents = event("failed")
    static let givenUpEvents = event("given-up")

    private static func event(_ outcome: String) -> Counter {
        Counter(label: "courant_events_total", dimensions: [("outcome", outcome)])
    }

    static func count(_ outcome: EventOutcome) {
        switch outcome {
        case .delivered: deliveredEvents.increment()
        case .failed: failedEvents.increment()
        case .recalled: break
        }
    }

    /// There only where a mailbox is read.
    private static let mailboxUp = Gauge(label: "courant_mailbox_up")
    private static let mailboxMails = Gauge(label: "courant_mailbox_mails")

    /// Nothing is known against the mailbox that reports are fetched from; so many mails are left in it, where that is known.
    package static func noteMailbox(isUp: Bool, left: Int? = nil) {
        mailboxUp.record(isUp ? 1 : 0)
        if let left { mailboxMails.record(left) }
    }

    private static let accepted = mail("accepted")
    private static let later = mail("later")
    private static let refusedMail = mail("refused")
    private static let unsent = mail("unsent")
    private static let inDoubt = mail("in-doubt")
    private static let withdrawn = mail("withdrawn")

    /// Transactional mails that were refused for our sake and are tried again, and those that were given up.
    static let heldBack = transactional("held-back")
    static let givenUp = transactional("given-up")

    private static func transactional(_ fate: String) -> Counter {
        Counter(label: "courant_transactional_mails_total", dimensions: [("fate", fate)])
    }

    /// By door and by what was made of it.
    private static let reports = Dictionary(
        uniqueKeysWithValues: ReportDoor.allCases.flatMap { door in
            ReportFate.names.map { name in
                (
                    "\(door.rawValue) \(name)",
                    Counter(
                        label: "courant_reports_total", dimensions: [("door", door.rawValue), ("class", name)])
                )
            }
        })

    static func count(_ door: ReportDoor, _ fate: String) { reports["\(door.rawValue) \(fate)"]?.increment() }

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
