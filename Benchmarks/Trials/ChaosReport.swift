import Mail

/// How a bad day ended.
package struct ChaosReport: Sendable {
    package let plan: ChaosPlan
    package let recipients: Int
    /// Deeds that came to pass.
    package var done: [ChaosDeed] = []
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

    /// Who came and went meanwhile.
    /// How long the database was away, each time.
    var outages: [Duration] = []
    private(set) var visits = ChaosVisitors.Book()
    private var gone: Set<String> = []
    /// Mails to somebody that began after the 200 of their unsubscribe.
    package var late = 0

    package init(plan: ChaosPlan, recipients: Int) {
        self.plan = plan
        self.recipients = recipients
    }

    package var kills: Int { count { if case .kill = $0 { true } else { false } } }
    package var left: Int { visits.left.count }
    package var signedUp: Int { visits.signedUp.count }
    package var confirmed: Int { visits.confirmed.count }

    /// How often the database was away for so long that every lease may have lapsed: then what was under way in any process
    /// may be sent again, as if it had died.
    var lapses: Int { outages.count { $0 > .seconds(4) } }

    func hasLeft(_ recipient: String) -> Bool { gone.contains(recipient) }

    mutating func note(_ visits: ChaosVisitors.Book) {
        self.visits = visits
        gone = Set(visits.left.keys.map { Premises.recipient($0).wire })
    }

    mutating func complain(_ count: Int, _ what: String) {
        if count != 0 { complaints.append("\(count) \(what)") }
    }

    private func count(_ isMeant: (ChaosDeed) -> Bool) -> Int { done.count(where: isMeant) }

    package var isGood: Bool {
        lost == 0 && missing == 0 && late == 0 && duplicates <= bound && otherMessageIDs == 0 && accounted == recipients
            && complaints.isEmpty && deaths.allSatisfy { $0.hasPrefix("status 1:") }
            && (deaths.isEmpty || done.contains { $0.kind == "disk full" })
    }

    package var description: String {
        "seed \(plan.seed): 0×\(none) 1×\(one) 2+×\(more), in doubt \(inDoubt), refused \(refused), lost \(lost + missing), "
            + "duplicated \(duplicates) of at most \(bound)"
            + (otherMessageIDs > 0 ? ", \(otherMessageIDs) WITH ANOTHER MESSAGE-ID" : "")
            + (late > 0 ? ", \(late) AFTER THEY HAD LEFT" : "")
            + (left > 0 ? ", \(left) left, \(signedUp) signed up, \(confirmed) confirmed" : "")
            + (accounted == recipients ? "" : ", ACCOUNTED \(accounted)")
            + (deaths.isEmpty ? "" : ", ended by itself \(deaths.count) times (\(deaths[0]))")
            + complaints.map { "; \($0)" }.joined() + " — \(plan.description)"
    }
}
