import Foundation

/// Answers by recipient domain, whose keyed digest is all that is known of it. Only of those where somebody is said not to exist are they ever written down;
/// of all others they are known here, and forgotten at the end.
struct DomainAnswers {
    private var uncounted: [Data: Int] = [:]
    private var watched: Set<Data> = []
    /// Beyond, all are forgotten; what is not remembered makes a domain only look worse.
    private static let most = 50_000

    /// With what came before. Changes nothing: it may be asked again for the same landings.
    func toBeCounted(_ settledMails: [SettledMail]) -> [Data: Int] {
        let dead = Set(settledMails.lazy.filter(\.isDead).compactMap(\.recipient?.domain))
        var counts: [Data: Int] = [:]
        for settledMail in settledMails where settledMail.isAnswer {
            counts[Data(), default: 0] += 1
            guard let domain = settledMail.recipient?.domain, dead.contains(domain) || watched.contains(domain) else {
                continue
            }
            counts[domain, default: uncounted[domain] ?? 0] += 1
        }
        return counts
    }

    func uncounted(of domain: Data) -> Int { uncounted[domain] ?? 0 }

    /// By somebody else: from now on its answers are counted.
    mutating func noteCounted(_ domain: Data) {
        uncounted[domain] = nil
        watched.insert(domain)
    }

    /// It is written down.
    mutating func note(_ turn: Turn) {
        if uncounted.count + watched.count > Self.most { (uncounted, watched) = ([:], []) }
        for settledMail in turn.settled where settledMail.isAnswer {
            if let domain = settledMail.recipient?.domain { uncounted[domain, default: 0] += 1 }
        }
        for domain in turn.answers.keys where !domain.isEmpty {
            uncounted[domain] = nil
            watched.insert(domain)
        }
    }
}
