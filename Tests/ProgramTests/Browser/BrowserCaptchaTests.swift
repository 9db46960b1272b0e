import CourantTesting
import Foundation
import Outbound
import Testing

/// Each captcha in a real browser, on our own page and on a site elsewhere, with a provider on loopback in place of the real one.
@Suite(.timeLimit(.minutes(20)), .enabled(if: Chromium.isWanted, "\(Chromium.missing)"))
struct BrowserCaptchaTests {
    struct Kind: Sendable, CustomTestStringConvertible {
        let name: String
        let settings: [String: String]
        /// A box that somebody has to tick.
        var hasBox = false
        /// What the provider is asked about; nil where nobody is.
        var token: String?
        var testDescription: String { name }
    }

    static let kinds: [Kind] = [
        Kind(name: "recaptcha-v2", settings: ["captcha.provider": "recaptcha"], hasBox: true, token: "ticked"),
        Kind(
            name: "recaptcha-invisible", settings: ["captcha.provider": "recaptcha", "captcha.invisible": "true"],
            token: "asked"),
        Kind(
            name: "recaptcha-v3", settings: ["captcha.provider": "recaptcha", "captcha.minimum-score": "0.5"],
            token: "scored"),
        Kind(name: "turnstile", settings: ["captcha.provider": "turnstile"], hasBox: true, token: "ticked"),
        Kind(name: "hcaptcha", settings: ["captcha.provider": "hcaptcha"], hasBox: true, token: "ticked"),
        Kind(name: "proof-of-work", settings: ["captcha.provider": "proof-of-work", "captcha.difficulty": "10000"]),
    ]

    @Test func `each captcha guards our page and a site elsewhere, and is loaded at the first touch`() async throws {
        try await Chromium.with { browser in
            for kind in Self.kinds { try await Self.walk(kind, browser) }
        }
    }

    private static func walk(_ kind: Kind, _ browser: Browser) async throws {
        try await Host.with { host in
            let provider = try await CaptchaStub.vouching(for: "127.0.0.1")
            host.set(kind.settings.mapValues { $0 })
            host.set([
                "captcha.site-key": "site", "captcha.secret": "secret", "captcha.hostnames": "127.0.0.1",
                "captcha.verify-url": provider.verifyURL, "captcha.script-host": provider.url(""),
                "captcha.timeout": "30s", "http.allowed-origins": provider.url(""),
            ])
            try await host.serve()
            try await host.furnish()
            try await onOurPage(kind, host, provider, browser)
            let site = try await CaptchaStub.publish(
                site(of: host, scripts: provider.url("")), style: text("examples/site.css"))
            try await elsewhere(kind, host, site, browser)
            #expect(try await browser.complaints().filter { !$0.contains("422") } == [], "\(kind.name)")
            #expect(provider.questions.count == (kind.token == nil ? 0 : 2))
            for question in provider.questions { #expect(question.hasSuffix("response=\(kind.token ?? "")")) }
        }
    }

    private static func onOurPage(
        _ kind: Kind, _ host: Host, _ provider: CaptchaStub, _ browser: Browser
    ) async throws {
        try await browser.go(host.url)
        let scripts =
            "return performance.getEntriesByType('resource').filter((e) => !e.name.startsWith(location.origin)).length"
        #expect(try await browser.number(scripts) == 0)
        try await browser.type("ann@example.org", into: "#email")
        if kind.hasBox {
            try await browser.click("button[type=submit]")
            try await browser.shows("We could not tell you from a robot")
            try await eventually("the box is there") {
                try await browser.isTrue("return !!document.querySelector('.tick')")
            }
            try await browser.click(".tick")
        }
        try await browser.picture("captcha-\(kind.name)")
        try await browser.click("button[type=submit]")
        try await browser.shows("Now open your inbox")
        #expect(try await host.mail(to: "ann@example.org", 1).code != "", "\(kind.name)")
    }

    /// `templates/examples/site.html`, from another origin and under its own strict policy.
    private static func elsewhere(_ kind: Kind, _ host: Host, _ site: String, _ browser: Browser) async throws {
        try await browser.go(site)
        try await browser.type("bo@localhost", into: "#email")
        if kind.hasBox { try await tick(browser) }
        try await browser.click("form button:not([type])")
        try await browser.shows("The part after the @ cannot be right")
        #expect(try await browser.isTrue("return document.activeElement.id === 'email'"))
        try await browser.text("document.querySelector('#email').value = ''; return ''")
        try await browser.type("bo@example.org", into: "#email")
        if kind.hasBox { try await tick(browser) }
        try await browser.click("form button:not([type])")
        try await browser.shows("enter its code here")
        try await browser.picture("elsewhere-\(kind.name)")
        try await browser.type("0000-0000", into: "[name=code]")
        try await browser.click(".courant-code button")
        try await browser.shows("That code does not fit")
        try await browser.text("document.querySelector('[name=code]').value = ''; return ''")
        try await browser.type(try await host.mail(to: "bo@example.org", 1).code, into: "[name=code]")
        try await browser.click(".courant-code button")
        try await browser.shows("You’re in. Welcome!")
        #expect(try await browser.text("return location.href") == site)
    }

    /// Pressed twice as fast as a script can, with fields that are called like a form's own words.
    @Test func `two quick presses are one sign-up, and no field's name stands in the way`() async throws {
        try await Chromium.with { browser in
            for kind in Self.kinds where ["recaptcha-v2", "recaptcha-v3", "proof-of-work"].contains(kind.name) {
                try await Self.press(kind, browser)
            }
        }
    }

    private static func press(_ kind: Kind, _ browser: Browser) async throws {
        try await Host.with { host in
            let provider = try await CaptchaStub.vouching(for: "127.0.0.1")
            host.set(kind.settings.mapValues { $0 })
            host.set([
                "captcha.site-key": "site", "captcha.secret": "secret", "captcha.hostnames": "127.0.0.1",
                "captcha.verify-url": provider.verifyURL, "captcha.script-host": provider.url(""),
                "captcha.timeout": "30s", "http.allowed-origins": provider.url(""),
            ])
            let service = try await host.serve()
            try await host.furnish()
            try await browser.go(host.url)
            try await browser.type(" <ann@Example.org>,", into: "#email")
            if kind.hasBox { try await tick(browser) }
            try await pressTwice("button[type=submit]", browser)
            try await browser.shows("The email goes to: ann@example.org")
            #expect(try await host.mail(to: "ann@example.org", 1).code != "", "\(kind.name)")

            let names = ["action", "submit", "elements", "hidden", "after", "querySelector", "setAttribute", "length"]
            let fields = names.map { "<input type=\"hidden\" name=\"\($0)\" value=\"x\">" }.joined()
            let site = try await CaptchaStub.publish(
                site(of: host, scripts: provider.url("")).replacing(
                    "<p><button>Subscribe</button></p>",
                    with: fields + "<p><button name=\"submit\">Subscribe</button></p>"),
                style: text("examples/site.css"))
            try await browser.go(site)
            try await browser.type("bo@example.org", into: "#email")
            if kind.hasBox { try await tick(browser) }
            try await pressTwice("form button:not([type])", browser)
            try await browser.shows("enter its code here. bo@example.org")
            #expect(try await browser.number("return document.querySelectorAll('.courant-code').length") == 1)
            #expect(provider.questions.count == (kind.token == nil ? 0 : 2), "\(kind.name)")

            // Without the service the form goes its plain way, whatever its fields are called.
            try await browser.go(site)
            try await browser.type("cy@example.org", into: "#email")
            if kind.hasBox { try await tick(browser) }
            service.signal(SIGTERM)
            _ = try await service.ended(within: .seconds(60))
            try await browser.click("form button:not([type])")
            try await eventually("the form has left") {
                try await browser.text("return location.href") != site
            }
        }
    }

    private static func pressTwice(_ button: String, _ browser: Browser) async throws {
        try await browser.text(
            "const button = document.querySelector(arguments[0]); button.click(); button.click(); return ''", button)
    }

    private static func tick(_ browser: Browser) async throws {
        try await eventually("the box is there") {
            try await browser.isTrue("return !!document.querySelector('.tick')")
        }
        try await browser.click(".tick")
    }

    /// The example as whoever takes it over would write it.
    private static func site(of host: Host, scripts: String) throws -> String {
        try text("examples/site.html").replacing("https://news.example.org", with: host.url)
            .replacing("script-src \(host.url)", with: "script-src \(host.url) \(scripts)")
    }

    private static func text(_ path: String) throws -> String {
        try String(contentsOf: .repository.appending(path: "templates/\(path)"), encoding: .utf8)
    }
}
