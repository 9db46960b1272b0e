import Foundation

/// The challenges that were handed in, for as long as they could be handed in again. Two generations take turns, each for
/// one lifetime: what is in neither has expired.
///
/// When it is full it forgets nothing, because whoever filled it would then hand all of it in again; nobody gets in until
/// a generation has passed.
struct SpentChallenges {
    private var current: Set<Data> = []
    private var previous: Set<Data> = []
    private var turn: Date?
    private let limit: Int
    private let lifetime: TimeInterval

    init(limit: Int, lifetime: Duration) {
        self.limit = limit
        self.lifetime = lifetime / .seconds(1)
    }

    mutating func spend(_ challenge: Data, now: Date) -> CaptchaVerdict {
        advance(to: now)
        if current.contains(challenge) || previous.contains(challenge) { return .refused(.spent) }
        guard current.count + previous.count < limit else { return .unavailable(.busy) }
        current.insert(challenge)
        return .passed
    }

    private mutating func advance(to now: Date) {
        guard let since = turn else { return turn = now }
        // A clock that was set back makes generations longer, never shorter.
        let age = now.timeIntervalSince(since)
        guard age >= lifetime else { return }
        previous = age < 2 * lifetime ? current : []
        current = []
        turn = now
    }
}
