import Synchronization

/// Who may still be mailed: the meeting point of those who leave and of the relay that is about to write to them.
///
/// A claim takes mails from the store in a transaction; a person may leave between that commit and the mail's start.
/// So withdrawals are remembered from the moment a claim begins (`open`) until its last mail is settled (`leave`), and
/// the relay asks, under the same lock under which it writes, before each `MAIL FROM`. When `withdraw` returns, no
/// `MAIL FROM` for that person starts any more.
package final class Departures: Sendable {
    private struct State {
        /// Claims that have begun and have not yet said whom they took.
        var openClaims = 0
        /// Who left while a claim was open.
        var leftMeanwhile: Set<UInt128> = []
        /// Mails taken and not yet settled, by person.
        var underWay: [UInt128: Int] = [:]
        /// Those of them who have left.
        var withdrawn: Set<UInt128> = []
        /// Until when this process may send. Nil: nobody else can be sending the same.
        var limit: ContinuousClock.Instant?
        var isClosed: Bool { limit.map { $0 <= .now } ?? false }
    }

    /// Whether a mail may start.
    package enum Leave: Sendable {
        case granted
        /// Its person has left.
        case withdrawn
        /// This process has lost its place among those that send.
        case notNow
    }

    private let state = Mutex(State())

    package init() {}

    /// Before the store is asked for mails.
    package func open() {
        state.withLock { $0.openClaims += 1 }
    }

    /// After the store has answered: these persons' mails are now under way.
    package func enter(_ persons: some Sequence<UInt128>) {
        state.withLock { state in
            for person in persons where person != 0 {
                state.underWay[person, default: 0] += 1
                if state.leftMeanwhile.contains(person) { state.withdrawn.insert(person) }
            }
            state.openClaims -= 1
            if state.openClaims == 0 { state.leftMeanwhile.removeAll() }
        }
    }

    /// The person's mail is settled.
    package func leave(_ persons: some Sequence<UInt128>) {
        state.withLock { state in
            for person in persons where person != 0 {
                guard let count = state.underWay[person] else { continue }
                state.underWay[person] = count > 1 ? count - 1 : nil
                if count == 1 { state.withdrawn.remove(person) }
            }
        }
    }

    /// After the person's erasure is committed and before it is acknowledged.
    package func withdraw(_ person: UInt128) {
        state.withLock { state in
            if state.openClaims > 0 { state.leftMeanwhile.insert(person) }
            if state.underWay[person] != nil { state.withdrawn.insert(person) }
        }
    }

    /// Nobody departs after that moment, unless it is put off again in time: another process then sends what this one had
    /// claimed.
    package func limit(to instant: ContinuousClock.Instant) {
        state.withLock { $0.limit = instant }
    }

    package var isClosed: Bool {
        state.withLock(\.isClosed)
    }

    /// Nothing is under way, nor being claimed.
    package var areEmptyHanded: Bool { state.withLock { $0.openClaims == 0 && $0.underWay.isEmpty } }

    /// Whose mails are under way.
    package var persons: [UInt128] { state.withLock { Array($0.underWay.keys) } }

    /// Runs `write` while nobody can withdraw; `write` is given the question it must ask before each `MAIL FROM`.
    /// Keep it to a non-blocking write: unsubscribers wait for it.
    package func depart<Result>(_ write: (_ leave: (UInt128) -> Leave) throws -> Result) rethrows -> Result {
        try state.withLock { state in
            let (withdrawn, isClosed) = (state.withdrawn, state.isClosed)
            return try write { withdrawn.contains($0) ? .withdrawn : isClosed ? .notNow : .granted }
        }
    }
}
