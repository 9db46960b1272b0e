/// How a bad day ended.
package struct ChaosReport: Sendable {
    package let plan: ChaosPlan
    package let recipients: Int
    /// Deeds that came to pass.
    package var done: [ChaosDeed] = []
    package var kills = 0
    /// How the service ended by itself, each time: on a full disk it may; its bound is that of a kill.
    package var deaths: [String] = []

    /// Recipients whom the relay had given no, one, or more than one mail when the campaign was over by itself.
    package var none = 0
    package var one = 0
    package var more = 0
    /// Mails beyond everybody's first.
    package var duplicates = 0
    /// Recipients who got mails of more than one Message-ID.
    package var otherMessageIDs = 0
    /// By Courant's own account, then.
    package var inDoubt = 0
    package var refused = 0
    /// Nobody knows of them: no mail, and neither refused nor in doubt.
    package var missing = 0

    /// Still without a mail after everything refused or in doubt was tried once more.
    package var lost = 0
    /// Courant's own count of the accepted, at the very end.
    package var accounted = 0
    package var bound = 0
    package var complaints: [String] = []

    package init(plan: ChaosPlan, recipients: Int) {
        self.plan = plan
        self.recipients = recipients
    }

    package var isGood: Bool {
        lost == 0 && missing == 0 && duplicates <= bound && otherMessageIDs == 0 && accounted == recipients
            && complaints.isEmpty && deaths.allSatisfy { $0.hasPrefix("status 1:") }
            && (deaths.isEmpty || done.contains { $0.kind == "disk full" })
    }

    package var description: String {
        "seed \(plan.seed): 0×\(none) 1×\(one) 2+×\(more), in doubt \(inDoubt), refused \(refused), lost \(lost + missing), "
            + "duplicated \(duplicates) of at most \(bound)"
            + (otherMessageIDs > 0 ? ", \(otherMessageIDs) WITH ANOTHER MESSAGE-ID" : "")
            + (accounted == recipients ? "" : ", ACCOUNTED \(accounted)")
            + (deaths.isEmpty ? "" : ", ended by itself \(deaths.count) times (\(deaths[0]))")
            + complaints.map { "; \($0)" }.joined() + " — \(plan.description)"
    }
}
