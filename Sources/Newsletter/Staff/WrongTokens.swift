import Synchronization

/// Wrong secrets under a known login's id: somebody tries.
final class WrongTokens: Sendable {
    /// So many within a minute are written down.
    static let noted = 10

    /// By id. Only ids of logins that are there come here, so it stays small.
    private let counts = Mutex<[String: (since: Duration, count: Int)]>([:])

    /// Whether this is the one to write down: the tenth within a minute, and no other in that minute.
    func note(_ id: String, at uptime: Duration) -> Bool {
        counts.withLock { counts in
            var known = counts[id] ?? (uptime, 0)
            if uptime - known.since >= .seconds(60) { known = (uptime, 0) }
            known.count += 1
            counts[id] = known
            return known.count == Self.noted
        }
    }
}
