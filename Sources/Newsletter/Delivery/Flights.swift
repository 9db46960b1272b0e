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
}

/// What one turn took from the store.
struct Claim: Sendable {
    var outbox: [ClaimedOutboxMail] = []
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

    /// What has landed since, and how much may be claimed: nothing while stopping or while the relay cannot be reached, and
    /// in portions of at least a quarter of the window, so that commits are shared by many.
    mutating func takeSettled(now: Date) -> (settled: [Landing], room: Int) {
        let taken = landed
        landed = []
        for landing in taken { rest.note(landing.verdict, at: now) }
        let free = Dispatcher.window - underWay.count + taken.count
        let room = isStopping || rest.isResting(at: now) || free < Dispatcher.window / 4 ? 0 : free
        return (taken, room)
    }

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
    private var until = Date.distantPast

    mutating func note(_ verdict: Verdict, at now: Date) {
        guard case .unsent(let failure) = verdict else {
            failures = 0
            until = .distantPast
            return
        }
        // A whole queue comes back at once with the same failure: it counts once.
        guard failure != .stopping, failure != .addressNeedsUTF8, now >= until else { return }
        failures += 1
        until = now + .seconds(min(60, 1 << min(failures - 1, 6)))
    }

    func isResting(at now: Date) -> Bool { now < until }
}
