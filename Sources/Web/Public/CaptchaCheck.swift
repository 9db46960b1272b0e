import Captcha
import Hummingbird
import Logging
import Newsletter

extension Doors {
    /// Whether there is a person at the form. Throws `Complaints` where there isn't, or where it cannot be known.
    func ask(_ response: String, _ context: WebContext) async throws {
        switch await captcha.verify(response, action: site.widget?.action, now: clock.now()) {
        case .passed: return
        case .admitted(let outage):
            context.logger.warning("let in without the captcha", metadata: ["outage": "\(outage)"])
        case .refused(.missing): throw Complaints([.captchaMissing])
        case .refused(.spent): throw Complaints([.captchaExpired])
        case .refused(let refusal):
            guard refusal.mustAlert else { throw Complaints([.captchaRefused]) }
            context.logger.error("the captcha's provider does not serve us", metadata: ["refusal": "\(refusal)"])
            // Nothing that the visitor could mend; and nobody is let in by it, outage or not.
            throw Complaints([.captchaUnavailable])
        case .unavailable(let outage):
            context.logger.warning("the captcha cannot be asked", metadata: ["outage": "\(outage)"])
            if !site.letsInDuringOutage { throw Complaints([.captchaUnavailable]) }
        }
    }
}
