import Synchronization

/// Which relays are in trouble, since when and why: for the log, the metrics and whoever asks. Each relay reports to it from
/// its own thread; `tell` hears what is worth a line, once when it begins and once when it is over.
package final class RelayHealth: Sendable {
    package enum Cause: Sendable, Equatable {
        /// It takes nothing.
        case failure(RelayFailure)
        /// It refuses one mail after another, in these words.
        case refusals(SMTPReply)
    }

    package struct Trouble: Sendable, Equatable {
        /// As `smtp://host:25`.
        package let relay: String
        package let cause: Cause
        package let since: ContinuousClock.Instant
    }

    /// Whether mail is handed to it.
    package enum Breaker: Int, Sendable, CaseIterable {
        case closed
        /// It is tried with one mail.
        case halfOpen
        /// It is left alone until `nextTry`.
        case open
    }

    package struct Standing: Sendable {
        package let relay: String
        package let trouble: Trouble?
        package let breaker: Breaker
        /// Nil while it is in use, or being tried.
        package let nextTry: ContinuousClock.Instant?
    }

    package enum Change: Sendable {
        case began(Trouble)
        case ended(Trouble, at: ContinuousClock.Instant)
        /// One more attempt has failed.
        case failed(RelayFailure)
    }

    fileprivate struct State {
        var trouble: Trouble?
        var isTold = false
        /// Attempts in a row to connect, sign in or keep the connection that came to nothing.
        var failures = 0
        var nextTry: ContinuousClock.Instant?
        var refusals: Refusals?
        /// What it said of SMTPUTF8 when it last let us in; nil before it has.
        var offersUTF8: Bool?
    }

    /// With so many failures in a row it is open.
    package static let failuresToOpen = 3
    /// A connection that does not come about once is nothing yet.
    private static let worthTelling = 2

    private let first: String?
    private let state: Mutex<[String: State]>
    private let tell: @Sendable (Change) -> Void

    /// `relays`: all there are, in the order in which they are asked.
    package init(_ relays: [String], tell: @escaping @Sendable (Change) -> Void = { _ in }) {
        first = relays.first
        state = Mutex(Dictionary(relays.map { ($0, State()) }) { first, _ in first })
        self.tell = tell
    }

    /// Each relay, with what troubles it: whoever asks hears of the first failure, too.
    package var standing: [Standing] { standing(at: .now) }

    package func standing(at now: ContinuousClock.Instant) -> [Standing] {
        state.withLock { all in
            all.map { relay, state in
                Standing(
                    relay: relay, trouble: state.trouble, breaker: state.breaker(at: now),
                    nextTry: state.nextTry.flatMap { $0 > now ? $0 : nil })
            }.sorted { $0.relay < $1.relay }
        }
    }

    /// When a relay is tried again, where none serves; nil where one does, or is being tried.
    package func nextTry(at now: ContinuousClock.Instant = .now) -> ContinuousClock.Instant? {
        let standing = standing(at: now)
        guard standing.allSatisfy({ $0.trouble != nil && $0.nextTry != nil }) else { return nil }
        return standing.compactMap(\.nextTry).min()
    }

    /// Whether there is one to which mail can go instead.
    package func serves(otherThan relay: String) -> Bool {
        state.withLock { all in all.contains { $0.key != relay && $0.value.serves } }
    }

    /// What stands in the way of mail: the first relay's trouble, as long as no relay is without one.
    package var trouble: Trouble? {
        let standing = standing
        return standing.contains { $0.trouble == nil } ? nil : standing.first?.trouble
    }

    /// Whether addresses that need SMTPUTF8 (RFC 6531) can be written to: the relay that is asked first has said so, and none
    /// has said otherwise.
    package var takesUTF8: Bool {
        state.withLock { all in
            guard let first, all[first]?.offersUTF8 == true else { return false }
            return !all.values.contains { $0.offersUTF8 == false }
        }
    }

    // MARK: From the relays

    /// It has let us in.
    package func opened(_ relay: String, offersUTF8: Bool) {
        state.withLock { $0[relay, default: State()].offersUTF8 = offersUTF8 }
    }

    /// For the `times`th time in a row. `until`: it is left alone until then.
    package func failed(
        _ relay: String, _ failure: RelayFailure, times: Int, until: ContinuousClock.Instant? = nil,
        at now: ContinuousClock.Instant = .now
    ) {
        tell(.failed(failure))
        change(relay) { state in
            (state.refusals, state.failures, state.nextTry) = (nil, times, until)
            let isAnother = state.trouble.map { !$0.cause.isLike(failure) } ?? true
            if isAnother {
                let since = state.trouble?.since ?? now
                state.trouble = Trouble(relay: relay, cause: .failure(failure), since: since)
                state.isTold = false
            }
            guard !state.isTold, times >= Self.worthTelling || failure.isLasting else { return nil }
            state.isTold = true
            return state.trouble.map { .began($0) }
        }
    }

    package func settled(_ relay: String, _ verdict: Verdict, at now: ContinuousClock.Instant = .now) {
        switch verdict {
        case .refused(let reply):
            change(relay) { state in
                var refusals = state.refusals ?? Refusals(reply)
                if let known = state.trouble?.cause, !known.isLike(reply), !refusals.isLike(reply) {
                    refusals = Refusals(reply)
                }
                refusals.add(reply)
                state.refusals = refusals
                guard refusals.areAll, state.trouble?.cause.isLike(refusals.common) != true else { return nil }
                if case .failure = state.trouble?.cause { return nil }
                let since = state.trouble?.since ?? now
                let trouble = Trouble(relay: relay, cause: .refusals(refusals.common), since: since)
                (state.trouble, state.isTold) = (trouble, true)
                return .began(trouble)
            }
        case .accepted:
            change(relay) { state in
                state.refusals = nil
                return Self.end(&state, at: now)
            }
        default: break
        }
    }

    /// It has answered a mail, in whatever way.
    package func answered(_ relay: String, at now: ContinuousClock.Instant = .now) {
        change(relay) { Self.end(&$0, at: now) }
    }

    private static func end(_ state: inout State, at now: ContinuousClock.Instant) -> Change? {
        defer { (state.trouble, state.isTold, state.failures, state.nextTry) = (nil, false, 0, nil) }
        return state.isTold ? state.trouble.map { .ended($0, at: now) } : nil
    }

    private func change(_ relay: String, _ body: (inout State) -> Change?) {
        if let change = state.withLock({ body(&$0[relay, default: State()]) }) { tell(change) }
    }
}

extension RelayHealth.State {
    fileprivate func breaker(at now: ContinuousClock.Instant) -> RelayHealth.Breaker {
        guard failures >= RelayHealth.failuresToOpen else { return .closed }
        return nextTry.map { $0 > now } ?? false ? .open : .halfOpen
    }

    /// One that refuses all mail serves nobody.
    fileprivate var serves: Bool {
        if case .refusals = trouble?.cause { return false }
        return failures < RelayHealth.failuresToOpen
    }
}

/// Refusals in a row, without an accepted mail between them.
private struct Refusals {
    private var count = 0
    private let first: SMTPReply
    private var words: [Substring]

    init(_ reply: SMTPReply) {
        first = reply
        words = reply.text.split(separator: " ")
    }

    /// Words that are not the same in each may be about one person.
    mutating func add(_ reply: SMTPReply) {
        count += 1
        let others = reply.text.split(separator: " ")
        words = words.prefix(others.count).enumerated().map { $1 == others[$0] ? $1 : "…" }
    }

    func isLike(_ reply: SMTPReply) -> Bool { first.isLike(reply) }

    /// So many that it is more likely the relay than the recipients. Of mailboxes that are none, a few may stand together.
    var areAll: Bool { count >= (first.command == .recipient && first.enhanced?.subject == 1 ? 10 : 3) }

    var common: SMTPReply {
        let text = words.map { $0.utf8.contains(UInt8(ascii: "@")) ? "…" : $0 }.joined(separator: " ")
        return SMTPReply(code: first.code, enhanced: first.enhanced, text: text, to: first.command)
    }
}

extension RelayHealth.Cause {
    /// The same kind of trouble needs no second line.
    fileprivate func isLike(_ failure: RelayFailure) -> Bool {
        guard case .failure(let known) = self else { return false }
        return known.kind == failure.kind
    }

    fileprivate func isLike(_ reply: SMTPReply) -> Bool {
        guard case .refusals(let known) = self else { return false }
        return known.isLike(reply)
    }
}

extension SMTPReply {
    fileprivate func isLike(_ other: SMTPReply) -> Bool {
        code == other.code && enhanced == other.enhanced && command == other.command
    }
}

extension RelayFailure {
    /// In one word, for a metric's label.
    package var kind: String {
        switch self {
        case .stopping: "stopping"
        case .unreachable: "unreachable"
        case .insecure: "insecure"
        case .unauthorised: "unauthorised"
        case .unwelcome: "unwelcome"
        case .lost: "lost"
        case .addressNeedsUTF8: "smtputf8"
        }
    }

    /// It does not pass by itself in a moment.
    fileprivate var isLasting: Bool {
        switch self {
        case .insecure: true
        case .unauthorised(let refusal): !refusal.isPassing
        default: false
        }
    }
}
