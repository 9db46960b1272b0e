/// What a relay does to those who trust it.
package enum SinkFault: Sendable, CustomStringConvertible {
    package enum Stage: String, Sendable { case recipient, content }

    /// Says nothing and reads nothing for a while, then goes on.
    case hang(Duration)
    /// Says nothing for a while, then hangs up on everybody.
    case hangUp(Duration)
    /// Hangs up on everybody at once, and listens again after a while.
    case restart(Duration)
    /// Answers the next so many mails with this code.
    case refuse(code: Int, at: Stage, mails: Int)
    /// Says 421 to the next so many mails, and hangs up.
    case farewell(at: Stage, mails: Int)
    /// Hangs up behind the final dot of the next so many mails; it has them, or it does not.
    case dropAfterDot(mails: Int, keeps: Bool)

    package var description: String {
        switch self {
        case .hang(let time): "relay hangs for \(time)"
        case .hangUp(let time): "relay hangs for \(time) and hangs up"
        case .restart(let time): "relay is away for \(time)"
        case .refuse(let code, let stage, let mails): "\(code) to the \(stage.rawValue) of \(mails) mails"
        case .farewell(let stage, let mails): "421 to the \(stage.rawValue) of \(mails) mails"
        case .dropAfterDot(let mails, let keeps):
            "\(mails) connections dropped after the dot, the mail \(keeps ? "kept" : "lost")"
        }
    }
}

/// Something to do when so many final dots have come.
package struct SinkCue: Sendable {
    package enum Deed: Sendable {
        case fault(SinkFault)
        case call(@Sendable () -> Void)
    }

    package let dots: Int
    package let deed: Deed

    package init(_ dots: Int, _ deed: Deed) {
        self.dots = dots
        self.deed = deed
    }
}

/// How far away the relay is, and how long it thinks.
package struct SinkDelays: Sendable {
    /// Between our bytes and its answer, both ways together. Answers under way do not wait for each other.
    package var roundTrip: Duration
    /// Behind each final dot, one mail of a connection after the other.
    package var afterDot: Duration

    package init(roundTrip: Duration = .zero, afterDot: Duration = .zero) {
        self.roundTrip = roundTrip
        self.afterDot = afterDot
    }

    var isNone: Bool { roundTrip == .zero && afterDot == .zero }
}
