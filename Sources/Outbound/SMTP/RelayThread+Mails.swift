import CCurl
import Mail

extension RelayThread {
    /// How many connections may die under a mail, the last under it alone, before it is put off.
    private static let mishaps = 2

    // MARK: Connections

    /// Opens connections as mails wait for them, and gives up those that take too long.
    func openConnections() {
        if connecting > 0, stopBy != nil || now >= earliest { giveUpConnecting() }
        let missing = missingConnections
        guard missing > 0, now >= reach.notBefore else { return }
        round.forgetWhatIsOld(at: now)
        connecting += missing
        for _ in 0..<missing {
            let connection = SMTPConnection(configuration, round, at: now)
            connections.append(connection)
            earliest = min(earliest, connection.deadline)
            curl_multi_add_handle(multi.pointer, connection.handle.pointer)
        }
        // One that fails at once, with nothing to wait for, would be noticed when its time is up.
        takeConnected()
    }

    private func giveUpConnecting() {
        for connection in connections where connection.stage == .connecting {
            guard stopBy != nil || now >= connection.deadline else { continue }
            let failure = connection.silence
            connection.close()
            connecting -= 1
            hasClosed = true
            if stopBy == nil { openingFailed(failure, of: connection) }
        }
    }

    func openingFailed(_ failure: RelayFailure, of connection: SMTPConnection) {
        hasOpened = false
        if let failure = round.failed(failure, connection.attempt) { fail(failure, inOpening: true) }
    }

    private func fail(_ failure: RelayFailure, inOpening: Bool) {
        reach.failed(failure, inOpening: inOpening, at: now)
        configuration.health?.failed(name, failure, times: reach.failures, until: reach.notBefore)
    }

    /// As many as mails wait for; but one only where the relay may not let us in, until it has.
    private var missingConnections: Int {
        let isUnsure = reach.isDoubtful || round.isUnderWay || (configuration.user != nil && !hasOpened)
        let limit = isUnsure ? 1 : connectionLimit
        guard stopBy == nil, !waiting.isEmpty, connections.count < limit, !isHeldBack else { return 0 }
        let free = connections.count { $0.stage == .connecting || ($0.stage == .open && $0.takesMail) }
        return max(0, min(limit - connections.count, waiting.count - free))
    }

    /// One connection's part of a round: mail for it if it wants any, bytes, and whether its time is up.
    func tend(_ connection: SMTPConnection) {
        repeat {
            giveMail(to: connection)
            guard write(connection) else { return }
            takeOutcomes(of: connection)
        } while stopBy == nil && hasMail(for: connection) && !isHeldBack
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
        while stopBy == nil, hasMail(for: connection) {
            guard bucket.take(at: now), let errand = takeMail(for: connection) else { return }
            if let objection = connection.session.objection(to: errand.mail) {
                verdicts.append(objection, of: errand)
            } else {
                connection.isAlone = errand.mishaps > 0
                connection.session.begin(errand.mail, tag: errand)
            }
        }
    }

    /// Where it is the turn of a mail that goes alone, this connection is kept free for it.
    private func hasMail(for connection: SMTPConnection) -> Bool {
        guard connection.stage == .open, connection.takesMail else { return false }
        if reserved == nil, waiting.mustGoAlone { reserved = connection }
        return reserved === connection ? connection.session.isIdle : waiting.unsuspected > 0
    }

    private func takeMail(for connection: SMTPConnection) -> QueuedMail? {
        guard reserved === connection else { return waiting.next() }
        reserved = nil
        return waiting.nextSuspect()
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
        finish(connection, .lost("The relay did not answer in time"))
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
        close(connection)
    }

    /// The session has ended. Where it had settled nothing, and it was not under a mail that goes alone because of another
    /// connection's death, the relay may be ill; a second one makes it so.
    func close(_ connection: SMTPConnection) {
        let isAlone = connection.isAlone
        let hadMails = takeOutcomes(of: connection)
        connection.close()
        hasClosed = true
        mustTendAll = true
        guard hadMails, !connection.hasSettled, !isAlone, let failure = connection.session.ended else { return }
        if reach.isDoubtful { fail(failure, inOpening: false) }
        reach.stumbled()
    }

    /// Returns whether there were any.
    @discardableResult
    func takeOutcomes(of connection: SMTPConnection) -> Bool {
        var any = false
        connection.session.takeOutcomes { outcome in
            any = true
            switch outcome.verdict {
            case .unsent where stopBy == nil: takeMishap(outcome)
            case .accepted, .later, .refused:
                connection.hasSettled = true
                if reach.answered() { configuration.health?.answered(name) }
                noteRefusals(outcome.verdict)
                fallthrough
            default:
                verdicts.append(outcome.verdict, of: outcome.tag)
            }
        }
        return any
    }

    /// Accepted mails cost nothing here: only the first one after a refusal is worth a word.
    private func noteRefusals(_ verdict: Verdict) {
        switch verdict {
        case .refused:
            hasRefused = true
            configuration.health?.settled(name, verdict)
        case .accepted where hasRefused:
            hasRefused = false
            configuration.health?.settled(name, verdict)
        default: break
        }
    }

    /// A connection died under the mail. Once that may be anybody's fault; when it was alone, it is put off like one that the
    /// relay puts off, and ends with the schedule.
    private func takeMishap(_ outcome: SMTPSession<QueuedMail>.Outcome) {
        var errand = outcome.tag
        guard let command = outcome.unanswered else { return waiting.putBack(errand) }
        errand.mishaps += 1
        guard errand.mishaps >= Self.mishaps, case .unsent(let failure) = outcome.verdict else {
            return waiting.putBack(errand)
        }
        verdicts.append(.later(failure.asReply(to: command)), of: errand)
    }

    func giveBack(_ groups: Set<Int64>) {
        for errand in waiting.remove(groups) { verdicts.append(.recalled, of: errand) }
    }

    /// While the relay is left alone and no connection is left, mails wait in the store and not here; and while one is tried,
    /// all but the one that it is tried with. A mail under which a connection has died stays, so that its turn alone comes:
    /// unless nobody gets in.
    func giveBackWhatCannotGo() {
        if stopBy != nil {
            while let errand = waiting.next() ?? waiting.nextSuspect() {
                verdicts.append(.unsent(.stopping), of: errand)
            }
        } else if let cause = reach.failure, connections.allSatisfy({ $0.stage != .open }) {
            let isTried = now >= reach.notBefore || connections.contains { $0.stage == .connecting }
            let kept = isTried ? 1 : 0
            while waiting.unsuspected > kept, let errand = waiting.next() {
                verdicts.append(.unsent(cause), of: errand)
            }
            guard reach.failedInOpening, !isTried else { return }
            while let errand = waiting.nextSuspect() { verdicts.append(.unsent(cause), of: errand) }
        }
    }
}

extension RelayFailure {
    /// As an answer to the mail under which it happened: RFC 3463 §3.5 has 4.4.2 for a connection that was lost.
    fileprivate func asReply(to command: SMTPCommand) -> SMTPReply {
        switch self {
        case .unwelcome(let reply): reply
        case .lost(let text):
            SMTPReply(
                code: 421, enhanced: EnhancedStatus(class: 4, subject: 4, detail: 2), text: text, to: command)
        default: SMTPReply(code: 421, enhanced: nil, text: "", to: command)
        }
    }
}
