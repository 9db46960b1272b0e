import Captcha
import Foundation
import Outbound
import Web

/// The two halves of a captcha, made of the same settings: who verifies it, and what the page shows of it.
extension Settings.CaptchaChoice {
    var verifier: any Captcha {
        if provider == .proofOfWork { return ProofOfWork(hardest: difficulty) }
        guard let siteVerify else { return NoCaptcha() }
        let captcha = CircuitBreaker(siteVerify)
        return onOutage == .degraded ? DegradedCaptcha(captcha) : captcha
    }

    /// Whoever is asked about captchas, without a pause after failures; nil where it is nobody else.
    var siteVerify: SiteVerify? {
        guard let known = knownProvider else { return nil }
        var configuration = SiteVerify.Configuration(
            provider: known, secret: secret, hostnames: Set(hostnames), minimumScore: minimumScore ?? 0.5,
            verifyURL: verifyURL)
        configuration.timeout = timeout
        return SiteVerify(configuration, http: HTTPClient())
    }

    /// Who is asked about captchas, if it is not us.
    var outsideHost: String? {
        knownProvider.flatMap { URL(string: verifyURL ?? $0.verifyURL)?.host }
    }

    private var knownProvider: CaptchaProvider? {
        switch provider {
        case .none, .proofOfWork: nil
        case .recaptcha: minimumScore == nil ? .recaptchaV2 : .recaptchaV3
        case .turnstile: .turnstile
        case .hcaptcha: .hCaptcha
        }
    }

    var widget: CaptchaWidget? {
        kind.map {
            CaptchaWidget(kind: $0, siteKey: siteKey, action: action ?? "subscribe", scriptHost: scriptHost)
        }
    }

    private var kind: CaptchaWidget.Kind? {
        switch provider {
        case .none: nil
        case .recaptcha: minimumScore != nil ? .recaptchaV3 : isInvisible ? .recaptchaInvisible : .recaptchaV2
        case .turnstile: .turnstile
        case .hcaptcha: .hCaptcha
        case .proofOfWork: .proofOfWork
        }
    }
}

extension Settings.CaptchaChoice.Provider {
    /// Whose the check is, where it is not ours.
    var company: String? {
        switch self {
        case .recaptcha: "Google reCAPTCHA"
        case .turnstile: "Cloudflare Turnstile"
        case .hcaptcha: "hCaptcha (Intuition Machines)"
        case .proofOfWork, .none: nil
        }
    }
}
