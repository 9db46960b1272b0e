import CoreMetrics
import Foundation
package import Logging
package import Mail
import ServiceLifecycle
import Synchronization

/// Tells the receiver what has happened, at least once, and of one subscription in order. Nobody who changes a
/// subscription waits for it.
///
/// It turns in one loop, as the `Dispatcher` does: a turn writes down what became of the attempts that have ended, and
/// claims as much as there is room for. What was claimed when a process dies is told again by the next, under the same
/// id.
///
/// Who is erased while an event about them is claimed: the event does not start any more once that is committed, here
/// or in another process (`SendGuard`). One that had started ends as it ends, and `left` or `erased` goes behind it.
package final class EventSender: Service {
    /// Attempts under way at most.
    package static let window = 8
    /// How long a stop waits for answers; the others are told again.
    static let drainLimit: Duration = .seconds(3)

    private let store: any Store
    private let keyring: Keyring
    private let receiver: any EventReceiver
    private let sendGuard: SendGuard
    private let doorbell: Doorbell
    private let calendar: SteadyClock
    private let clock: WallClock
    private let logger: Logger
    private let state = Mutex(State())

    package init(
        store: any Store, keyring: Keyring, receiver: any EventReceiver, sendGuard: SendGuard, doorbell: Doorbell,
        calendar: SteadyClock, logger: Logger
    ) {
        self.store = store
        self.keyring = keyring
        self.receiver = receiver
        self.sendGuard = sendGuard
        self.doorbell = doorbell
        self.calendar = calendar
        clock = calendar.calendar
        self.logger = logger
    }

    fileprivate struct State {
        var isStopping = false
        /// Attempts by the event's number.
        var underWay: [Int64: Attempt] = [:]
        var ended: [Ended] = []
        var rest = EventRest()
        private var lastFailure: String?
        /// Why the receiver takes nothing; nil while it does.
        var cause: String? { rest.isResting ? lastFailure : nil }
        /// A claim's transaction failed, and may have been committed all the same.
        var isUncertain = false
    }

    fileprivate struct Attempt {
        let claimed: ClaimedEvent
        var task: Task<Void, Never>?
    }

    fileprivate struct Ended: Sendable {
        let claimed: ClaimedEvent
        let outcome: EventOutcome
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
            self.state.withLock { $0.isStopping = true }
            self.doorbell.ring()
        }
        try await settleLast()
    }

    /// Turns until nothing is due and nothing is under way. Returns how many attempts it made.
    package func drain() async throws -> Int {
        var attempts = 0
        while true {
            attempts += try await turn()
            let isIdle = state.withLock { $0.underWay.isEmpty && $0.ended.isEmpty }
            if isIdle { return attempts }
            await doorbell.wait()
        }
    }

    private func turnUntilStopped() async {
        var hasRecovered = false
        var telling = StandStill(of: "telling the receiver of events")
        var receiving = StandStill(of: "hooks.receiver")
        while !state.withLock(\.isStopping) {
            do {
                if !hasRecovered, !sendGuard.isClosed {
                    try await recover()
                    hasRecovered = true
                }
                // A task for each: what a turn has left in its frames goes with it, a person's address too.
                _ = try await Task(operation: { try await turn() }).value
                telling.isOver(logger)
                if let cause = state.withLock(\.cause) {
                    receiving.begins(cause: cause, as: .warning, logger)
                } else {
                    receiving.isOver(logger)
                }
            } catch {
                telling.begins(error, logger)
            }
            await doorbell.wait()
        }
    }

    /// What was claimed here by a process that is dead is told again; it is not known whether the receiver has it.
    package func recover() async throws {
        try await store.write { try $0.releaseEventClaims() }
    }

    /// Rings once a second, so that what falls due is seen without anybody ringing.
    private func pulse() async {
        while !Task.isCancelled {
            doorbell.ring()
            try? await Task.sleep(for: .seconds(1))
        }
        doorbell.ring()
    }

    // MARK: One turn

    fileprivate struct Turn: Sendable {
        var ended: [Ended] = []
        var room = 0
        var mustRelease = false
        var isFailing = false
        var hasCome = false
    }

    /// Returns how many attempts it has begun.
    private func turn() async throws -> Int {
        let (now, uptime, isClosed) = (clock.now(), clock.uptime(), sendGuard.isClosed)
        let turn = state.withLock { $0.takeTurn(at: uptime, isClosed: isClosed) }
        guard !turn.ended.isEmpty || turn.room > 0 else { return 0 }
        // Most looks find nothing, and cost no commit.
        if turn.ended.isEmpty, !turn.mustRelease {
            guard try await store.read({ try $0.hasEvents(dueBefore: now) }) else { return 0 }
        }
        let mayEnd = calendar.mayEnd
        let number = sendGuard.open()
        let claimed: [ClaimedEvent]
        let givenUp: Int
        do {
            (claimed, givenUp) = try await store.write { tx in
                if turn.mustRelease { try tx.releaseEventClaims() }
                let givenUp = try tx.settle(turn, mayEnd: mayEnd, at: now)
                return (turn.room == 0 ? [] : try tx.claimEvents(dueBefore: now, limit: turn.room), givenUp)
            }
        } catch {
            sendGuard.enter([])
            state.withLock { $0.putBack(turn) }
            throw error
        }
        sendGuard.settle(turn.ended.lazy.map(\.claimed.person))
        sendGuard.enter(claimed.map(\.person))
        state.withLock { state in
            for ended in turn.ended { state.underWay[ended.claimed.id] = nil }
            if turn.mustRelease { state.isUncertain = false }
        }
        count(turn.ended, givenUp: givenUp)
        for event in claimed { begin(event, claim: number) }
        return claimed.count
    }

    private func count(_ ended: [Ended], givenUp: Int) {
        for ended in ended { Measures.count(ended.outcome) }
        guard givenUp > 0 else { return }
        Measures.givenUpEvents.increment(by: givenUp)
        logger.error(
            "events were given up: the receiver has not taken them for a day, and will not hear of them",
            metadata: ["count": "\(givenUp)", "then": "compare with courant list export"])
    }

    private func begin(_ claimed: ClaimedEvent, claim: Int64) {
        state.withLock { $0.underWay[claimed.id] = Attempt(claimed: claimed, task: nil) }
        let task = Task {
            let outcome = await self.attempt(claimed, claim: claim)
            self.state.withLock { $0.ended.append(Ended(claimed: claimed, outcome: outcome)) }
            self.doorbell.ring()
        }
        state.withLock { $0.underWay[claimed.id]?.task = task }
    }

    private func attempt(_ claimed: ClaimedEvent, claim: Int64) async -> EventOutcome {
        let message: EventMessage
        do {
            let person = try claimed.record.flatMap { record in
                record.isTold ? try keyring.person(record.person, of: record.id) : nil
            }
            message = try EventMessage(claimed, person: person)
        } catch {
            // Its key was destroyed meanwhile: the record is sealed anew, and read again.
            return .recalled
        }
        let person = claimed.person
        return await receiver.deliver(message, at: clock.now()) { [sendGuard] in
            sendGuard.mayStart(person, claim: claim)
        }
    }

    // MARK: The end

    private func settleLast() async throws {
        let deadline = ContinuousClock.now + Self.drainLimit
        while ContinuousClock.now < deadline, state.withLock({ $0.ended.count < $0.underWay.count }) {
            try? await Task.sleep(for: .milliseconds(20))
        }
        for task in state.withLock({ $0.underWay.values.compactMap(\.task) }) {
            task.cancel()
            await task.value
        }
        _ = try await turn()
    }
}

extension EventSender.State {
    fileprivate mutating func takeTurn(at uptime: Duration, isClosed: Bool) -> EventSender.Turn {
        var turn = EventSender.Turn(ended: ended)
        ended = []
        for ended in turn.ended {
            switch ended.outcome {
            case .delivered: if rest.noteAnswer() { turn.hasCome = true }
            case .failed(let status):
                rest.noteFailure(at: uptime)
                lastFailure = status
            case .recalled: break
            }
        }
        turn.isFailing = rest.isResting
        let others = underWay.count - turn.ended.count
        guard !isStopping, !isClosed else { return turn }
        if isUncertain {
            guard others == 0 else { return turn }
            turn.mustRelease = true
        }
        turn.room = max(0, rest.room(at: uptime, of: EventSender.window) - others)
        return turn
    }

    /// The transaction failed: they are still to be written down.
    fileprivate mutating func putBack(_ turn: EventSender.Turn) {
        ended.insert(contentsOf: turn.ended, at: 0)
        if turn.room > 0 { isUncertain = true }
    }
}

extension Transaction {
    /// Returns how many events were given up.
    fileprivate func settle(_ turn: EventSender.Turn, mayEnd: Bool, at now: Date) throws -> Int {
        var hasFailed = false
        for ended in turn.ended {
            let claimed = ended.claimed
            switch ended.outcome {
            case .delivered: try deleteEvent(claimed.id)
            case .recalled: try releaseEvent(claimed.id)
            case .failed(let status):
                hasFailed = true
                let since = claimed.failingSince ?? now
                let due = min(
                    now + EventRetries.delay(after: claimed.attempts + 1), max(now, since + EventRetries.limit))
                try putOffEvent(
                    claimed.id, until: due, attempts: claimed.attempts + 1, failingSince: since, status: status)
            }
        }
        if turn.hasCome { try noteAnsweringReceiver(at: now) }
        guard hasFailed else { return 0 }
        if turn.isFailing { try noteFailingReceiver(at: now) }
        return mayEnd ? try giveUpEvents(failingSince: now - EventRetries.limit) : 0
    }
}
