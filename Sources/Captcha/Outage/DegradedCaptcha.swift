package import Foundation
import Synchronization

/// Lets a few in while nobody can be asked (`captcha.on-outage: degraded`). The confirm mail still guards the list; the
/// small number guards those who did not ask for a mail.
///
/// Too many questions at once are no outage: anybody can bring that about.
package final class DegradedCaptcha: Captcha {
    /// In each minute, whoever they are.
    package static let admittedPerMinute = 10

    private let captcha: any Captcha
    private let minute = Mutex((start: Date.distantPast, admitted: 0))

    package init(_ captcha: any Captcha) {
        self.captcha = captcha
    }

    package var field: String? { captcha.field }
    package func challenge(now: Date) -> CaptchaChallenge? { captcha.challenge(now: now) }

    package func verify(_ response: String, action: String?, now: Date) async -> CaptchaVerdict {
        let verdict = await captcha.verify(response, action: action, now: now)
        guard case .unavailable(let outage) = verdict, outage != .busy else { return verdict }
        return hasRoom(now) ? .admitted(outage) : verdict
    }

    private func hasRoom(_ now: Date) -> Bool {
        minute.withLock { minute in
            // Also where the clock was set back.
            if !(0..<60).contains(now.timeIntervalSince(minute.start)) { minute = (now, 0) }
            guard minute.admitted < Self.admittedPerMinute else { return false }
            minute.admitted += 1
            return true
        }
    }
}
