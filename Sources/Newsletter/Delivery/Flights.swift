import Foundation
import Mail

/// A mail between its claim and its outcome.
enum Flight: Sendable {
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
struct Landing: Sendable {
    let ticket: Int64
    let flight: Flight
    let verdict: Verdict
    /// It was put off for its domain's sake.
    var turn: Date?
}

/// What one turn took from the store.
struct Claim: Sendable {
    var outbox: [ClaimedOutboxMail] = []
    /// For which the outbox and notices speak; read once for all of it.
    var lists: [Slug: MailingList] = [:]
    var deliveries: [(campaign: Campaign, delivery: Delivery)] = []

    var persons: [UInt128] {
        outbox.map { $0.subscription?.number ?? 0 } + deliveries.map(\.delivery.subscription.number)
    }
}

/// The dispatcher's memory: what is under way, what has landed, and whether the relay needs a rest.
struct Flights {
    var isStopping = false
    private var underWay: [Int64: Flight] = [:]
    private var landed: [Landing] = []
    private var lastTicket: Int64 = 0
    private var rest = RelayRest()
    private var pace: DomainPace

    init(domainRate: Int) {
        pace = DomainPace(rate: domainRate)
    }

    var count: Int { underWay.count }
    var isEmpty: Bool { underWay.isEmpty && landed.isEmpty }

    mutating func board(_ flight: Flight) -> Int64 {
        lastTicket += 1
        underWay[lastTicket] = flight
        return lastTicket
    }

    mutating func note(_ verdicts: [Settled]) {
        for settled in verdicts {
            guard let flight = underWay[settled.ticket] else { continue }
            landed.append(Landing(ticket: settled.ticket, flight: flight, verdict: settled.verdict))
        }
    }

    /// False when its domain has had enough for now; then it has landed, to be put off.
    mutating func mayDepart(_ ticket: Int64, domain: String, at now: Date) -> Bool {
        guard let flight = underWay[ticket], case .delivery(let delivery, _) = flight else { return true }
        guard let turn = pace.turn(for: domain, isPlanned: delivery.isPaced, at: now) else { return true }
        landed.append(Landing(ticket: ticket, flight: flight, verdict: .recalled, turn: turn))
        return false
    }

    /// What has landed since, and how much may be claimed: nothing while stopping or while the relay cannot be reached, and
    /// in portions of at least a quarter of the window, so that commits are shared by many.
    mutating func takeSettled(uptime: Duration) -> (settled: [Landing], room: Int) {
        let taken = landed
        landed = []
        for landing in taken where landing.verdict != .recalled { rest.note(landing.verdict, at: uptime) }
        let free = Dispatcher.window - underWay.count + taken.count
        let room = isStopping || rest.isResting(at: uptime) || free < Dispatcher.window / 4 ? 0 : free
        return (taken, room)
    }

    /// How long the relay has not been reached.
    func silence(uptime: Duration) -> Duration { rest.silence(at: uptime) }

    /// The transaction failed: they are still to be written down.
    mutating func putBack(_ settled: [Landing]) {
        landed.insert(contentsOf: settled, at: 0)
    }

    mutating func forget(_ settled: [Landing]) {
        for landing in settled { underWay[landing.ticket] = nil }
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
