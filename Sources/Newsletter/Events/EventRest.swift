/// When an event is tried again, and how hard the receiver is tried while it fails.
package enum EventRetries {
    /// How long an event is tried.
    package static let limit: Duration = .days(1)
    private static let delays: [Duration] = [
        .seconds(5), .seconds(30), .seconds(120), .seconds(600), .seconds(1800),
    ]

    /// After the `attempts`th failure (1 is the first).
    static func delay(after attempts: Int) -> Duration {
        attempts <= delays.count ? delays[max(0, attempts - 1)] : .seconds(3600)
    }
}

/// A receiver that has failed three times in a row is asked with one event at a time: after a second at first, doubling
/// to a minute. One that is asked for the first time, after a start, is no different from one that has answered.
struct EventRest {
    private var failures = 0
    private var until: Duration = .zero

    var isResting: Bool { failures >= 3 }

    /// What fails together counts once.
    mutating func noteFailure(at uptime: Duration) {
        guard !isResting || uptime >= until else { return }
        failures += 1
        if isResting { until = uptime + .seconds(min(60, 1 << min(failures - 3, 6))) }
    }

    /// Whether it had been resting.
    mutating func noteAnswer() -> Bool {
        defer { (failures, until) = (0, .zero) }
        return isResting
    }

    /// How many may be under way.
    func room(at uptime: Duration, of most: Int) -> Int {
        guard isResting else { return most }
        return uptime < until ? 0 : 1
    }
}
