import Foundation
import Mail

/// A mail between its claim and its outcome.
enum InFlightMail: Sendable {
    case outbox(ClaimedOutboxMail)
    case delivery(Delivery, campaign: Int64)

    /// Whose mail it is, for those who leave meanwhile.
    var person: UInt128 {
        switch self {
        case .outbox(let mail): mail.subscription?.number ?? 0
        case .delivery(let delivery, _): delivery.subscription.number
        }
    }
}

/// A flight that has landed.
struct SettledMail: Sendable {
    let ticket: Int64
    let inFlightMail: InFlightMail
    let verdict: Verdict
    /// Nil where no mail was made.
    var recipient: Recipient?
    /// It was put off for its domain's sake.
    var turn: Date?

    /// Whether it says something about the recipient.
    var isAnswer: Bool {
        switch verdict {
        case .accepted: true
        case .refused(let reply): reply.command == .recipient
        default: false
        }
    }

    var isDead: Bool { if case .refused(let reply) = verdict { RefusalCause(reply) == .dead } else { false } }
}

/// Whom a mail is written to, as far as its settling must know. No address.
struct Recipient: Sendable {
    /// Nil: a newsletter.
    let kind: OutboxMail.Kind?
    /// The domain's keyed digest.
    let domain: Data
    /// Of a test, for whoever waits for its answer.
    var test: String?

    /// Its subscription's own mailbox, and not another one that was typed.
    var isTheirs: Bool { kind?.goesToSubscriber ?? true }
}

/// What one turn took from the store.
struct Claim: Sendable {
    /// As `SendGuard` counts them.
    var number: Int64 = 0
    var outbox: [ClaimedOutboxMail] = []
    /// For which the outbox and notices speak; read once for all of it.
    var lists: [Slug: MailingList] = [:]
    var campaigns: [(campaign: Campaign, deliveries: [Delivery])] = []

    var count: Int { campaigns.reduce(outbox.count) { $0 + $1.deliveries.count } }

    var persons: [UInt128] {
        outbox.map { $0.subscription?.number ?? 0 } + campaigns.flatMap { $0.deliveries.map(\.subscription.number) }
    }
}

/// What the dispatcher's next transaction is to do.
struct Turn: Sendable {
    var settled: [SettledMail]
    /// How long the relay has not been reached.
    var silence: Duration
    /// Answers that are to be counted: of each domain where somebody is said not to exist, and altogether (empty).
    var answers: [Data: Int] = [:]
    /// How much to claim.
    var room = 0
    /// What is claimed already is nobody's.
    var mustRelease = false
}

/// The dispatcher's memory: what is under way, what has landed, and whether the relay needs a rest.
struct InFlightMails {
    var isStopping = false
    private var underWay: [Int64: InFlightMail] = [:]
    private var recipients: [Int64: Recipient] = [:]
    private var answers = DomainAnswers()
    private var isObjected = false
    private var landed: [SettledMail] = []
    private var lastTicket: Int64 = 0
    private var rest = RelayRest()
    private var pace: DomainPace
    /// A claim's transaction failed, and may have been committed all the same.
    private var isUncertain = false
    private var lastTurn: Duration = .zero

    init(domainRate: Int) {
        pace = DomainPace(rate: domainRate)
    }

    /// What the relay and the domains are given is shared out among so many processes.
    var share: Share {
        get { pace.share }
        set { pace.share = newValue }
    }

    func uncounted(of domain: Data) -> Int { answers.uncounted(of: domain) }
    mutating func noteCounted(_ domain: Data) { answers.noteCounted(domain) }

    var count: Int { underWay.count }
    var isEmpty: Bool { underWay.isEmpty && landed.isEmpty }

    /// Those with mails under way.
    var campaigns: Set<Int64> {
        Set(underWay.values.compactMap { if case .delivery(_, let campaign) = $0 { campaign } else { nil } })
    }

    mutating func board(_ inFlightMail: InFlightMail) -> Int64 {
        lastTicket += 1
        underWay[lastTicket] = inFlightMail
        return lastTicket
    }

    mutating func address(_ ticket: Int64, to recipient: Recipient) { recipients[ticket] = recipient }

    mutating func note(_ verdicts: [Settled]) {
        for settled in verdicts {
            guard let inFlightMail = underWay[settled.ticket] else { continue }
            landed.append(
                SettledMail(
                    ticket: settled.ticket, inFlightMail: inFlightMail, verdict: settled.verdict,
                    recipient: recipients[settled.ticket]))
        }
    }

    mutating func note(objection: String?, isTaken: Bool) -> Objection? {
        if let objection, !isTaken, !isObjected {
            isObjected = true
            return .begins(status: objection)
        }
        guard isTaken, isObjected else { return nil }
        isObjected = false
        return .ends
    }

    /// Whether enough has landed for a turn: a quarter of the window, so that a commit is shared by many, or all that is under
    /// way, or anything when the last turn was a while ago. What comes sooner waits for the next one, or for the pulse.
    func areWorthATurn(at uptime: Duration) -> Bool {
        guard !landed.isEmpty else { return false }
        return landed.count >= Dispatcher.window / 4 || landed.count == underWay.count
            || uptime - lastTurn >= Dispatcher.turnInterval
    }

    /// False when its domain has had enough for now; then it has landed, to be put off.
    mutating func mayDepart(
        _ delivery: Delivery, of campaign: Int64, ticket: Int64, domain: String, digest: Data, at now: Date
    ) -> Bool {
        address(ticket, to: Recipient(kind: nil, domain: digest))
        guard let turn = pace.turn(for: domain, isPlanned: delivery.isPaced, at: now) else { return true }
        let inFlightMail = InFlightMail.delivery(delivery, campaign: campaign)
        landed.append(SettledMail(ticket: ticket, inFlightMail: inFlightMail, verdict: .recalled, turn: turn))
        return false
    }

    /// What has landed since, and how much may be claimed: nothing while stopping or while the relay cannot be reached, and
    /// in portions of at least a quarter of the window, so that commits are shared by many. After a failure nothing until
    /// all has landed, for then whatever is still claimed is known to be nobody's.
    mutating func takeSettled(uptime: Duration) -> Turn {
        let taken = landed
        landed = []
        lastTurn = uptime
        for settledMail in taken where settledMail.verdict != .recalled { rest.note(settledMail.verdict, at: uptime) }
        var turn = Turn(settled: taken, silence: rest.silence(at: uptime), answers: answers.toBeCounted(taken))
        let free = Dispatcher.window - underWay.count + taken.count
        let mustWait = isUncertain && free < Dispatcher.window
        guard !isStopping, !rest.isResting(at: uptime), free >= Dispatcher.window / 4, !mustWait else { return turn }
        turn.room = free
        turn.mustRelease = isUncertain
        return turn
    }

    /// The transaction failed: they are still to be written down.
    mutating func putBack(_ turn: Turn) {
        landed.insert(contentsOf: turn.settled, at: 0)
        if turn.room > 0 { isUncertain = true }
    }

    mutating func forget(_ turn: Turn) {
        for settledMail in turn.settled {
            underWay[settledMail.ticket] = nil
            recipients[settledMail.ticket] = nil
        }
        answers.note(turn)
        if turn.mustRelease { isUncertain = false }
    }
}

/// While the relay cannot be reached, nothing is claimed: 1 s at first, doubling to a minute.
struct RelayRest {
    private var failures = 0
    private var since: Duration = .zero
    private var until: Duration = .zero

    mutating func note(_ verdict: Verdict, at uptime: Duration) {
        guard case .unsent(let failure) = verdict else {
            (failures, until) = (0, .zero)
            return
        }
        // A whole queue comes back at once with the same failure: it counts once.
        guard failure != .stopping, failure != .addressNeedsUTF8, uptime >= until else { return }
        if failures == 0 { since = uptime }
        failures += 1
        until = uptime + .seconds(min(60, 1 << min(failures - 1, 6)))
    }

    func isResting(at uptime: Duration) -> Bool { uptime < until }

    func silence(at uptime: Duration) -> Duration { failures == 0 ? .zero : uptime - since }
}
