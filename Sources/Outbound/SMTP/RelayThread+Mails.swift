import CCurl
import Mail

extension RelayThread {
    /// How many connections may die under a mail before it goes back to the store.
    private static let mishaps = 2

    // MARK: Connections

    /// Opens connections as mails wait for them, and gives up those that take too long.
    func openConnections() {
        if connecting > 0, stopBy != nil || now >= earliest { giveUpConnecting() }
        let missing = missingConnections
        guard missing > 0, now >= reach.notBefore else { return }
        connecting += missing
        for _ in 0..<missing {
            let connection = SMTPConnection(configuration, deadline: now + configuration.timeouts.connect + .seconds(1))
            connections.append(connection)
            earliest = min(earliest, connection.deadline)
            curl_multi_add_handle(multi.pointer, connection.handle.pointer)
        }
        multi.perform()
    }

    private func giveUpConnecting() {
        for connection in connections where connection.stage == .connecting {
            guard stopBy != nil || now >= connection.deadline else { continue }
            connection.close()
            connecting -= 1
            hasClosed = true
            if stopBy == nil { reach.failed(.unreachable("The relay did not answer in time"), at: now) }
        }
    }

    /// As many as mails wait for; but one only where the relay was out of reach, until it has answered.
    private var missingConnections: Int {
        let limit = reach.failures > 0 ? 1 : connectionLimit
        guard stopBy == nil, !waiting.isEmpty, connections.count < limit, !isHeldBack else { return 0 }
        let free = connections.count { $0.stage == .connecting || ($0.stage == .open && $0.session.wantsMail) }
        return max(0, min(limit - connections.count, waiting.count - free))
    }

    /// One connection's part of a round: mail for it if it wants any, bytes, and whether its time is up.
    func tend(_ connection: SMTPConnection) {
        repeat {
            giveMail(to: connection)
            guard write(connection) else { return }
            takeOutcomes(of: connection, blameless: true)
        } while stopBy == nil && connection.session.wantsMail && !waiting.isEmpty && !isHeldBack
        if mustStop(connection) { return finish(connection, .stopping) }
        if now >= connection.deadline { takeSilence(of: connection) }
        if connection.stage == .open, connection.session.isIdle, stopBy != nil || connection.session.isSpent {
            leave(connection)
        }
        watch(connection)
    }

    private func mustStop(_ connection: SMTPConnection) -> Bool {
        guard let stopBy else { return false }
        return now >= stopBy || (now >= undecidedBy && !connection.session.isDecisive)
    }

    private func leave(_ connection: SMTPConnection) {
        connection.session.quit()
        if write(connection) { extendDeadline(of: connection) }
    }

    var isHeldBack: Bool { bucket.nextToken > now }

    private func giveMail(to connection: SMTPConnection) {
        while stopBy == nil, connection.session.wantsMail, !waiting.isEmpty {
            guard bucket.take(at: now), let errand = waiting.next() else { return }
            if let objection = connection.session.objection(to: errand.mail) {
                verdicts.append(objection, of: errand)
            } else {
                connection.session.begin(errand.mail, tag: errand)
            }
        }
    }

    /// False when the connection is gone.
    private func write(_ connection: SMTPConnection) -> Bool {
        do {
            if try connection.write() { extendDeadline(of: connection) }
            return true
        } catch {
            finish(connection, .lost("The relay closed the connection"))
            return false
        }
    }

    private func takeSilence(of connection: SMTPConnection) {
        guard connection.session.wait != .nothing else { return leave(connection) }
        connection.session.end(.lost("The relay did not answer in time"))
        close(connection, blameless: false)
    }

    func extendDeadline(of connection: SMTPConnection) {
        let timeouts = configuration.timeouts
        connection.deadline =
            switch connection.session.wait {
            case .nothing: now + timeouts.idle
            case .reply: now + (connection.session.isLeaving ? min(timeouts.idle, timeouts.reply) : timeouts.reply)
            case .finalDot: now + timeouts.finalDot
            }
        earliest = min(earliest, connection.deadline)
    }

    // MARK: Verdicts

    func finish(_ connection: SMTPConnection, _ failure: RelayFailure) {
        connection.session.end(failure)
        close(connection, blameless: failure != .stopping)
    }

    /// The session has ended. `blameless`: its mails may be begun again elsewhere.
    func close(_ connection: SMTPConnection, blameless: Bool) {
        let hadMails = takeOutcomes(of: connection, blameless: blameless)
        connection.close()
        hasClosed = true
        mustTendAll = true
        if hadMails, !connection.hasSettled, let failure = connection.session.ended { reach.failed(failure, at: now) }
    }

    /// Returns whether there were any.
    @discardableResult
    func takeOutcomes(of connection: SMTPConnection, blameless: Bool) -> Bool {
        var any = false
        connection.session.takeOutcomes { outcome in
            any = true
            switch outcome.verdict {
            case .unsent where blameless && stopBy == nil && outcome.tag.mishaps < Self.mishaps:
                var errand = outcome.tag
                errand.mishaps += 1
                waiting.putBack(errand)
            case .accepted, .later, .refused:
                connection.hasSettled = true
                reach.answered()
                fallthrough
            default:
                verdicts.append(outcome.verdict, of: outcome.tag)
            }
        }
        return any
    }

    func giveBack(_ groups: Set<Int64>) {
        for errand in waiting.remove(groups) { verdicts.append(.recalled, of: errand) }
    }

    /// While the relay is left alone and no connection is left, mails wait in the store and not here.
    func giveBackWhatCannotGo() {
        let failure: RelayFailure
        if stopBy != nil {
            failure = .stopping
        } else if let cause = reach.failure, now < reach.notBefore, connections.allSatisfy({ $0.stage == .closed }) {
            failure = cause
        } else {
            return
        }
        while let errand = waiting.next() { verdicts.append(.unsent(failure), of: errand) }
    }
}

/// What is known of the relay's being there.
struct Reach {
    let backoff: Backoff
    private(set) var failures = 0
    private(set) var failure: RelayFailure?
    private(set) var notBefore = ContinuousClock.now

    init(backoff: Backoff) { self.backoff = backoff }

    /// Attempts that were under way together fail together, and count once.
    mutating func failed(_ failure: RelayFailure, at now: ContinuousClock.Instant) {
        self.failure = failure
        guard now >= notBefore else { return }
        failures += 1
        notBefore = now + backoff.pause(after: failures)
    }

    mutating func answered() {
        guard failures > 0 else { return }
        failures = 0
        failure = nil
        notBefore = .now
    }
}
