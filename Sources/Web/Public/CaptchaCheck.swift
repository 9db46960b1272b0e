import Captcha
import CoreMetrics
package import Foundation
import Hummingbird
import Logging
import Newsletter
import Synchronization

extension WebServices {
    /// Robots fill in what people do not see; browsers and password managers now and then do so too. Where a captcha tells them
    /// apart, that decides; else whoever is at the form is told, and nobody is lost in silence.
    func look(atTrap text: String) throws {
        guard !text.isEmpty else { return }
        CaptchaMeasures.trapped.increment()
        if captcha.field == nil { throw Complaints(.trapFilled) }
    }

    /// Whether there is a person at the form. Throws `Complaints` where there isn't, or where it cannot be known.
    func ask(_ response: String, _ context: WebContext) async throws {
        let now = clock.now()
        let verdict = await captcha.verify(response, action: site.widget?.action, now: now)
        CaptchaMeasures.count(verdict)
        switch verdict {
        case .passed: return
        case .admitted(let outage):
            context.logger.warning("let in without the captcha", metadata: ["outage": "\(outage)"])
        case .refused(.missing): throw Complaints(.captchaMissing)
        case .refused(.spent): throw Complaints(.captchaExpired)
        case .refused(.otherHost(let host, let ours)):
            // Each visitor's, where the setting is wrong; and a robot's at any time.
            if captchaWords.isTime(now) {
                context.logger.warning(
                    "a captcha was solved on another host: is captcha.hostnames right?",
                    metadata: ["solved-on": "\(host.asHost)", "expected": "\(ours.joined(separator: ", "))"])
            }
            throw Complaints(.captchaRefused)
        case .refused(.otherAction):
            if captchaWords.isTime(now) {
                context.logger.warning(
                    "a captcha was solved for another action: is captcha.action what the site's form says?",
                    metadata: ["expected": "\(site.widget?.action ?? "")"])
            }
            throw Complaints(.captchaRefused)
        case .refused(let refusal):
            guard refusal.mustAlert else { throw Complaints(.captchaRefused) }
            context.logger.error("\(refusal.event)", metadata: ["refusal": "\(refusal)"])
            // Nothing that the visitor could mend; and nobody is let in by it, outage or not.
            throw Complaints(.captchaUnavailable)
        case .unavailable(let outage):
            context.logger.warning("the captcha cannot be asked", metadata: ["outage": "\(outage)"])
            if !site.letsInDuringOutage { throw Complaints(.captchaUnavailable) }
        }
    }
}

extension CaptchaRefusal {
    fileprivate var event: String {
        self == .noScore
            ? "the captcha's answers have no score: take keys of reCAPTCHA v3, or captcha.minimum-score out"
            : "the captcha's provider does not serve us"
    }
}

extension String {
    /// As much of it as can be a host's name.
    fileprivate var asHost: String {
        let host = unicodeScalars.prefix(100).filter {
            $0.isASCII && ($0.properties.isAlphabetic || "0123456789.-:".unicodeScalars.contains($0))
        }
        return host.isEmpty ? "no host" : String(String.UnicodeScalarView(host))
    }
}

/// Says something that everybody could bring about once in a while, and not each time.
package final class Seldom: Sendable {
    private let next = Mutex(Date.distantPast)
    private let pause: TimeInterval

    package init(every pause: Duration) { self.pause = pause / .seconds(1) }

    /// Also where the clock was set back.
    package func isTime(_ now: Date) -> Bool {
        next.withLock { next in
            guard now >= next || next.timeIntervalSince(now) > pause else { return false }
            next = now + pause
            return true
        }
    }
}

/// What became of the forms' captchas. Born with nought, so that a rule on them holds from the start.
package enum CaptchaMeasures {
    private static let counters = Dictionary(
        uniqueKeysWithValues: CaptchaVerdict.kinds.map {
            ($0, Counter(label: "courant_captcha_total", dimensions: [("outcome", $0)]))
        })

    static let trapped = Counter(label: "courant_trap_filled_total")

    package static func begin() { _ = (counters, trapped) }
    static func count(_ verdict: CaptchaVerdict) { counters[verdict.kind]?.increment() }
}
