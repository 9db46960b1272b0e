/// So many messages a second, a tenth of a second's worth of them at once: GCRA, which keeps nothing but the moment at
/// which the bucket would be full again.
struct TokenBucket {
    private var interval = Duration.zero
    private var burst = Duration.zero
    private var full: ContinuousClock.Instant

    /// `rate` 0 is no limit.
    init(rate: Double, now: ContinuousClock.Instant) {
        full = now
        setRate(rate)
    }

    /// From now on.
    mutating func setRate(_ rate: Double) {
        interval = rate > 0 ? .seconds(1) / rate : .zero
        burst = max(interval, .milliseconds(100))
    }

    mutating func take(at now: ContinuousClock.Instant) -> Bool {
        guard interval > .zero else { return true }
        guard now >= nextToken else { return false }
        full = max(full, now) + interval
        return true
    }

    var nextToken: ContinuousClock.Instant { full + interval - burst }
}
