import Mail

/// What is known of the relay's being there.
struct Reach {
    private let configuration: SMTPRelay.Configuration
    private(set) var failures = 0
    private(set) var failure: RelayFailure?
    private(set) var failedInOpening = false
    private(set) var notBefore = ContinuousClock.now
    /// A connection has died under a mail, and nothing has been answered since.
    private(set) var isDoubtful = false

    init(_ configuration: SMTPRelay.Configuration) { self.configuration = configuration }

    /// Attempts that were under way together fail together, and count once.
    mutating func failed(_ failure: RelayFailure, inOpening: Bool, at now: ContinuousClock.Instant) {
        self.failure = failure
        failedInOpening = inOpening
        isDoubtful = true
        guard now >= notBefore else { return }
        failures += 1
        notBefore = now + backoff(failure).pause(after: failures)
    }

    mutating func stumbled() { isDoubtful = true }

    /// Returns whether it had failed.
    mutating func answered() -> Bool {
        isDoubtful = false
        guard failures > 0 else { return false }
        failures = 0
        failure = nil
        notBefore = .now
        return true
    }

    private func backoff(_ failure: RelayFailure) -> Backoff {
        if case .unauthorised(let refusal) = failure, !refusal.isPassing { return configuration.loginBackoff }
        return configuration.backoff
    }
}
