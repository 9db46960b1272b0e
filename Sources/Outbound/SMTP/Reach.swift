import Mail

/// What is known of the relay's being there.
///
/// A relay that is the only one is tried at least once a minute. While another serves, it rests for longer from the third failure
/// in a row on, so that mail keeps to one way; and as soon as no other serves, it is tried as the only one.
struct Reach {
    private let configuration: SMTPRelay.Configuration
    private(set) var failures = 0
    private(set) var failure: RelayFailure?
    private(set) var failedInOpening = false
    /// It is left alone until then.
    private(set) var notBefore = ContinuousClock.now
    private var soonest = ContinuousClock.now
    private var rested = ContinuousClock.now
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
        let pause = backoff(failure).pause(after: failures)
        let beyond = failures - RelayHealth.failuresToOpen
        soonest = now + pause
        rested = beyond < 0 ? soonest : now + max(pause, configuration.rest.pause(after: beyond + 1))
        lookAround()
    }

    /// Once a round, so that all of a round goes by the same: how the others are changes on other threads.
    mutating func lookAround() {
        notBefore = soonest
        guard rested > soonest, let health = configuration.health else { return }
        if health.serves(otherThan: "\(configuration.address)") { notBefore = rested }
    }

    mutating func stumbled() { isDoubtful = true }

    /// Returns whether it had failed.
    mutating func answered() -> Bool {
        isDoubtful = false
        guard failures > 0 else { return false }
        failures = 0
        failure = nil
        (soonest, rested) = (.now, .now)
        notBefore = soonest
        return true
    }

    private func backoff(_ failure: RelayFailure) -> Backoff {
        if case .unauthorised(let refusal) = failure, !refusal.isPassing { return configuration.loginBackoff }
        return configuration.backoff
    }
}
