package import Foundation

/// The time, so that tests can move it: the time of day, which somebody may set back, and the uptime, which only grows.
package struct WallClock: Sendable {
    package let now: @Sendable () -> Date
    /// Since an arbitrary moment. Measures pauses, whatever happens to the time of day.
    package let uptime: @Sendable () -> Duration

    package init(now: @escaping @Sendable () -> Date, uptime: @escaping @Sendable () -> Duration) {
        self.now = now
        self.uptime = uptime
    }

    package static let system: WallClock = {
        let start = ContinuousClock.now
        return WallClock(now: { Date() }, uptime: { ContinuousClock.now - start })
    }()
}
