package import Foundation
import Synchronization

/// Leaves a captcha's provider alone once it has failed several times in a row: for a while nobody waits for it. Then one
/// request tries it again, and the others go on without.
package final class CircuitBreaker: Captcha {
    /// Failures in a row.
    package static let patience = 5
    package static let rest: Duration = .seconds(20)

    private let captcha: any Captcha
    private let state = Mutex(State())

    private struct State {
        var failures = 0
        /// Until then nobody is to ask.
        var closedUntil: Date?
    }

    package init(_ captcha: any Captcha) {
        self.captcha = captcha
    }

    package var field: String? { captcha.field }
    package func challenge(now: Date) -> CaptchaChallenge? { captcha.challenge(now: now) }

    package func verify(_ response: String, action: String?, now: Date) async -> CaptchaVerdict {
        guard mayAsk(now, hasResponse: !response.utf8.isEmpty) else { return .unavailable(.resting) }
        let verdict = await captcha.verify(response, action: action, now: now)
        note(verdict, now)
        return verdict
    }

    private func mayAsk(_ now: Date, hasResponse: Bool) -> Bool {
        state.withLock { state in
            guard let until = state.closedUntil else { return true }
            // A form without a response tries nothing: its visitor may not have got the provider's widget at all.
            guard hasResponse else { return false }
            // A clock that was set back must not close for longer.
            guard now >= until || until.timeIntervalSince(now) > Self.rest / .seconds(1) else { return false }
            // This one tries; who comes meanwhile does not.
            state.closedUntil = now.addingTimeInterval(Self.rest / .seconds(1))
            return true
        }
    }

    private func note(_ verdict: CaptchaVerdict, _ now: Date) {
        state.withLock { state in
            switch verdict {
            case .unavailable(.busy), .refused(.missing), .admitted: break
            case .unavailable:
                state.failures += 1
                guard state.failures >= Self.patience else { return }
                state.closedUntil = now.addingTimeInterval(Self.rest / .seconds(1))
            case .passed, .refused: state = State()
            }
        }
    }
}
