import Foundation
import Logging
import Mail
import Newsletter
import Synchronization

/// The processes that serve one database together, as one of them sees it.
///
/// Each holds a lease, which it renews every second, once it has heard itself on the connection on which it hears who has
/// left. Where it hears nothing, or after its lease, it starts no mail (`SendGuard.limit`), and what it had claimed goes
/// to the others. So whoever erases somebody whose mail another process has claimed waits until that one has heard of it, or
/// can send no more: its lease runs from the call that it heard, before which it has heard of everybody.
final class Cluster: Sendable {
    static let lease: Duration = .seconds(5)
    static let beat: Duration = .seconds(1)
    /// Who has not heard itself within this time hears nobody.
    static let earshot: Duration = .seconds(3)
    /// A newcomer lets the others hear of it first, so that limits which are shared are not passed.
    static let welcome: Duration = .milliseconds(1500)

    private let address: PostgresAddress
    private let membership: Membership
    private let sendGuard: SendGuard
    private let ledger: LedgerFile
    private let keptFor: TimeInterval
    private let logger: Logger
    private let waiting = Mutex(Waiting())
    private let alarm = Alarm()

    private struct Waiting {
        var isLeaving = false
        var hasLeft = false
        var onLeft: [CheckedContinuation<Void, Never>] = []
        var answers: [Answer] = []
    }

    /// Somebody who has left, and waits for those who might be writing to them.
    private struct Answer {
        var remoteClaims: Set<RemoteClaim>
        let latest: ContinuousClock.Instant
        let answer: @Sendable () -> Void
    }

    init(
        _ address: PostgresAddress, membership: Membership, sendGuard: SendGuard, ledger: LedgerFile,
        backupsExpireAfter: Duration, logger: Logger
    ) {
        self.address = address
        self.membership = membership
        self.sendGuard = sendGuard
        self.ledger = ledger
        keptFor = backupsExpireAfter / .seconds(1)
        self.logger = logger
        sendGuard.limit(to: .now)
    }

    /// Takes a place before anything is claimed.
    func join() throws(StoreOpening) {
        do {
            // The thread's alone from here on.
            nonisolated(unsafe) let link = try MembershipConnection(address, membership, ledger, keptFor: keptFor)
            let heard = try arrive(at: link).heard
            let isAlone = membership.share.count == 1
            sendGuard.limit(to: isAlone ? heard + Self.lease : .now)
            let opens: ContinuousClock.Instant = isAlone ? .now : .now + Self.welcome
            let thread = Thread { self.stay(at: link, opens: opens) }
            thread.name = "cluster"
            thread.start()
        } catch let deafness as Deafness {
            throw .unusable(deafness.advice)
        } catch let failure as PostgresFailure {
            throw failure.opening
        } catch {
            throw .unreachable(StoreFailure(error).advice)
        }
    }

    // MARK: Those who leave

    /// Calls `answer` when every process that might be writing to them has heard of it.
    func whenHeard(by remoteClaims: [RemoteClaim], then answer: @escaping @Sendable () -> Void) {
        let isAlone = waiting.withLock { waiting in
            if waiting.hasLeft { return true }
            waiting.answers.append(
                Answer(remoteClaims: Set(remoteClaims), latest: .now + Self.lease, answer: answer))
            return false
        }
        isAlone ? answer() : alarm.ring()
    }

    private func heard(_ remoteClaim: RemoteClaim) {
        answer { $0.remoteClaims.remove(remoteClaim) }
    }

    private func answer(_ change: (inout Answer) -> Void = { _ in }) {
        let ready = waiting.withLock { waiting in
            for index in waiting.answers.indices { change(&waiting.answers[index]) }
            let isReady = waiting.answers.partition { $0.remoteClaims.isEmpty || $0.latest <= .now }
            defer { waiting.answers.removeSubrange(isReady...) }
            return waiting.answers[isReady...].map(\.answer)
        }
        for answer in ready { answer() }
    }

    // MARK: The thread

    private func stay(at first: MembershipConnection, opens: ContinuousClock.Instant) {
        var link: MembershipConnection? = first
        var next = ContinuousClock.now + Self.beat
        var mustEmptyItsHands = false
        while !waiting.withLock(\.isLeaving) {
            do {
                let current = try link ?? MembershipConnection(address, membership, ledger, keptFor: keptFor)
                if let renewed = try link == nil ? arrive(at: current) : stayInEarshot(of: current, &next) {
                    // What was said while nobody listened.
                    if link == nil { sendGuard.recallEverything() }
                    link = current
                    // Of what it had in hand, others answer for the leavers now.
                    mustEmptyItsHands = (mustEmptyItsHands || renewed.lease.wasLost) && !sendGuard.areEmptyHanded
                    sendGuard.limit(
                        to: opens <= .now && !mustEmptyItsHands ? renewed.heard + Self.lease : .now)
                }
            } catch {
                if link != nil {
                    logger.error(
                        "the other instances cannot be heard", metadata: ["cause": "\(StoreFailure(error).advice)"])
                }
                sendGuard.limit(to: .now)
                link = nil
                alarm.wait(for: .milliseconds(250))
            }
            answer()
        }
        sendGuard.limit(to: .now)
        try? link?.leave()
        left()
    }

    /// When it called to itself, and the lease that it took when it had heard that.
    private typealias Renewal = (heard: ContinuousClock.Instant, lease: MembershipConnection.Lease)

    /// Takes a place, or its place again, once it hears.
    private func arrive(at link: MembershipConnection) throws -> Renewal {
        try link.call()
        while true {
            if let heard = try hear(link, until: .now + Self.beat) { return (heard, try link.beat()) }
            guard !link.isDeaf else { throw Deafness() }
        }
    }

    /// Calls with each beat, and renews its lease with each call that it hears.
    private func stayInEarshot(of link: MembershipConnection, _ next: inout ContinuousClock.Instant) throws -> Renewal?
    {
        if next <= .now {
            next = .now + Self.beat
            try link.call()
        }
        guard !link.isDeaf else { throw Deafness() }
        return try hear(link, until: next).map { ($0, try link.beat()) }
    }

    /// Returns when it had called to itself, where it has heard that now: what was said before it is heeded.
    private func hear(
        _ link: MembershipConnection, until next: ContinuousClock.Instant
    ) throws -> ContinuousClock.Instant? {
        let isWaitedFor = waiting.withLock { !$0.answers.isEmpty }
        let patience = min(next - .now, isWaitedFor ? .milliseconds(50) : Self.beat)
        var gone: [RemoteClaim] = []
        var heard: ContinuousClock.Instant?
        for word in try link.words(within: max(patience, .zero), waker: alarm.descriptor) {
            switch word {
            case .leave(let remoteClaim) where remoteClaim.holder == membership.id:
                sendGuard.stop([remoteClaim.stop])
                gone.append(remoteClaim)
            case .leave: break
            case .left(let remoteClaim): self.heard(remoteClaim)
            case .echo(let word): heard = link.heard(word) ?? heard
            }
        }
        alarm.hush()
        try link.acknowledge(gone)
        return heard
    }

    // MARK: The end

    /// Returns once it has left.
    func stayed() async {
        await withCheckedContinuation { continuation in
            let hasLeft = waiting.withLock { waiting in
                if !waiting.hasLeft { waiting.onLeft.append(continuation) }
                return waiting.hasLeft
            }
            if hasLeft { continuation.resume() }
        }
    }

    func leave() {
        waiting.withLock { $0.isLeaving = true }
        alarm.ring()
    }

    private func left() {
        let (answers, waiters) = waiting.withLock { waiting in
            defer { (waiting.answers, waiting.onLeft) = ([], []) }
            waiting.hasLeft = true
            return (waiting.answers, waiting.onLeft)
        }
        for waiter in answers { waiter.answer() }
        for waiter in waiters { waiter.resume() }
    }
}
