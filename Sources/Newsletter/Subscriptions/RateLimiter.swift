import Synchronization

/// How often each of many may do something: so many at once, then as many again in each period, evenly (the generic cell
/// rate algorithm, ITU-T I.371 annex A: one time for each is all that is kept).
///
/// The memory is bounded: two generations take turns, and whoever is seen again moves to the newer one. What a flood of
/// others drives out is who has not come for a long while, never who keeps coming.
package final class RateLimiter<Key: Hashable & Sendable>: Sendable {
    private let interval: Duration
    private let tolerance: Duration
    private let generation: Int
    private let times = Mutex<(current: [Key: Duration], previous: [Key: Duration])>(([:], [:]))

    /// Nil without a count: who has no limit needs no budget. At most `capacity` are remembered.
    package init?(_ count: Int, per period: Duration, capacity: Int = 100_000) {
        guard count > 0 else { return nil }
        interval = period / count
        tolerance = period - interval
        generation = max(1, capacity / 2)
    }

    /// Nil where it is granted, else how long to wait. What is refused costs nothing.
    package func spend(_ key: Key, at now: Duration) -> Duration? {
        times.withLock { times in
            let due = max(times.current[key] ?? times.previous[key] ?? now, now)
            let wait = due - now - tolerance
            if times.current[key] == nil, times.current.count >= generation {
                times.previous = times.current
                times.current = [:]
            }
            times.current[key] = wait > .zero ? due : due + interval
            return wait > .zero ? wait : nil
        }
    }

    package var count: Int { times.withLock { $0.current.count + $0.previous.count } }
}
