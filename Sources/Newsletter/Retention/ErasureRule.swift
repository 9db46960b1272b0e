import Foundation

/// One of the reasons for which a list's people are erased, and who falls under it now.
struct ErasureRule: Sendable {
    /// In the audit.
    let word: String
    let count: any WritableKeyPath<Sweep, Int> & Sendable
    let find: @Sendable (any Transaction, _ limit: Int) throws -> [SubscriptionID]
    /// How many. Nil where it is no surprise that they are many at once: everybody on a list that staff have closed.
    var tally: (@Sendable (any Transaction) throws -> Int)?

    static func erasureRules(of list: MailingList, at now: Date) -> [ErasureRule] {
        var erasureRules: [ErasureRule] = []
        let rules = list.rules(at: now)
        if let closedAt = list.closedAt, closedAt + rules.graceWhenClosed <= now {
            erasureRules.append(
                ErasureRule(word: "closed", count: \.closed) { tx, limit in try tx.anybody(on: list, limit: limit) })
        }
        for (kind, days) in rules.terms {
            let horizon = now - .days(days)
            erasureRules.append(
                ErasureRule(word: "ended", count: \.ended) { tx, limit in
                    try tx.quiet(on: list, kind, since: horizon, limit: limit)
                } tally: { tx in
                    try tx.countQuiet(on: list, kind, since: horizon)
                })
        }
        if list.basis == .legitimateInterest {
            let horizon = now - .days(RetentionRules.noticeDays)
            erasureRules.append(
                ErasureRule(word: "uninformed", count: \.uninformed) { tx, limit in
                    try tx.uninformed(on: list, since: horizon, limit: limit)
                } tally: { tx in
                    try tx.countUninformed(on: list, since: horizon)
                })
        }
        return erasureRules
    }
}

/// Whom to ask now whether to be kept: those whose term ends soon and has not ended.
struct ReminderWindow: Sendable {
    let term: Int
    let find: @Sendable (any Transaction, _ limit: Int) throws -> [SubscriptionID]

    static func windows(of list: MailingList, at now: Date) -> [ReminderWindow] {
        guard let remindDays = list.retention.remindDays, list.closedAt == nil else { return [] }
        return list.rules(at: now).terms.map { kind, days in
            let window = (now - .days(days))...(now - .days(days - remindDays))
            return ReminderWindow(term: days) { tx, limit in
                try tx.unasked(on: list, kind, quietSince: window, limit: limit)
            }
        }
    }
}
