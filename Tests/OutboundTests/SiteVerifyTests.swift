import Captcha
import CourantTesting
import Foundation
import Outbound
import Testing

@Suite(.timeLimit(.minutes(20))) struct `A captcha's verification` {
    let now = Date(timeIntervalSince1970: 1_790_000_000)
    let http = HTTPClient()

    private func verdict(
        _ body: String, by provider: CaptchaProvider = .recaptchaV3, status: Int = 200, response: String = "token",
        action: String? = "subscribe"
    ) async throws -> CaptchaVerdict {
        let stub = try await CaptchaStub { _ in (status, body) }
        var configuration = SiteVerify.Configuration(
            provider: provider, secret: "s&cret", hostnames: ["News.example"], verifyURL: stub.verifyURL)
        // A busy machine is no outage.
        configuration.timeout = .seconds(60)
        let verdict = await SiteVerify(configuration, http: http).verify(response, action: action, now: now)
        if response == "token" { #expect(stub.questions == ["secret=s%26cret&response=token"]) }
        return verdict
    }

    private func success(
        _ changes: [String: Any] = [:], secondsAgo: Double = 20
    ) throws -> String {
        var fields: [String: Any] = [
            "success": true, "hostname": "news.example", "action": "subscribe", "score": 0.9,
            "challenge_ts": now.addingTimeInterval(-secondsAgo).formatted(.iso8601),
        ]
        for (name, value) in changes { fields[name] = value is NSNull ? nil : value }
        return String(decoding: try JSONSerialization.data(withJSONObject: fields), as: UTF8.self)
    }

    @Test func `passes what the provider vouches for`() async throws {
        #expect(try await verdict(success()) == .passed)
        #expect(try await verdict(success(["score": NSNull(), "action": NSNull()]), by: .recaptchaV2) == .passed)
        #expect(try await verdict(success(["challenge_ts": "2026-09-21T14:13:10.123Z"]), by: .turnstile) == .passed)
        #expect(try await verdict(success(["action": NSNull()]), by: .hCaptcha) == .passed)
    }

    @Test func `refuses what was solved elsewhere, for something else, or by a machine`() async throws {
        let ours = ["news.example"]
        #expect(
            try await verdict(success(["hostname": "evil.example"])) == .refused(.otherHost("evil.example", ours: ours))
        )
        #expect(try await verdict(success(["action": "login"])) == .refused(.otherAction))
        #expect(try await verdict(success(["score": 0.4])) == .refused(.lowScore(0.4)))
        #expect(CaptchaRefusal.noScore.mustAlert)
        #expect(try await verdict(success(["score": NSNull()])) == .refused(.noScore))
    }

    /// A host that the provider does not say (hCaptcha under load: `not-provided`), its clock or ours, another kind of value.
    @Test func `refuses nobody for what no visitor can change`() async throws {
        for host in ["", "not-provided", NSNull(), 7] as [Any] {
            #expect(try await verdict(success(["hostname": host])) == .passed)
            #expect(try await verdict(success(["hostname": host]), by: .hCaptcha) == .passed)
        }
        for host in ["NEWS.example", "news.example."] {
            #expect(try await verdict(success(["hostname": host])) == .passed)
        }
        for seconds in [-45, -4000, 200, 90_000] as [Double] {
            #expect(try await verdict(success(secondsAgo: seconds)) == .passed)
        }
        for time in [NSNull(), "yesterday", 7] as [Any] {
            #expect(try await verdict(success(["challenge_ts": time])) == .passed)
        }
        #expect(try await verdict(success(["action": ""]), by: .turnstile) == .passed)
        #expect(try await verdict(success(["score": "0.9"])) == .passed)
        #expect(
            try await verdict("{\"success\":false,\"error-codes\":\"timeout-or-duplicate\"}") == .refused(.spent))
    }

    @Test(arguments: [
        ("invalid-input-response", CaptchaRefusal.failed), ("timeout-or-duplicate", .spent),
        ("invalid-input-secret", .notServed(status: 200, codes: ["invalid-input-secret"])),
    ])
    func `refuses what the provider refuses`(code: String, refusal: CaptchaRefusal) async throws {
        let body = "{\"success\":false,\"error-codes\":[\"\(code)\"]}"
        #expect(try await verdict(body) == .refused(refusal))
        #expect(refusal.mustAlert == (code == "invalid-input-secret"))
    }

    @Test(arguments: [400, 401, 403, 429]) func `stays closed when the provider does not serve us`(status: Int)
        async throws
    {
        #expect(try await verdict("quota", status: status) == .refused(.notServed(status: status, codes: [])))
    }

    @Test(arguments: [500, 502, 503, 302]) func `is unavailable when the provider is broken`(status: Int) async throws {
        #expect(try await verdict("oops", status: status) == .unavailable(.broken(status: status)))
    }

    @Test(arguments: ["", "<html>", "[]", "{\"success\":\"yes\"}"])
    func `is unavailable when the answer cannot be read`(body: String) async throws {
        #expect(try await verdict(body) == .unavailable(.unreadable))
    }

    @Test func `asks nobody about a response that is missing or far too long`() async throws {
        #expect(try await verdict(success(), response: "") == .refused(.missing))
        #expect(try await verdict(success(), response: String(repeating: "x", count: 20_000)) == .refused(.failed))
    }

    @Test func `is unavailable when the provider is slow, away, or asked too much`() async throws {
        let stub = try await CaptchaStub { _ in
            try? await Task.sleep(for: .seconds(30))
            return (200, "")
        }
        var configuration = SiteVerify.Configuration(
            provider: .recaptchaV2, secret: "s", hostnames: [], verifyURL: stub.verifyURL)
        configuration.timeout = .milliseconds(50)
        #expect(
            await SiteVerify(configuration, http: http).verify("x", action: nil, now: now) == .unavailable(.timedOut))
        configuration.questionsAtOnce = 0
        #expect(await SiteVerify(configuration, http: http).verify("x", action: nil, now: now) == .unavailable(.busy))
        configuration.questionsAtOnce = 1
        configuration.verifyURL = "http://127.0.0.1:1/siteverify"
        guard
            case .unavailable(.unreachable) = await SiteVerify(configuration, http: http).verify(
                "x", action: nil, now: now)
        else {
            Issue.record("reached nobody")
            return
        }
    }

    @Test func `knows the keys of the providers' manuals`() {
        #expect(CaptchaProvider.isKnownTestKey("6LeIxAcTAAAAAGG-vFI1TnRWxMZNFuojJ4WifJWe"))
        #expect(CaptchaProvider.isKnownTestKey("1x0000000000000000000000000000000AA"))
        #expect(!CaptchaProvider.isKnownTestKey("6Lc_real_key"))
    }
}
