import CoreMetrics
package import Foundation
package import Logging
package import Mail
import ServiceLifecycle
import Synchronization

/// Sends what is due: the outbox first, then the campaigns. Only it meets the relay.
///
/// It turns in one loop. A turn is one transaction that writes down the verdicts which have come in and claims as much as
/// there is room for, then renders what was claimed and hands it to the relay. While the relay works, the loop waits for
/// its bell: a verdict, a new mail, a campaign's new state, or the pulse of the clock.
///
/// What was claimed when a process dies is sent again by the next. So a crash duplicates at most what the relay had
/// accepted and no turn had yet written down: never more than `window`.
package final class Dispatcher: Service {
    /// Mails under way at most: handed to the relay, or back from it and not yet written down.
    package static let window = 512
    /// While verdicts come slowly, they are written down as often as this.
    static let turnInterval: Duration = .milliseconds(25)
    /// How long a stop waits for what is on the wire.
    package static let drainLimit: Duration = .seconds(15)

    let store: any Store
    let relay: any Relay
    let renderer: MailRenderer
    private let sendGuard: SendGuard
    let doorbell: Doorbell
    let clock: WallClock
    /// What is scheduled begins by it. Nil: by the time of day.
    private let calendar: SteadyClock?
    private let promises: any PromiseKeeper
    private let approval: Campaigns.Approval
    private let testAnswers: TestAnswers
    let logger: Logger
    let inFlightMails: Mutex<InFlightMails>

    package init(
        store: any Store, relay: any Relay, renderer: MailRenderer, sendGuard: SendGuard, doorbell: Doorbell,
        clock: WallClock, calendar: SteadyClock? = nil, domainRate: Int = 0,
        promises: any PromiseKeeper = NoPromises(), approval: Campaigns.Approval = .none,
        testAnswers: TestAnswers = TestAnswers(), logger: Logger
    ) {
        self.testAnswers = testAnswers
        self.approval = approval
        self.promises = promises
        inFlightMails = Mutex(InFlightMails(domainRate: domainRate))
        self.store = store
        self.relay = relay
        self.renderer = renderer
        self.sendGuard = sendGuard
        self.doorbell = doorbell
        self.clock = clock
        self.calendar = calendar
        self.logger = logger
    }

    // MARK: The loop

    package func run() async throws {
        await withTaskCancellationOrGracefulShutdownHandler {
            await withTaskGroup { group in
                group.addTask { await self.pulse() }
                await self.turnUntilStopped()
                group.cancelAll()
            }
        } onCancelOrGracefulShutdown: {
            self.inFlightMails.withLock { $0.isStopping = true }
            self.doorbell.ring()
        }
        await relay.stop(within: Self.drainLimit)
        try await settleLast()
    }

    /// Nobody else serves this store, so whatever is claimed was claimed by a process that is dead.
    package func recover() async throws {
        let now = clock.now()
        try await store.write { try $0.releaseClaims(at: now) }
    }

    /// What a process that began with a clock far ahead has put off until then is due now: nothing waits for so long.
    package func bringForward() async throws {
        guard calendar?.mayEnd != false else { return }
        let (now, horizon) = (clock.now(), clock.now() + .days(100))
        guard try await store.read({ try $0.hasMail(dueAfter: horizon) }) else { return }
        try await store.write { try $0.bringForward(dueAfter: horizon, at: now) }
    }

    /// Turns until nothing is due and nothing is under way. Returns how many mails were handed to the relay.
    package func drain() async throws -> Int {
        try await startScheduled()
        var handed = 0
        while true {
            let count = try await turn()
            handed += count
            if count == 0, inFlightMails.withLock({ $0.isEmpty }) { return handed }
            await waitForMore()
        }
    }

    private func turnUntilStopped() async {
        var hasRecovered = false
        var sending = StandStill(of: "sending")
        while !inFlightMails.withLock({ $0.isStopping }) {
            do {
                // A store that is away just now ends nobody who serves already; and while another may still be sending,
                // what it has claimed is its own.
                if !hasRecovered, !sendGuard.isClosed {
                    try await recover()
                    hasRecovered = true
                }
                // A task for each: what a turn has left in its frames goes with it, a recipient's address too.
                _ = try await Task(operation: { try await turn() }).value
                sending.isOver(logger)
                await waitForMore()
            } catch {
                // The store is full, locked or away: sign-ups say so too, and the next pulse tries again.
                sending.begins(error, logger)
                await doorbell.wait()
            }
        }
    }

    /// Until somebody rings, unless as much has landed while nobody listened as is worth a turn.
    private func waitForMore() async {
        let uptime = clock.uptime()
        if !inFlightMails.withLock({ $0.areWorthATurn(at: uptime) }) { await doorbell.wait() }
    }

    /// Rings once a second, so that what falls due is seen without anybody ringing.
    private func pulse() async {
        var schedule = StandStill(of: "the schedule")
        while !Task.isCancelled {
            do {
                try await startScheduled()
                try await heedTheOthers()
                schedule.isOver(logger)
            } catch {
                schedule.begins(error, logger)
            }
            doorbell.ring()
            try? await Task.sleep(for: .seconds(1))
        }
        doorbell.ring()
    }

    /// Campaigns whose time has come. What has gone out cannot be called back, so a clock that may be wrong begins none.
    private func startScheduled() async throws {
        guard calendar?.mayEnd != false else { return }
        let now = clock.now()
        guard try await !store.read({ try $0.scheduledCampaigns(dueBefore: now).isEmpty }) else { return }
        let broken = await promises.brokenPromises()
        let terms = SendingTerms(
            approval: approval, broken: broken, keyring: renderer.keyring, signer: renderer.signer)
        for (campaign, stop) in try await store.write({ try $0.startScheduled(terms, at: now) }) {
            logger.tell(stop, of: campaign)
        }
    }

    /// Those that serve the same store: they share the relay, and what was paused through one of them comes back from all.
    private func heedTheOthers() async throws {
        let share = store.share
        relay.keep(to: share)
        // Who may not begin a mail gives back what waits.
        if sendGuard.isClosed { inFlightMails.withLock(\.campaigns).forEach(relay.recall) }
        let campaigns = inFlightMails.withLock { inFlightMails in
            inFlightMails.share = share
            return share == .whole ? [] : inFlightMails.campaigns
        }
        guard !campaigns.isEmpty else { return }
        let sending = try await store.read { Set(try $0.sendingCampaigns().map(\.id)) }
        for campaign in campaigns.subtracting(sending) { relay.recall(campaign) }
    }

    // MARK: One turn

    /// Returns how many mails it handed to the relay.
    private func turn() async throws -> Int {
        let now = clock.now()
        let turn = takeSettled()
        if turn.settled.isEmpty && turn.room == 0 { return 0 }
        let number = sendGuard.open()
        var (claim, settlement) = (Claim(), Settlement())
        do {
            (claim, settlement) = try await store.write { tx in
                let settlement = try tx.settle(turn, at: now)
                if turn.mustRelease { try tx.releaseClaims(at: now) }
                return (turn.room == 0 ? Claim() : try tx.claim(limit: turn.room, now: now), settlement)
            }
        } catch {
            sendGuard.enter([])
            inFlightMails.withLock { $0.putBack(turn) }
            throw error
        }
        sendGuard.settle(turn.settled.lazy.map(\.inFlightMail.person))
        sendGuard.enter(claim.persons)
        claim.number = number
        inFlightMails.withLock { $0.forget(turn) }
        count(turn.settled)
        conclude(settlement, of: turn)
        return try await handOver(claim)
    }

    /// Nothing is claimed by a process that has no place among those that send.
    private func takeSettled() -> Turn {
        let (uptime, isClosed) = (clock.uptime(), sendGuard.isClosed)
        var turn = inFlightMails.withLock { $0.takeSettled(uptime: uptime) }
        if isClosed { (turn.room, turn.mustRelease) = (0, false) }
        return turn
    }

    private func count(_ settled: [SettledMail]) {
        for settledMail in settled {
            Measures.count(settledMail.verdict)
            if let test = settledMail.recipient?.test { testAnswers.note(test, settledMail.verdict) }
        }
        Measures.underWay.record(inFlightMails.withLock { $0.count })
    }

    private func handOver(_ claim: Claim) async throws -> Int {
        var mails = await sign(await render(claim))
        for index in mails.indices { mails[index].claim = claim.number }
        guard !mails.isEmpty else { return 0 }
        relay.send(mails, sendGuard: sendGuard) { verdicts in
            let isTime = self.inFlightMails.withLock { inFlightMails in
                inFlightMails.note(verdicts)
                return inFlightMails.areWorthATurn(at: self.clock.uptime())
            }
            if isTime { self.doorbell.ring() }
        }
        return mails.count
    }

    /// After the relay has stopped: writes down every verdict that came.
    private func settleLast() async throws {
        let now = clock.now()
        let turn = takeSettled()
        guard !turn.settled.isEmpty else { return }
        _ = try await store.write { try $0.settle(turn, at: now) }
        sendGuard.settle(turn.settled.lazy.map(\.inFlightMail.person))
        inFlightMails.withLock { $0.forget(turn) }
    }
}

extension Dispatcher: DomainMemory {
    package func uncounted(ofDomain digest: Data) -> Int { inFlightMails.withLock { $0.uncounted(of: digest) } }
    package func noteCounted(_ digest: Data) { inFlightMails.withLock { $0.noteCounted(digest) } }
}
