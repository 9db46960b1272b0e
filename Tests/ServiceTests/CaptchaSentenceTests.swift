import Captcha
import CourantAPI
import CourantTesting
import Foundation
import HTTPTypes
import HummingbirdTesting
import Outbound
import Rendering
import Testing
import Wiring

@testable import Web

/// From the provider's word to the visitor's sentence, through the whole door.
@Suite struct CaptchaSentenceTests {
    enum Outcome: String, CaseIterable {
        case missing, expired, refused, unavailable

        var status: Int { self == .unavailable ? 503 : 422 }
    }

    /// Every code of reCAPTCHA's, Turnstile's and hCaptcha's manuals.
    @Test(
        arguments: [
            ("invalid-input-response", .refused), ("bad-request", .unavailable), ("missing-input-response", .refused),
            ("timeout-or-duplicate", .expired), ("expired-input-response", .expired),
            ("already-seen-response", .expired), ("invalid-or-already-seen-response", .expired),
            ("missing-input-secret", .unavailable), ("invalid-input-secret", .unavailable),
            ("invalid-keys", .unavailable), ("sitekey-secret-mismatch", .unavailable),
            ("not-using-dummy-passcode", .unavailable), ("not-using-dummy-secret", .unavailable),
            ("internal-error", .unavailable), ("browser-error", .refused), ("missing-remoteip", .refused),
            ("a-word-of-tomorrow", .refused),
        ] as [(String, Outcome)])
    func `each code of a provider becomes a sentence in the visitor's language`(
        _ code: String, _ outcome: Outcome
    ) async throws {
        let stub = try await CaptchaStub { _ in (200, "{\"success\":false,\"error-codes\":[\"\(code)\"]}") }
        var asking = SiteVerify.Configuration(
            provider: .turnstile, secret: "s", hostnames: [], verifyURL: stub.verifyURL)
        asking.timeout = .seconds(30)
        let web = try await WebApp.start(captcha: SiteVerify(asking, http: HTTPClient()))
        try await expect(outcome, of: "cf-turnstile-response=x", from: web)
        try await expect(.missing, of: "cf-turnstile-response=", from: web)
        #expect(try await web.records() == [0, 0, 0, 0])
    }

    /// What the provider vouches for, but for somebody or something else.
    @Test(
        arguments: [
            (.missing, .missing), (.failed, .refused), (.spent, .expired),
            (.otherHost("evil.example", ours: []), .refused),
            (.otherAction, .refused), (.lowScore(0.1), .refused), (.noScore, .unavailable),
            (.notServed(status: 429, codes: []), .unavailable),
        ] as [(CaptchaRefusal, Outcome)])
    func `each refusal has its sentence`(_ refusal: CaptchaRefusal, _ outcome: Outcome) async throws {
        let web = try await WebApp.start(captcha: ScriptedCaptcha(verdict: .refused(refusal)))
        try await expect(outcome, of: "g-recaptcha-response=x", from: web)
    }

    private func expect(_ outcome: Outcome, of field: String, from web: WebApp) async throws {
        let templates = web.app.courant.templates
        for language in templates.languages {
            let words = templates.string("errors.captcha.\(outcome.rawValue)", language: language)
            let fields = "email=ann%40example.org&locale=\(language)&\(field)"
            let page = try await web.form("/subscribe", fields)
            #expect(page.status.code == outcome.status && page.has(words) && page.has("value=\"ann@example.org\""))
            let problem = try await web.form("/subscribe", fields, [.accept: "application/json"])
            let error = problem.problem?.errors?.first
            #expect(error?.field == "captcha" && error?.message.hasPrefix(words) == true, "\(problem.text)")
            #expect((page.headers[.retryAfter] != nil) == (outcome == .unavailable))
        }
    }
}
