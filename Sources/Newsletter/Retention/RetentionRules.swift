package import Foundation

/// What somebody is to us, which decides how long their data may be kept.
package enum SubscriberClass: String, Sendable, CaseIterable {
    /// Signed up, or is written to for no other reason.
    case subscriber
    /// Does business with us, or works for somebody who does.
    case partner
    /// May one day.
    case prospect

    /// Its word, for the person.
    package var localeKey: String { "held.classes.\(rawValue)" }

    /// What keeps a record of this class alive, in the words of the policy.
    package var lifeline: String { self == .prospect ? "contact" : "activity" }
}

/// How long a list keeps the data of those who never leave.
///
/// Terms are days and not calendar years: 365 days are never more than a year, and 730 never more than two, so that what a
/// policy promises in years holds over leap days too. They count from the person's latest activity: a sign-up, a
/// confirmation, a change of preference, "keep me", or a meeting or reply that staff write down. What we send is none.
package struct RetentionRules: Sendable, Equatable {
    /// Days. A class that is not here is kept until the person leaves.
    package var terms: [SubscriberClass: Int]
    /// So many days before the end, the person is asked whether to be kept. Nil: nobody is asked.
    package var remindDays: Int?
    /// So many days after the list is closed, everybody on it goes.
    package var closedDays: Int

    /// The longest term that anything may be kept for.
    package static let longestTerm = 3650
    /// Whoever could not be told within this time that we have their address is erased: GDPR Art. 14(3)(a), a month.
    package static let noticeDays = 30

    package init(terms: [SubscriberClass: Int] = [:], remindDays: Int? = nil, closedDays: Int = 30) {
        self.terms = terms
        self.remindDays = remindDays
        self.closedDays = closedDays
    }

    /// Where people are kept without having asked for it, nobody is kept for ever.
    package static func standard(for basis: LegalBasis) -> RetentionRules {
        switch basis {
        case .consent: RetentionRules()
        case .legitimateInterest: RetentionRules(terms: [.subscriber: 365, .partner: 365, .prospect: 730])
        }
    }

    /// As a policy says it.
    package func words(for kind: SubscriberClass) -> String {
        guard let days = terms[kind] else { return "until unsubscribed" }
        return "until unsubscribed, at most \(days) days after the latest \(kind.lifeline)"
    }

    func check(_ basis: LegalBasis) throws {
        for kind in SubscriberClass.allCases {
            guard let days = terms[kind] else {
                guard basis == .consent else {
                    throw Refusal.invalid(
                        field: "retention",
                        problem:
                            "A list of basis legitimate-interest has a term for each class: give \(kind.rawValue) days."
                    )
                }
                continue
            }
            guard (1...Self.longestTerm).contains(days) else {
                throw Refusal.invalid(field: "retention", problem: "A term is 1 to \(Self.longestTerm) days.")
            }
            if let remindDays, remindDays >= days {
                throw Refusal.invalid(
                    field: "retention",
                    problem: "Nobody can be asked \(remindDays) days before a term of \(days) days ends: ask later.")
            }
        }
        guard remindDays.map({ (1...365).contains($0) }) ?? true else {
            throw Refusal.invalid(field: "retention", problem: "Ask 1 to 365 days before the end.")
        }
        guard (0...365).contains(closedDays) else {
            throw Refusal.invalid(field: "retention", problem: "A closed list is kept 0 to 365 days.")
        }
    }
}

/// The terms that a list had before they were shortened. They hold for a day more, so that a slip of the hand erases nobody.
package struct FormerTerms: Sendable, Equatable {
    package let terms: [SubscriberClass: Int]
    package let until: Date

    package static let grace: Duration = .days(1)

    package init(terms: [SubscriberClass: Int], until: Date) {
        self.terms = terms
        self.until = until
    }
}

extension RetentionRules {
    /// For no class shorter than `others`; a class without a term is kept until the person leaves.
    func noShorter(than others: [SubscriberClass: Int]) -> RetentionRules {
        var rules = self
        for kind in SubscriberClass.allCases {
            rules.terms[kind] = others[kind].flatMap { other in terms[kind].map { max($0, other) } }
        }
        return rules
    }

    /// Whom they let go before `others` did.
    func shortened(from others: RetentionRules) -> [SubscriberClass] {
        SubscriberClass.allCases.filter { kind in
            guard let days = terms[kind] else { return false }
            return others.terms[kind].map { days < $0 } ?? true
        }
    }

    /// After a list is closed; a day at the least.
    var graceWhenClosed: Duration { max(.days(closedDays), FormerTerms.grace) }
}

extension MailingList {
    /// What holds now.
    package func rules(at now: Date) -> RetentionRules {
        guard let former, now < former.until else { return retention }
        return retention.noShorter(than: former.terms)
    }
}
