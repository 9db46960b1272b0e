/// Answers by recipient domain. Only of those where somebody is said not to exist are they ever written down, under a digest;
/// of all others they are known here, and forgotten at the end.
struct DomainAnswers {
    private var uncounted: [String: Int] = [:]
    private var watched: Set<String> = []
    /// Beyond, all are forgotten; what is not remembered makes a domain only look worse.
    private static let most = 50_000

    /// With what came before. Changes nothing: it may be asked again for the same landings.
    func toBeCounted(_ landings: [Landing]) -> [String: Int] {
        let dead = Set(landings.lazy.filter(\.isDead).compactMap(\.recipient?.domain))
        guard !dead.isEmpty || !watched.isEmpty else { return [:] }
        var counts: [String: Int] = [:]
        for landing in landings where landing.isAnswer {
            guard let domain = landing.recipient?.domain, dead.contains(domain) || watched.contains(domain) else {
                continue
            }
            counts[domain, default: uncounted[domain] ?? 0] += 1
        }
        return counts
    }

    /// It is written down.
    mutating func note(_ turn: Turn) {
        if uncounted.count + watched.count > Self.most { (uncounted, watched) = ([:], []) }
        for landing in turn.settled where landing.isAnswer {
            if let domain = landing.recipient?.domain { uncounted[domain, default: 0] += 1 }
        }
        for domain in turn.domains.keys {
            uncounted[domain] = nil
            watched.insert(domain)
        }
    }
}
