import Foundation
import Mail

/// How fast one recipient domain is written to: so many mails in any second of the clock, over all campaigns.
///
/// What exceeds the limit is not held here but put off in the store, each mail to a second of its own in which there is
/// room for it. So a list that is half one domain's does not stand in the others' way.
package struct DomainPace {
    /// Mails a second to one domain; 0 is no limit.
    let rate: Int
    /// This process's part of it.
    var share = Share.whole
    private var second = 0
    private var used: [String: Int] = [:]
    /// By domain: until when its seconds are given away.
    private var planned: [String: Date] = [:]

    /// What a delivery that was put off for this is marked with.
    package static let mark = "paced"

    init(rate: Int) {
        self.rate = rate
    }

    /// Nil: it may go now. Otherwise when it may. `isPlanned`: it was put off before and this is its time.
    mutating func turn(for domain: String, isPlanned: Bool, at now: Date) -> Date? {
        guard rate > 0 else { return nil }
        startSecond(now)
        let next = Date(timeIntervalSince1970: Double(second + 1))
        let plan = planned[domain] ?? .distantPast
        if used[domain, default: 0] < share.part(of: rate, turn: second), isPlanned || plan <= now {
            used[domain, default: 0] += 1
            return nil
        }
        if isPlanned { return next }
        let turn = max(plan, next)
        planned[domain] = turn + .seconds(1) * share.count / rate
        return turn
    }

    private mutating func startSecond(_ now: Date) {
        let current = Int(now.timeIntervalSince1970.rounded(.down))
        guard current != second else { return }
        second = current
        used.removeAll(keepingCapacity: true)
        if planned.count > 10_000 { planned = planned.filter { $0.value > now } }
    }
}
