import Synchronization

/// Which of the claimed mails (and events) may still start: where those who leave meet whoever is about to tell of them.
///
/// A claim takes mails from the store in a transaction; a person may leave, or move, between that commit and the
/// mail's start. So the commit that says so stops every mail that was claimed before (`stop`), and the relay asks,
/// under the same lock under which it writes, before each `MAIL FROM`. When `stop` returns, no `MAIL FROM` of those
/// mails starts any more.
package final class SendGuard: Sendable {
    /// What a commit says of the mails to one person that are claimed already.
    package enum Stop: Sendable, Hashable {
        /// They are not to be sent any more.
        case withdraw(UInt128)
        /// They are not to be sent as they are: the store has them back, and knows where they go now, if anywhere.
        case recall(UInt128)

        package var person: UInt128 {
            switch self {
            case .withdraw(let person), .recall(let person): person
            }
        }
    }

    /// Whether a mail may start.
    package enum Permission: Sendable {
        case granted
        /// Its person has left.
        case withdrawn
        /// The store has it back: it was recalled, or this process has lost its place among those that send.
        case recalled
    }

    private struct State {
        /// Claims are numbered in the order in which they begin.
        var lastClaim: Int64 = 0
        /// Claims that have begun and have not yet said whom they took.
        var openClaims = 0
        /// Mails taken and not yet settled, by person.
        var underWay: [UInt128: Int] = [:]
        /// By person; a claim that begins later reads what the stop's commit has left.
        var stops: [UInt128: (stop: Stop, lastClaim: Int64)] = [:]
        /// Of earlier claims nothing starts, whosever it is.
        var firstClaim: Int64 = 0
        /// Until when this process may send. Nil: nobody else can be sending the same.
        var limit: ContinuousClock.Instant?
        var isClosed: Bool { limit.map { $0 <= .now } ?? false }

        func permission(for mail: OutgoingMail) -> Permission { permission(for: mail.person, claim: mail.claim) }

        func permission(for person: UInt128, claim: Int64) -> Permission {
            if let (stop, lastClaim) = stops[person], claim <= lastClaim {
                return if case .withdraw = stop { .withdrawn } else { .recalled }
            }
            return claim < firstClaim ? .recalled : .granted
        }
    }

    private let state = Mutex(State())

    package init() {}

    // MARK: Claiming

    /// Before the store is asked for mails. Returns the claim's number, which its mails carry.
    @discardableResult
    package func open() -> Int64 {
        state.withLock { state in
            state.openClaims += 1
            state.lastClaim += 1
            return state.lastClaim
        }
    }

    /// After the store has answered: these persons' mails are now under way.
    package func enter(_ persons: some Sequence<UInt128>) {
        state.withLock { state in
            for person in persons where person != 0 { state.underWay[person, default: 0] += 1 }
            state.openClaims -= 1
            guard state.openClaims == 0, !state.stops.isEmpty else { return }
            state.stops = state.stops.filter { state.underWay[$0.key] != nil }
        }
    }

    /// The person's mail is settled.
    package func settle(_ persons: some Sequence<UInt128>) {
        state.withLock { state in
            for person in persons where person != 0 {
                guard let count = state.underWay[person] else { continue }
                state.underWay[person] = count > 1 ? count - 1 : nil
                if count == 1, state.openClaims == 0 { state.stops[person] = nil }
            }
        }
    }

    // MARK: Stopping

    /// After the commit that says so, and before it is acknowledged.
    package func stop(_ stops: some Collection<Stop>) {
        guard !stops.isEmpty else { return }
        state.withLock { state in
            for stop in stops where state.openClaims > 0 || state.underWay[stop.person] != nil {
                state.stops[stop.person] = (stop, state.lastClaim)
            }
        }
    }

    /// Everything that is claimed goes back: who has left or moved meanwhile may not have been heard of.
    package func recallEverything() {
        state.withLock { $0.firstClaim = $0.lastClaim + 1 }
    }

    /// Nothing starts after that moment, unless it is put off again in time: another process then sends what this one
    /// had claimed.
    package func limit(to instant: ContinuousClock.Instant) {
        state.withLock { $0.limit = instant }
    }

    package var isClosed: Bool {
        state.withLock(\.isClosed)
    }

    /// Nothing is under way, nor being claimed.
    package var areEmptyHanded: Bool { state.withLock { $0.openClaims == 0 && $0.underWay.isEmpty } }

    /// Whether what else was claimed for somebody may start: an event that tells of them.
    package func mayStart(_ person: UInt128, claim: Int64) -> Bool {
        state.withLock { state in
            guard !state.isClosed, case .granted = state.permission(for: person, claim: claim) else { return false }
            return true
        }
    }

    /// Runs `write` while nobody can be stopped; `write` is given the question it must ask before each `MAIL FROM`.
    /// Keep it to a non-blocking write: unsubscribers wait for it.
    package func start<Result>(_ write: (_ permission: (OutgoingMail) -> Permission) throws -> Result) rethrows
        -> Result
    {
        try state.withLock { state in
            let (state, isClosed) = (state, state.isClosed)
            return try write { mail in
                let permission = state.permission(for: mail)
                return isClosed && permission == .granted ? .recalled : permission
            }
        }
    }
}
