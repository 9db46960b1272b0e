import CoreMetrics
package import Foundation
import Synchronization

/// The time of day, but for jumps: where somebody, or a broken time server, sets it, this clock goes on as if nothing had
/// happened, by the uptime. What counts the days that a person's data is kept must not delete it, or keep it, because a
/// clock was wrong.
///
/// A process that has just started has no uptime to go by, and its machine may have booted in 1970 or in 2038. So it compares
/// the time of day with the newest time that the records know (`look`): soon after that, it is right; long after, it has to
/// stand first, without a jump; before it, it is wrong. Until it is right nothing is ended by it.
package final class SteadyClock: Sendable {
    /// How far the time of day may be set without anybody calling it a jump.
    package static let jump: Duration = .seconds(120)
    /// How long a jump has to last before it is believed.
    package static let settling: Duration = .seconds(86_400)
    /// After a stop that was no longer than this, the time is believed at once.
    package static let shortStop: Duration = .seconds(3_600)
    /// After one that was no longer than this, once it has stood for `warmUp`: a machine that has just booted learns the time a
    /// little later. After a longer one it has to stand as long as a jump.
    package static let longStop: Duration = .seconds(30 * 86_400)
    package static let warmUp: Duration = .seconds(600)
    /// What is further back than this is believed when a person says so, and else never: what is written down meanwhile
    /// would be years old on the day on which the clock is put right, and end.
    package static let furthestBack: Duration = .seconds(2 * 86_400)
    /// There was no Courant before.
    package static let earliest = Date(timeIntervalSince1970: 1_767_225_600)

    package let wall: WallClock
    private let state = Mutex(State())

    package init(_ wall: WallClock) {
        self.wall = wall
    }

    fileprivate struct State {
        /// The time that is believed, and the uptime then.
        var known: (time: Date, uptime: Duration)?
        /// What is known is the time, not only the newest that the records know.
        var isProven = true
        /// How far the time of day is off, and since when.
        var doubt: (offset: TimeInterval, since: Duration)?
        var hasLooked = false
        /// The newest time that this process has written down.
        var written: Date?
        var mayEnd = false
    }

    package func now() -> Date {
        let (now, uptime) = (wall.now(), wall.uptime())
        return state.withLock { $0.time(now, uptime) }
    }

    /// Whether the last look found that this clock may end something.
    package var mayEnd: Bool { state.withLock(\.mayEnd) }

    /// For those who only want to know the time.
    package var calendar: WallClock { WallClock(now: { self.now() }, uptime: wall.uptime) }

    // MARK: Looking at what the records know

    /// Compares it with what the records know, which is then `record`; where that is nil, `newest` is the newest time that
    /// stands in them anywhere. Returns what to write down.
    func look(_ record: ClockRecord?, newest: Date?) -> (standing: ClockStanding, record: ClockRecord) {
        let (now, uptime) = (wall.now(), wall.uptime())
        return state.withLock { state in
            state.take(record, newest: newest, now, uptime)
            let time = state.time(now, uptime)
            let standing = state.standing(record, now, time, uptime)
            state.mayEnd = standing.mayEnd
            return (standing, state.note(record, now, time, uptime))
        }
    }
}

extension SteadyClock.State {
    mutating func time(_ now: Date, _ uptime: Duration) -> Date {
        guard let known else {
            known = (now, uptime)
            return now
        }
        let expected = known.time + (uptime - known.uptime)
        let offset = now.timeIntervalSince(expected)
        if isNear(offset) { return believe(now, uptime) }
        if doubt.map({ isJump(offset - $0.offset) }) ?? true { doubt = (offset, uptime) }
        if let doubt, let term = term(of: offset), uptime - doubt.since >= term { return believe(now, uptime) }
        // Whatever happens now has not happened before the newest that is known.
        return isProven || offset < 0 ? expected : now
    }

    private mutating func believe(_ now: Date, _ uptime: Duration) -> Date {
        (known, doubt, isProven) = ((now, uptime), nil, true)
        return now
    }

    private func isJump(_ offset: TimeInterval) -> Bool { abs(offset) > SteadyClock.jump / .seconds(1) }

    private func isNear(_ offset: TimeInterval) -> Bool {
        !isJump(offset) || (!isProven && offset > 0 && offset <= SteadyClock.shortStop / .seconds(1))
    }

    /// For how long a time that is so far off has to stand; nil: for ever.
    private func term(of offset: TimeInterval) -> Duration? {
        if offset < -(SteadyClock.furthestBack / .seconds(1)) { return nil }
        let wasStopped = !isProven && offset > 0 && offset <= SteadyClock.longStop / .seconds(1)
        return wasStopped ? SteadyClock.warmUp : SteadyClock.settling
    }

    mutating func take(_ record: ClockRecord?, newest: Date?, _ now: Date, _ uptime: Duration) {
        if let confirmed = record?.confirmed, isShortly(now, after: confirmed) {
            _ = believe(now, uptime)
            written = record?.known
        } else if !hasLooked {
            begin(record, newest: newest, now, uptime)
        } else if !isProven, let record, let known, record.known > known.time, record.known != written {
            // Others are sure of the time, and go on: what this process waits for is not their time.
            (self.known, doubt) = ((record.known, uptime), nil)
        }
        hasLooked = true
    }

    private mutating func begin(_ record: ClockRecord?, newest: Date?, _ now: Date, _ uptime: Duration) {
        let floor = max(record?.known ?? newest ?? now, SteadyClock.earliest)
        (known, isProven, doubt) = ((floor, uptime), false, nil)
        // What stood when the last process ended goes on standing.
        guard let record, isShortly(now, after: record.seen) else { return }
        let stood = record.stood + .seconds(max(0, now.timeIntervalSince(record.seen)))
        doubt = (now.timeIntervalSince(floor), uptime - stood)
    }

    private func isShortly(_ now: Date, after time: Date) -> Bool {
        let offset = now.timeIntervalSince(time)
        return offset > 0 ? offset <= SteadyClock.shortStop / .seconds(1) : !isJump(offset)
    }

    func standing(_ record: ClockRecord?, _ now: Date, _ time: Date, _ uptime: Duration) -> ClockStanding {
        if let record, record.known != written, record.confirmed == nil, isJump(record.known.timeIntervalSince(time)),
            record.known > time
        {
            return .behind(by: .seconds(record.known.timeIntervalSince(time)))
        }
        guard let doubt else { return .right }
        guard !isProven else { return .jumped(by: .seconds(doubt.offset)) }
        guard doubt.offset > 0 else { return .behind(by: .seconds(-doubt.offset)) }
        let left = (term(of: doubt.offset) ?? .zero) - (uptime - doubt.since)
        return .ahead(by: .seconds(doubt.offset), believedIn: max(left, .zero))
    }

    mutating func note(_ record: ClockRecord?, _ now: Date, _ time: Date, _ uptime: Duration) -> ClockRecord {
        let stood = doubt.map { uptime - $0.since } ?? .zero
        let isOthers = record.map { $0.known != written && $0.known > time && $0.confirmed == nil } ?? false
        var next = ClockRecord(known: record?.known ?? time, seen: now, stood: stood)
        if isProven, !isOthers { next.known = Date(milliseconds: time) }
        if let known, record == nil, !isProven { next.known = known.time }
        if isProven { written = next.known }
        return next
    }
}

/// What is known of the time beyond the life of a process.
package struct ClockRecord: Sendable, Equatable {
    /// The newest time that was believed.
    package var known: Date
    /// The time of day when it was last looked at, and how long it had stood then, where it is not believed.
    package var seen: Date
    package var stood: Duration
    /// A time of day for which a person has vouched, on the host.
    package var confirmed: Date?

    package init(known: Date, seen: Date, stood: Duration, confirmed: Date? = nil) {
        self.known = known
        self.seen = seen
        self.stood = stood
        self.confirmed = confirmed
    }
}

package protocol ClockRecords {
    func clockRecord() throws -> ClockRecord?
    func write(_ record: ClockRecord) throws
    /// The newest time that stands in the records anywhere, where there is no record of the clock yet.
    func newestTime() throws -> Date?
}

/// Whether the time of day may end anything.
package enum ClockStanding: Sendable, Equatable {
    case right
    /// It was set while the process ran: the days are counted on by the uptime, until the new time has stood for a day.
    case jumped(by: Duration)
    /// Later than the newest time that the records know; nothing ends before it has stood for a while.
    case ahead(by: Duration, believedIn: Duration)
    /// Earlier than that.
    case behind(by: Duration)

    package var mayEnd: Bool {
        switch self {
        case .right, .jumped: true
        case .ahead, .behind: false
        }
    }

    /// For the log and for whoever looks after the host; nil where all is well.
    package var words: String? {
        switch self {
        case .right: nil
        case .jumped(let offset):
            "The time of day was set by \(offset.inWords): the days are counted on without it until it has stood for a day. Look at the host's clock."
        case .ahead(let offset, let left):
            "The time of day is \(offset.inWords) later than the newest time in the records. Nothing is erased or begun by "
                + "the clock before it has stood for \(left.inWords) more. Where it is right: courantd retention release --clock"
        case .behind(let offset):
            "The time of day is \(offset.inWords) earlier than the newest time in the records. Nothing is erased or begun by "
                + "the clock: set the host's clock. Where it is right: courantd retention release --clock"
        }
    }
}

extension SteadyClock {
    /// Compares it with what the records know, and writes down what is known now.
    package func look(in store: any Store) async throws -> ClockStanding {
        let standing = try await store.write { tx in
            let record = try tx.clockRecord()
            let newest = try record == nil ? [tx.newestTime(), store.newestErasure].compactMap(\.self).max() : nil
            let (standing, next) = self.look(record, newest: newest)
            try tx.write(next)
            return standing
        }
        Measures.clockStands.record(standing.mayEnd ? 1 : 0)
        return standing
    }

    /// The same without a process that has looked before, and without writing anything: for whoever only asks.
    package static func standing(in store: any Store, at wall: WallClock) async throws -> ClockStanding {
        try await store.read { tx in
            let record = try tx.clockRecord()
            let newest = try record == nil ? [tx.newestTime(), store.newestErasure].compactMap(\.self).max() : nil
            return SteadyClock(wall).look(record, newest: newest).standing
        }
    }

    /// A person on the host vouches for the time of day as it is.
    package static func confirm(
        _ wall: WallClock, in store: any Store, keyring: Keyring, by actor: Actor
    ) async throws {
        let now = Date(milliseconds: wall.now())
        try await store.write { tx in
            try tx.write(ClockRecord(known: now, seen: now, stood: .zero, confirmed: now))
            try tx.audit(.releaseRetention, of: .installation, by: actor, result: "clock", keyring: keyring, at: now)
        }
    }
}

extension WallClock {
    /// This time of day without its jumps, for those who have no records to compare it with.
    package func steady() -> WallClock { SteadyClock(self).calendar }
}

extension Date {
    /// As the records keep it.
    fileprivate init(milliseconds time: Date) {
        self.init(timeIntervalSince1970: (time.timeIntervalSince1970 * 1000).rounded() / 1000)
    }
}

extension Duration {
    /// `3 days`, `5 hours`, `12 minutes`: the largest unit alone.
    fileprivate var inWords: String {
        let seconds = abs(self / .seconds(1))
        let (count, unit) =
            seconds >= 2 * 86_400
            ? (seconds / 86_400, "days") : seconds >= 2 * 3_600 ? (seconds / 3_600, "hours") : (seconds / 60, "minutes")
        return "\(max(1, Int(count.rounded()))) \(unit)"
    }
}
