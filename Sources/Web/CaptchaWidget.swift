import Mail

/// The captcha as the sign-up page shows it. The page loads nothing from its host until somebody touches the form.
package struct CaptchaWidget: Sendable {
    /// As the page's template names them.
    package enum Kind: String, Sendable, CaseIterable {
        case recaptchaV2 = "recaptcha_v2"
        case recaptchaInvisible = "recaptcha_invisible"
        case recaptchaV3 = "recaptcha_v3"
        case turnstile
        case hCaptcha = "hcaptcha"
        case proofOfWork = "proof_of_work"
    }

    package var kind: Kind
    package var siteKey: String
    /// What the form is for, where the provider knows actions.
    package var action: String
    /// Where the provider's script is: a host, or an origin. Ours has none.
    package var scriptHost: String

    /// `scriptHost` nil takes the provider's own; reCAPTCHA's is the one that sets fewer cookies.
    package init(kind: Kind, siteKey: String = "", action: String = "subscribe", scriptHost: String? = nil) {
        self.kind = kind
        self.siteKey = siteKey
        self.action = action
        self.scriptHost = scriptHost ?? kind.scriptHost
    }

    /// What the page's Content-Security-Policy lets in for it: what each provider's manual asks for.
    var allowances: String {
        switch kind {
        case .recaptchaV2, .recaptchaInvisible, .recaptchaV3:
            // The script, what it loads from gstatic, which has another name in some networks, and the frame that the
            // question is asked in.
            "; script-src 'self' \(origin) https://www.gstatic.com\(isGlobal ? " https://www.gstatic.cn" : "")"
                + "; frame-src \(origin) https://recaptcha.google.com; connect-src \(origin)"
        case .turnstile: "; script-src 'self' \(origin); frame-src \(origin)"
        case .hCaptcha:
            "; script-src 'self' \(origin) https://hcaptcha.com https://*.hcaptcha.com"
                + "; frame-src https://hcaptcha.com https://*.hcaptcha.com"
                + "; connect-src https://hcaptcha.com https://*.hcaptcha.com"
        case .proofOfWork: "; script-src 'self'; connect-src 'self'"
        }
    }

    /// hCaptcha's manual asks for styles of its own.
    var styles: String { kind == .hCaptcha ? " https://hcaptcha.com https://*.hcaptcha.com" : "" }

    /// reCAPTCHA from the host that works where google.com does not.
    private var isGlobal: Bool { origin == "https://www.recaptcha.net" }

    /// The origin of the provider's script.
    private var origin: String {
        scriptHost.utf8.place(of: "://".utf8) == nil ? "https://\(scriptHost)" : scriptHost
    }

    /// What `embed.js` needs to know of it: `box` is drawn and ticked, `hidden` drawn and asked for at
    /// the end, `score` asked for at the end, `proof` is ours. A script of ours is named from where `embed.js` is.
    var embedded: [String: String] {
        let (type, script, api, field) =
            switch kind {
            case .recaptchaV2:
                ("box", "\(origin)/recaptcha/api.js?render=explicit", "grecaptcha", "g-recaptcha-response")
            case .recaptchaInvisible:
                ("hidden", "\(origin)/recaptcha/api.js?render=explicit", "grecaptcha", "g-recaptcha-response")
            case .recaptchaV3:
                ("score", "\(origin)/recaptcha/api.js?render=\(siteKey)", "grecaptcha", "g-recaptcha-response")
            case .turnstile:
                ("box", "\(origin)/turnstile/v0/api.js?render=explicit", "turnstile", "cf-turnstile-response")
            case .hCaptcha:
                ("box", "\(origin)/1/api.js?render=explicit&recaptchacompat=off", "hcaptcha", "h-captcha-response")
            case .proofOfWork: ("proof", "assets/proof.js", "", "altcha")
            }
        return ["kind": type, "script": script, "api": api, "field": field, "key": siteKey, "action": action]
            .filter { !$0.value.isEmpty }
    }

    var values: [String: Any] {
        [kind.rawValue: ["site_key": siteKey, "action": action, "script_host": scriptHost]]
    }
}

extension CaptchaWidget.Kind {
    fileprivate var scriptHost: String {
        switch self {
        case .recaptchaV2, .recaptchaInvisible, .recaptchaV3: "www.recaptcha.net"
        case .turnstile: "challenges.cloudflare.com"
        case .hCaptcha: "js.hcaptcha.com"
        case .proofOfWork: ""
        }
    }
}
