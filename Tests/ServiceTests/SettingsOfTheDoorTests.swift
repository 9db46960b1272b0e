import CourantTesting
import Foundation
import Testing

@testable import Wiring

/// The settings of the website's side: how a captcha is shown, how many may come, where a form leads to.
@Suite struct SettingsOfTheDoorTests {
    @Test(arguments: [
        SettingsTests.good("captcha.script-host", "www.google.com", SettingsTests.recaptcha) {
            $0.captcha.scriptHost == "www.google.com"
        },
        SettingsTests.good("captcha.script-host", "https://c.example", SettingsTests.recaptcha) {
            $0.captcha.scriptHost == "https://c.example"
        },
        SettingsTests.good("captcha.script-host", "http://127.0.0.1:81", SettingsTests.recaptcha) {
            $0.captcha.scriptHost != nil
        },
        SettingsTests.good("captcha.invisible", "true", SettingsTests.recaptcha) { $0.captcha.isInvisible },
        SettingsTests.good("captcha.invisible", "false", SettingsTests.recaptcha) { !$0.captcha.isInvisible },
        SettingsTests.good("captcha.difficulty", "5000000", ["captcha.provider": "proof-of-work"]) {
            $0.captcha.difficulty == 5_000_000
        },
        SettingsTests.good("redirects", "thanks=https://www.example.org/a?b=c,hi=http://localhost:81/") {
            $0.redirects == ["thanks": "https://www.example.org/a?b=c", "hi": "http://localhost:81/"]
        },
        SettingsTests.good("limits.connections", "16") { $0.limits.connections == 16 },
        SettingsTests.good("limits.connections-per-client", "0") { $0.limits.connectionsPerClient == 0 },
    ])
    func `a right value is taken`(_ good: SettingsTests.Good) async throws {
        #expect(good.holds(try await SettingsTests.read(good.values).0))
    }

    @Test(arguments: [
        SettingsTests.bad(
            "captcha.script-host", "www.google.com; script-src *", SettingsTests.recaptcha, because: "is not a host"),
        SettingsTests.bad("captcha.script-host", "http://c.example", SettingsTests.recaptcha, because: "is not a host"),
        SettingsTests.bad(
            "captcha.script-host", "https://c.example/x", SettingsTests.recaptcha, because: "is not a host"),
        SettingsTests.bad(
            "captcha.script-host", "https://a@c.example", SettingsTests.recaptcha, because: "is not a host"),
        SettingsTests.bad("captcha.invisible", "perhaps", SettingsTests.recaptcha, because: "true, false"),
        SettingsTests.bad(
            "captcha.invisible", "true", ["captcha.provider": "proof-of-work"], because: "is for reCAPTCHA v2"),
        SettingsTests.bad(
            "captcha.invisible", "true", SettingsTests.recaptcha.merging(["captcha.minimum-score": "0.5"]) { $1 },
            because: "without a minimum-score"),
        SettingsTests.bad(
            "captcha.difficulty", "9999", ["captcha.provider": "proof-of-work"], because: "from 10000 to 5000000"),
        SettingsTests.bad("redirects", "https://www.example.org/", because: "is not word=https://"),
        SettingsTests.bad("redirects", "thanks=http://www.example.org/", because: "is not word=https://"),
        SettingsTests.bad("redirects", "thanks=//evil.example", because: "is not word=https://"),
        SettingsTests.bad("redirects", "thanks=javascript:alert(1)", because: "is not word=https://"),
        SettingsTests.bad("redirects", "thanks=https://www.example.org@evil.example/", because: "is not word=https://"),
        SettingsTests.bad("redirects", "thanks=https://e.example/\r\nX: y", because: "is not word=https://"),
        SettingsTests.bad("redirects", "a=https://e.example/,a=https://f.example/", because: "stands there twice"),
        SettingsTests.bad("limits.connections", "0", because: "a whole number from 16"),
        SettingsTests.bad("limits.connections-per-client", "-1", because: "a whole number from 0"),
    ])
    func `a wrong value is told with what to do`(_ bad: SettingsTests.Bad) async throws {
        let problems = try await SettingsTests.problems(bad.values)
        #expect(problems.contains { $0.contains(bad.because) }, "\(problems)")
    }
}
