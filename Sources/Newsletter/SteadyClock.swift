import Foundation
import Synchronization

extension WallClock {
    /// How far the time of day may be set without anybody calling it a jump.
    package static let jump: Duration = .seconds(120)
    /// How long a jump has to last before it is believed.
    package static let settling: Duration = .seconds(86_400)
    /// So long after the start every time is believed: a machine that has just booted learns the time a little later.
    package static let warmUp: Duration = .seconds(600)

    /// The same time, but for jumps: where somebody, or a broken time server, sets the time of day, this clock goes on as if
    /// nothing had happened, by the uptime, and believes the new time once it has stood for a day. What counts the days
    /// that a person's data is kept must not delete it, or keep it, because a clock was wrong for an hour.
    package func steady() -> WallClock {
        let pace = Pace()
        return WallClock(now: { pace.time(now(), uptime()) }, uptime: uptime)
    }

    /// Begins with the first look.
    private final class Pace: Sendable {
        private struct State {
            var start: Duration?
            var known: (time: Date, uptime: Duration)?
            /// How far the time of day is off, and since when.
            var doubt: (offset: TimeInterval, since: Duration)?
        }

        private let state = Mutex(State())

        func time(_ now: Date, _ uptime: Duration) -> Date {
            state.withLock { state in
                let start = state.start ?? uptime
                guard let known = state.known, uptime - start >= WallClock.warmUp else {
                    state = State(start: start, known: (now, uptime))
                    return now
                }
                let expected = known.time + (uptime - known.uptime)
                let offset = now.timeIntervalSince(expected)
                guard isJump(offset) else {
                    state = State(start: start, known: (now, uptime))
                    return now
                }
                if state.doubt.map({ isJump(offset - $0.offset) }) ?? true { state.doubt = (offset, uptime) }
                guard let doubt = state.doubt, uptime - doubt.since >= WallClock.settling else { return expected }
                state = State(start: start, known: (now, uptime))
                return now
            }
        }

        private func isJump(_ offset: TimeInterval) -> Bool { abs(offset) > WallClock.jump / .seconds(1) }
    }
}
