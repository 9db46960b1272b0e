/// What is different about each provider of the one question that all of them answer: `POST secret=…&response=…` to a
/// `siteverify`, which says in JSON whether, where, when and for what the captcha was solved.
package struct CaptchaProvider: Sendable {
    /// As the setting `captcha.provider` has it.
    package let name: String
    package let verifyURL: String
    /// The form's field in which the widget leaves its response.
    package let field: String
    /// Scores say how human a visitor is, from 0 to 1 (reCAPTCHA v3).
    package let hasScore: Bool
    /// The form's action comes back with the answer.
    package let hasAction: Bool
    /// Longer ones are nobody's.
    package let longestResponse: Int
    /// Secrets and site keys from the provider's manual, with which everybody passes.
    package let testKeys: Set<String>

    package static let recaptchaV2 = CaptchaProvider(
        name: "recaptcha", verifyURL: "https://www.google.com/recaptcha/api/siteverify", field: "g-recaptcha-response",
        hasScore: false, hasAction: false, longestResponse: 16 * 1024,
        testKeys: recaptchaTestKeys)

    package static let recaptchaV3 = CaptchaProvider(
        name: "recaptcha-v3", verifyURL: "https://www.google.com/recaptcha/api/siteverify",
        field: "g-recaptcha-response",
        hasScore: true, hasAction: true, longestResponse: 16 * 1024,
        testKeys: recaptchaTestKeys)

    package static let turnstile = CaptchaProvider(
        name: "turnstile", verifyURL: "https://challenges.cloudflare.com/turnstile/v0/siteverify",
        field: "cf-turnstile-response", hasScore: false, hasAction: true,
        longestResponse: 2048,
        testKeys: [
            "1x00000000000000000000AA", "2x00000000000000000000AB", "1x00000000000000000000BB",
            "2x00000000000000000000BB",
            "3x00000000000000000000FF", "1x0000000000000000000000000000000AA", "2x0000000000000000000000000000000AA",
            "3x0000000000000000000000000000000AA",
        ])

    package static let hCaptcha = CaptchaProvider(
        name: "hcaptcha", verifyURL: "https://api.hcaptcha.com/siteverify", field: "h-captcha-response",
        hasScore: false,
        hasAction: false, longestResponse: 16 * 1024,
        testKeys: [
            "0x0000000000000000000000000000000000000000", "10000000-ffff-ffff-ffff-000000000001",
            "20000000-ffff-ffff-ffff-000000000002", "30000000-ffff-ffff-ffff-000000000003",
        ])

    package static let all = [recaptchaV2, recaptchaV3, turnstile, hCaptcha]

    /// A key of a manual: it must not guard a public service.
    package static func isKnownTestKey(_ key: String) -> Bool { all.contains { $0.testKeys.contains(key) } }

    private static let recaptchaTestKeys: Set<String> = [
        "6LeIxAcTAAAAAJcZVRqyHh71UMIEGNQ_MXjiZKhI", "6LeIxAcTAAAAAGG-vFI1TnRWxMZNFuojJ4WifJWe",
    ]
}
