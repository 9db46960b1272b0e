import Foundation
import Newsletter
import SQLStore

/// That nobody is kept for longer than the policy says.
extension PromiseCheck {
    static let retention = [retentionIsKept, classesMove]

    private static let retentionIsKept = PromiseCheck(
        "retention-is-kept",
        "nobody is kept past their list's rule; of `class` (subscriber, partner, prospect) nobody without a rule of at most `days`",
        reaches: .proven, parameters: ["class": .texts, "days": .number]
    ) { inspection, parameters in
        let holdings = try await inspection.courant.retention.show()
        let overdue = holdings.reduce(0) { $0 + $1.overdue }
        guard overdue == 0 else {
            return .broken("\(overdue) are kept past their rule: does the service run? courantd retention run")
        }
        let (classes, most) = (parameters.texts("class"), parameters.number("days", else: .max))
        for holding in holdings where classes.contains(holding.kind) && holding.records > 0 {
            guard let term = holding.term, term <= most else {
                let rule = holding.term.map { "\($0) days" } ?? "no rule"
                return .broken(
                    "\(holding.list) keeps \(holding.kind)s by \(rule), and not \(most) days: courant list edit")
            }
        }
        guard try await !inspection.read({ try $0.lists() }).isEmpty else { return .noListYet }
        let concerned = classes.isEmpty ? holdings : holdings.filter { classes.contains($0.kind) }
        let oldest = concerned.compactMap(\.oldest).min().map {
            ", the oldest quiet since \($0.formatted(.iso8601.year().month().day()))"
        }
        let words = "\(concerned.reduce(0) { $0 + $1.records }) kept, none past a rule\(oldest ?? "")"
        return classes.isEmpty
            ? .seen(
                words,
                unseen:
                    "whether the rules fit what the data is for: where a list has none, people stay until they leave "
                    + "(courant retention show)")
            : .proven(words)
    }

    private static let classesMove = PromiseCheck(
        "classes-move", "a prospect who becomes a partner is kept by the partners' rule from that day on",
        reaches: .proven, isRehearsed: true
    ) { inspection, _ in
        try await inspection.rehearse(.pending) { stage, canary in
            let retention = stage.courant.retention
            _ = try await retention.classify(canary.address, on: nil, as: .prospect, by: .service)
            _ = try await retention.classify(canary.address, on: nil, as: .partner, by: .service)
            let (kind, entry) = try await stage.read { tx in
                (try tx.subscription(canary.id)?.class, try tx.lastAuditEntry())
            }
            guard kind == .partner else { return .broken("The class was not changed.") }
            return entry?.subject == AuditSubject.subscription(canary.id).text
                ? .proven("Moved, with a new date, and in the audit")
                : .broken("The class was changed, and the audit does not say so.")
        }
    }
}
