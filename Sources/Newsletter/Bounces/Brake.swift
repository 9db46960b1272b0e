package import Foundation

/// Whether those who are held may be erased. A receiver's outage, or a relay that wrongly believes it hosts a domain, says of
/// the living that they do not exist, and says it of many at once: then nobody is erased until somebody has looked.
package struct Brake: Sendable, Equatable {
    package enum Reason: Sendable, Equatable {
        /// Of all that the relay has answered within a day.
        case relay(held: Int, answers: Int)
        /// Of what was answered for one recipient domain within a day.
        case domain(held: Int, answers: Int)
        /// Of a campaign's answers, however few: small lists have no other measure.
        case campaign(Int64, held: Int, answers: Int)
    }

    /// Empty: off.
    package let reasons: [Reason]
    package var isOn: Bool { !reasons.isEmpty }

    package static let off = Brake(reasons: [])

    package init(reasons: [Reason]) {
        self.reasons = reasons
    }

    /// Held at once without anybody's leave, however little was answered.
    private static let unsuspicious = 10
    private static let day: TimeInterval = 86_400

    init(_ held: [HeldCount], answers: [AnswerCount], campaigns: [(id: Int64, dead: Int, answers: Int)]) {
        var reasons: [Reason] = []
        let all = answers.filter(\.domain.isEmpty)
        reasons += Self.worst(held, all) { held, answers in
            held > max(Self.unsuspicious, answers / 50)
        }.map { .relay(held: $0.held, answers: $0.answers) }
        let domains = Dictionary(grouping: held.filter { $0.domain != nil }) { $0.domain ?? Data() }
        for (domain, held) in domains.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
            let own = answers.filter { $0.domain == domain }
            reasons += Self.worst(held, own) { held, answers in held >= 5 && held * 5 > answers }
                .map { .domain(held: $0.held, answers: $0.answers) }
        }
        for campaign in campaigns where campaign.answers >= 3 && campaign.dead * 2 > campaign.answers {
            reasons.append(.campaign(campaign.id, held: campaign.dead, answers: campaign.answers))
        }
        self.reasons = reasons
    }

    /// The day on which most were held of those on which there were too many; a day ends with any hour.
    private static func worst(
        _ held: [HeldCount], _ answers: [AnswerCount], _ isTooMuch: (_ held: Int, _ answers: Int) -> Bool
    ) -> [(held: Int, answers: Int)] {
        let days = Set(held.map(\.hour)).map { end -> (held: Int, answers: Int) in
            func isWithin(_ hour: Date) -> Bool { hour <= end && end.timeIntervalSince(hour) < day }
            let count = held.filter { isWithin($0.hour) }.reduce(0) { $0 + $1.count }
            // Whoever is held was an answer; where a count was lost, it was not.
            return (count, max(count, answers.filter { isWithin($0.hour) }.reduce(0) { $0 + $1.count }))
        }
        return days.filter { isTooMuch($0.held, $0.answers) }.max { $0.held < $1.held }.map { [$0] } ?? []
    }
}

extension Brake {
    /// One sentence for each kind of reason, for whoever is to decide; of the providers those at which most are held.
    package var words: [String] {
        let domains = reasons.compactMap { reason -> (held: Int, answers: Int)? in
            if case .domain(let held, let answers) = reason { (held, answers) } else { nil }
        }
        guard domains.count > 1 else { return reasons.map(\.words) }
        let worst = domains.sorted { $0.held > $1.held }.prefix(Self.namedProviders).enumerated().map { place, count in
            "\(count.held) of \(count.answers) at \(place == 0 ? "one provider" : "another")"
        }
        let more = domains.count - worst.count
        let others = more > 0 ? ", and so it is at \(more) more" : ""
        let sentence =
            "\(worst.joined(separator: ", ")) are said not to exist\(others); that is more likely the providers, or the relay."
        var isSaid = false
        return reasons.compactMap { reason in
            guard case .domain = reason else { return reason.words }
            defer { isSaid = true }
            return isSaid ? nil : sentence
        }
    }

    private static let namedProviders = 3
}

extension Brake.Reason {
    /// For whoever is to decide.
    package var words: String {
        switch self {
        case .relay(let held, let answers):
            "\(held) of the \(answers) answers of one day said so; that is more likely the relay, or one provider."
        case .domain(let held, let answers):
            "\(held) of \(answers) at one provider are said not to exist; that is more likely the provider."
        case .campaign(let id, let held, let answers):
            "\(held) of the \(answers) answers to campaign \(id) said so; that is more likely the relay."
        }
    }
}

/// How many are held since that hour.
package struct HeldCount: Sendable {
    package let hour: Date
    /// The keyed digest of the recipients' domain, where it was known.
    package let domain: Data?
    package let campaign: Int64?
    /// What was said: `5.1.1`.
    package let status: String
    package let count: Int

    package init(hour: Date, domain: Data?, campaign: Int64?, status: String, count: Int) {
        self.hour = hour
        self.domain = domain
        self.campaign = campaign
        self.status = status
        self.count = count
    }
}

/// How many answers about recipients came in that hour: to `RCPT`, or to the whole mail. No person's.
package struct AnswerCount: Sendable {
    package let hour: Date
    /// Empty: from the relay altogether. Of a domain only where somebody at it is held.
    package let domain: Data
    package let count: Int

    package init(hour: Date, domain: Data, count: Int) {
        self.hour = hour
        self.domain = domain
        self.count = count
    }
}

extension Date {
    /// The hour it falls into.
    var hour: Date { Date(timeIntervalSince1970: (timeIntervalSince1970 / 3600).rounded(.down) * 3600) }
}
