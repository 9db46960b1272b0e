import Mail

/// What attempts to open a connection have taught: which of the name's addresses lead nowhere, and which logins are refused.
/// Each address gets its turn, and each way of signing in that the relay offers, before the relay counts as out of reach.
struct OpeningRound {
    /// In this order, whatever curl would take first: under verified TLS the plain ones are as safe as any (RFC 8314 §3), and
    /// what depends on tickets or a domain's login (GSSAPI, NTLM) is not what a user and a password are for.
    private static let order = ["PLAIN", "LOGIN", "CRAM-MD5", "DIGEST-MD5", "NTLM"]
    /// What is allowed at first: of these, curl takes PLAIN where it is offered. What else there is, the relay's EHLO says.
    private static let first = ["PLAIN", "LOGIN"]
    /// For so long an address that led nowhere is passed over while another one serves.
    private static let memory: Duration = .seconds(300)

    struct Attempt {
        /// One that began in an earlier round says nothing about this one.
        let round: Int
        let mechanisms: [String]
        /// The addresses.
        let tried: Set<[UInt8]>
    }

    private(set) var number = 0
    private(set) var shunned: Set<[UInt8]> = []
    private(set) var mechanisms = Self.first
    private var refused: Set<String> = []
    private var failure: RelayFailure?
    private var forgetAt: ContinuousClock.Instant?

    /// An attempt has failed, and others have still to be made.
    var isUnderWay: Bool { failure != nil || !refused.isEmpty }

    /// Nil: there is another way, to be tried at once. Otherwise why there is none.
    mutating func failed(_ failure: RelayFailure, _ attempt: Attempt) -> RelayFailure? {
        guard attempt.round == number else { return nil }
        if case .unauthorised(let refusal) = failure {
            if !refusal.isPassing, goOn(after: refusal, attempt.mechanisms) { return nil }
            return end(with: failure)
        }
        guard !attempt.tried.isEmpty else { return end(with: failure) }
        shunned.formUnion(attempt.tried)
        if self.failure?.isUnreachable ?? true { self.failure = failure }
        return nil
    }

    mutating func succeeded(at now: ContinuousClock.Instant) {
        failure = nil
        refused = []
        if !shunned.isEmpty, forgetAt == nil { forgetAt = now + Self.memory }
    }

    /// Before an attempt.
    mutating func forgetWhatIsOld(at now: ContinuousClock.Instant) {
        guard let forgetAt, forgetAt <= now else { return }
        shunned = []
        self.forgetAt = nil
    }

    /// Another login that the relay offers. What is told in the end is the first one's refusal.
    private mutating func goOn(after refusal: LoginRefusal, _ tried: [String]) -> Bool {
        refused.formUnion(refusal.mechanism.map { [$0] } ?? tried)
        let next = Self.order.first { refusal.offered.contains($0) && !refused.contains($0) }
        guard let next else { return false }
        mechanisms = [next]
        if refusal.reply != nil, failure == nil { failure = .unauthorised(refusal) }
        return true
    }

    private mutating func end(with last: RelayFailure) -> RelayFailure {
        defer { self = OpeningRound(number: number + 1) }
        return failure ?? last
    }
}

extension OpeningRound {
    private init(number: Int) {
        self.init()
        self.number = number
    }
}

extension RelayFailure {
    fileprivate var isUnreachable: Bool {
        if case .unreachable = self { true } else { false }
    }
}
