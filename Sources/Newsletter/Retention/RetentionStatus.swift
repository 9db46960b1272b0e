package import Foundation

/// What is held of one class on one list, and whether any of it has outlived its rule.
package struct RetentionStatus: Sendable, Equatable {
    package let list: Slug
    /// A class, or `unconfirmed`.
    package let kind: String
    /// In words.
    package let rule: String
    /// Days; nil: until unsubscribed.
    package let term: Int?
    package let records: Int
    /// Kept by the person's own wish (GDPR Art. 18), outside the rule.
    package let restricted: Int
    /// The latest activity of the one that has been quiet longest.
    package let oldest: Date?
    /// Past the rule, and still there: 0 but for the moment before the next sweep.
    package let overdue: Int

    /// When the oldest goes.
    package var ends: Date? { term.flatMap { term in oldest.map { $0 + .days(term) } } }
}

/// The oldest record of each list and class, signed by the key that signs consent receipts.
package struct Attestation: Sendable, Equatable {
    package let statement: String
    /// PEM.
    package let publicKey: String
    package let holdings: [RetentionStatus]
    package let at: Date

    /// ASCII, a line for each list and class.
    static func statement(_ holdings: [RetentionStatus], of publicURL: String, at now: Date) -> String {
        var lines = [
            "Courant retention statement, version 1", "Service: \(publicURL)", "Time: \(now.formatted(.iso8601))",
        ]
        for holding in holdings {
            let oldest = holding.oldest.map { $0.formatted(.iso8601) } ?? "-"
            lines.append(
                "List \(holding.list), \(holding.kind): \(holding.records) kept, \(holding.restricted) restricted, oldest \(oldest), "
                    + "\(holding.overdue) overdue; rule: \(holding.rule)")
        }
        lines.append("Overdue: \(holdings.reduce(0) { $0 + $1.overdue })")
        return lines.joined(separator: "\n") + "\n"
    }
}

extension Transaction {
    /// Every class that has records or a rule of its own, list by list; then the unconfirmed.
    func holdings(at now: Date, confirmation: Duration) throws -> [RetentionStatus] {
        let counts = try holdings()
        return try lists().flatMap { list in
            let own = counts.filter { $0.list == list.id }
            let classes = try SubscriberClass.allCases.compactMap { try holding(of: $0, on: list, own, at: now) }
            return classes + unconfirmed(on: list, own, at: now, confirmation: confirmation)
        }
    }

    private func holding(
        of kind: SubscriberClass, on list: MailingList, _ counts: [HoldingCount], at now: Date
    ) throws -> RetentionStatus? {
        let active = counts.first { $0.kind == kind && $0.state == .active }
        let restricted = counts.first { $0.kind == kind && $0.state == .restricted }
        let rules = list.rules(at: now)
        let term = rules.terms[kind]
        guard active != nil || restricted != nil || term != nil || kind == .subscriber else { return nil }
        let overdue = try term.map { try quiet(on: list, kind, since: now - .days($0), limit: 10_000).count } ?? 0
        return RetentionStatus(
            list: list.slug, kind: kind.rawValue, rule: rules.words(for: kind), term: term,
            records: active?.count ?? 0, restricted: restricted?.count ?? 0, oldest: active?.oldest, overdue: overdue)
    }

    private func unconfirmed(
        on list: MailingList, _ counts: [HoldingCount], at now: Date, confirmation: Duration
    ) -> [RetentionStatus] {
        let pending = counts.filter { $0.state == .pending }
        guard let oldest = pending.map(\.oldest).min() else { return [] }
        return [
            RetentionStatus(
                list: list.slug, kind: "unconfirmed",
                rule: "at most \(Int(confirmation / .seconds(3600))) hours after the sign-up", term: nil,
                records: pending.reduce(0) { $0 + $1.count }, restricted: 0, oldest: oldest,
                overdue: oldest + confirmation < now - .seconds(60) ? 1 : 0)
        ]
    }
}
