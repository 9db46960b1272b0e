import Foundation
import Newsletter
import SQLStore

/// That nobody is kept for longer than the policy says.
extension PromiseCheck {
    static let retention = [retentionIsKept, classesMove]

    private static let retentionIsKept = PromiseCheck(
        "retention-is-kept",
        "nobody is kept past their list's rule; of `class` (subscriber, partner, prospect) nobody without a rule of at most `days`",
        parameters: ["class": .texts, "days": .number]
    ) { inspection, parameters in
        let holdings = try await inspection.courant.retention.show()
        let overdue = holdings.reduce(0) { $0 + $1.overdue }
        guard overdue == 0 else {
            return .broken("\(overdue) are kept past their rule: does the service run? courantd retention run")
        }
        let most = parameters.number("days", else: .max)
        for holding in holdings where parameters.texts("class").contains(holding.kind) && holding.records > 0 {
            guard let term = holding.term, term <= most else {
                let rule = holding.term.map { "\($0) days" } ?? "no rule"
                return .broken(
                    "\(holding.list) keeps \(holding.kind)s by \(rule), and not \(most) days: courant list edit")
            }
        }
        let kept = holdings.reduce(0) { $0 + $1.records }
        let oldest = holdings.compactMap(\.oldest).min().map {
            ", the oldest quiet since \($0.formatted(.iso8601.year().month().day()))"
        }
        return .kept("\(kept) kept, none past a rule\(oldest ?? "")")
    }

    private static let classesMove = PromiseCheck(
        "classes-move", "a prospect who becomes a partner is kept by the partners' rule from that day on"
    ) { inspection, _ in
        try await inspection.withCanary(.pending) { canary in
            let retention = inspection.courant.retention
            _ = try await retention.classify(canary.address, on: nil, as: .prospect, by: .service)
            _ = try await retention.classify(canary.address, on: nil, as: .partner, by: .service)
            let kind = try await inspection.read { try $0.subscription(canary.id)?.class }
            return kind == .partner
                ? .kept("Moved, with a new date, and in the audit") : .broken("The class was not changed.")
        }
    }
}
