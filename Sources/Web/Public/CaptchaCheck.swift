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
        case .refused(let refusal):
            if refusal.mustAlert {
                context.logger.error("the captcha's provider does not serve us", metadata: ["refusal": "\(refusal)"])
            }
            throw Complaints([.captchaRefused])
        case .unavailable(let outage):
            context.logger.warning("the captcha cannot be asked", metadata: ["outage": "\(outage)"])
            if !site.letsInDuringOutage { throw Complaints([.captchaUnavailable]) }
        }
    }
}
