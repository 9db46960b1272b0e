import CCurl
import Mail

/// A connection to the relay: curl opens it (name, TCP, STARTTLS, EHLO, AUTH), then hands it over (`CONNECT_ONLY`), and
/// the session speaks on it. Confined to the relay's thread.
final class SMTPConnection {
    enum Stage { case connecting, open, closed }

    let handle = CurlHandle()
    private(set) var stage = Stage.connecting
    private(set) var socket: curl_socket_t = -1
    var session = SMTPSession<QueuedMail>(abilities: SMTPAbilities(), grouping: .off, mails: 0)
    /// Until when something has to happen.
    var deadline: ContinuousClock.Instant
    var isWatchedForWriting = false
    /// The relay has answered a mail here: it is in order.
    var hasSettled = false
    /// It carries a mail that goes alone.
    var isAlone = false

    private let opening: SMTPOpening
    private let round: Int
    private let mechanisms: [String]
    private var progress = 0
    /// Where TLS finds the record it is to write: it wants an interrupted write repeated from the same address with the
    /// same length. Nil where there is no TLS.
    private let staging: UnsafeMutableRawBufferPointer?
    private var staged: Range<Int> = 0..<0

    init(_ configuration: SMTPRelay.Configuration, _ round: OpeningRound, at now: ContinuousClock.Instant) {
        self.round = round.number
        mechanisms = round.mechanisms
        opening = SMTPOpening(configuration, mechanisms: round.mechanisms, shunned: round.shunned)
        deadline = now + configuration.timeouts.connect
        staging = configuration.isEncrypted ? .allocate(byteCount: 16 * 1024, alignment: 16) : nil
        opening.prepare(handle)
    }

    deinit {
        curl_easy_cleanup(handle.pointer)
        staging?.deallocate()
    }

    var attempt: OpeningRound.Attempt {
        OpeningRound.Attempt(round: round, mechanisms: mechanisms, tried: opening.tried)
    }

    /// Each step of the opening has a clock of its own (RFC 5321 §4.5.3.2), which begins anew as something happens.
    func noteProgress(at now: ContinuousClock.Instant) {
        let step = opening.step(handle)
        let progress = opening.progress + (step == .name || step == .tcp ? 0 : 1)
        guard progress != self.progress else { return }
        self.progress = progress
        deadline = now + opening.limit(step)
    }

    /// What was waited for in vain.
    var silence: RelayFailure { opening.silence(handle) }
    /// What is waited for, and for how long at the most.
    var waiting: String { opening.waiting(handle) }
    var isAuthenticated: Bool { opening.isAuthenticated }
    var abilities: SMTPAbilities { opening.abilities }

    /// curl has finished connecting, one way or the other.
    func finishConnecting(_ result: CURLcode, _ configuration: SMTPRelay.Configuration) -> RelayFailure? {
        if let failure = opening.failure(result, handle) {
            stage = .closed
            return failure
        }
        stage = .open
        socket = ccurl_get_socket(handle.pointer)
        session = SMTPSession(
            abilities: opening.abilities, grouping: configuration.grouping, mails: configuration.messagesPerConnection)
        return nil
    }

    /// Another mail may begin here.
    var takesMail: Bool { session.wantsMail && (!isAlone || session.isIdle) }

    func close() { stage = .closed }
}

// MARK: Bytes

extension SMTPConnection {
    var wantsToWrite: Bool { !staged.isEmpty || session.hasOutput }

    /// Writes what the session has, as far as the connection takes it without waiting. A mail is begun only if nobody has
    /// stopped it, which nobody can while it is being begun. Returns whether any bytes went.
    func write() throws(ConnectionLost) -> Bool {
        var progress = false
        while wantsToWrite {
            let sent = staged.isEmpty ? write(session.nextPiece(atMost: staging?.count ?? 64 * 1024)) : writeStaged()
            switch sent {
            case .all: progress = true
            case .part: return true
            case .nothing: return progress
            case .withdrawn: session.retract(.withdrawn)
            case .recalled: session.retract(.recalled)
            case .broken: throw ConnectionLost()
            }
        }
        return progress
    }

    /// Reads what has come, and hands it to the session. With TLS, bytes may wait where no poll sees them: so until there
    /// is nothing left.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(ConnectionLost) {
        while session.ended == nil {
            var count = 0
            let result = curl_easy_recv(handle.pointer, buffer.baseAddress, buffer.count, &count)
            if result == CURLE_AGAIN { return }
            guard result == CURLE_OK, count > 0 else { throw ConnectionLost() }
            session.receive(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            if staging == nil, count < buffer.count { return }
        }
    }

    private enum Sent { case all, part, nothing, withdrawn, recalled, broken }

    private func write(_ piece: SMTPSession<QueuedMail>.Piece) -> Sent {
        guard let errand = piece.starts, errand.mail.person != 0 else { return send(piece) }
        return errand.batch.sendGuard.start { permission in
            switch permission(errand.mail) {
            case .granted: send(piece)
            case .withdrawn: .withdrawn
            case .recalled: .recalled
            }
        }
    }

    private func send(_ piece: SMTPSession<QueuedMail>.Piece) -> Sent {
        guard let staging else {
            let (sent, count) = session.withBytes(of: piece) { send($0) }
            session.wrote(count)
            return sent
        }
        session.withBytes(of: piece) { staging.copyMemory(from: $0) }
        session.wrote(piece.count)
        staged = 0..<piece.count
        return writeStaged()
    }

    private func writeStaged() -> Sent {
        guard let staging else { return .nothing }
        let (sent, count) = send(UnsafeRawBufferPointer(rebasing: staging[staged]))
        staged = (staged.lowerBound + count)..<staged.upperBound
        return sent
    }

    private func send(_ bytes: UnsafeRawBufferPointer) -> (Sent, count: Int) {
        var count = 0
        switch curl_easy_send(handle.pointer, bytes.baseAddress, bytes.count, &count) {
        case CURLE_OK: return (count == bytes.count ? .all : .part, count)
        case CURLE_AGAIN: return (.nothing, 0)
        default: return (.broken, 0)
        }
    }
}

struct ConnectionLost: Error {}
