import CourantTesting
import Foundation
import Mail
import Outbound
import Testing

@testable import Wiring

/// Each setting is tried by the very type that will carry it, so that what `config check` takes can be sent, linked and asked.
@Suite struct SettingsBorderTests {
    private static let long = (1...4).map { _ in String(repeating: "a", count: 60) }.joined(separator: ".")
    private static let files = try? URL.temporary()

    private static func file(_ text: String) -> String {
        let file = files?.appending(path: UUID().uuidString).path ?? "/nowhere"
        _ = FileManager.default.createFile(
            atPath: file, contents: Data(text.utf8), attributes: [.posixPermissions: 0o600])
        return file
    }

    @Test(arguments: [
        SettingsTests.good("http.public-url", "https://nyheter.bl\u{E5}b\u{E6}r.example", SettingsTests.recaptcha) {
            $0.http.publicURL.text == "https://nyheter.xn--blbr-roah.example"
                && $0.relay.heloName == "nyheter.xn--blbr-roah.example"
                && $0.captcha.hostnames == ["nyheter.xn--blbr-roah.example"]
        },
        SettingsTests.good("http.public-url", "https://www.example.org/news/") { $0.http.publicURL.path == "/news" },
        SettingsTests.good("captcha.hostnames", "www.Bl\u{E5}b\u{E6}r.example,localhost", SettingsTests.recaptcha) {
            $0.captcha.hostnames == ["www.xn--blbr-roah.example", "localhost"]
        },
        SettingsTests.good("http.allowed-origins", "https://WWW.Example.org:443/,https://bl\u{E5}.example:81") {
            $0.http.allowedOrigins == ["https://www.example.org", "https://xn--bl-zia.example:81"]
        },
        SettingsTests.good("captcha.verify-url", "http://127.0.0.1:81/verify", SettingsTests.recaptcha) {
            $0.captcha.verifyURL == "http://127.0.0.1:81/verify"
        },
        SettingsTests.good("mail.from", "Bl\u{E5} <news@bl\u{E5}.example>") {
            $0.mailFrom.address.wire == "news@xn--bl-zia.example"
        },
        SettingsTests.good("organisation.contact", "privacy@bl\u{E5}.example") {
            $0.organisation.contact == "privacy@xn--bl-zia.example"
        },
    ])
    func `what has an ASCII form is taken in it`(_ good: SettingsTests.Good) async throws {
        #expect(good.holds(try await SettingsTests.read(good.values).0))
    }

    @Test(arguments: [
        SettingsTests.bad("http.public-url", "https://user:pw@news.company.example", because: "names a user"),
        SettingsTests.bad("http.public-url", "https://news.company.example/\"onload=x", because: "links cannot carry"),
        SettingsTests.bad("http.public-url", "https://www.company.example/news,letters", because: "links cannot carry"),
        SettingsTests.bad("http.public-url", "https://www.company.example/<news>", because: "links cannot carry"),
        SettingsTests.bad(
            "http.public-url", "https://www.company.example/" + String(repeating: "a", count: 884), because: "too long"),
        SettingsTests.bad(
            "http.public-url", "https://www.company.example/privacy", because: "an address of Courant's own"),
        SettingsTests.bad(
            "http.public-url", "https://www.company.example/api/news", because: "an address of Courant's own"),
        SettingsTests.bad("http.public-url", "https://news company.example", because: "has no usable host"),
        SettingsTests.bad("http.trusted-proxies", "0.0.0.0/0", because: "is everybody"),
        SettingsTests.bad("http.trusted-proxies", "10.0.0.1,::/0", because: "is everybody"),
        SettingsTests.bad("http.allowed-origins", "null", because: "is not a site's https:// address"),
        SettingsTests.bad("http.allowed-origins", "*", because: "is not a site's https:// address"),
        SettingsTests.bad("http.allowed-origins", "https://a.example/shop", because: "without a path"),
        SettingsTests.bad("http.allowed-origins", "http://a.example", because: "is not a site's https:// address"),
        SettingsTests.bad(
            "captcha.verify-url", "http://c.example/v", SettingsTests.recaptcha, because: "is not an https://"),
        SettingsTests.bad(
            "captcha.verify-url", "file:///etc/passwd", SettingsTests.recaptcha, because: "is not an https://"),
        SettingsTests.bad(
            "captcha.verify-url", "ftp://c.example/", SettingsTests.recaptcha, because: "is not an https://"),
        SettingsTests.bad("captcha.hostnames", "www example.org", SettingsTests.recaptcha, because: "is not a host"),
        SettingsTests.bad("mail.from", "News <\u{E5}se@company.example>", because: "letters before the @"),
        SettingsTests.bad("mail.transactional-from", "\u{E5}se@company.example", because: "letters before the @"),
        SettingsTests.bad("mail.from", "n@\(long)", because: "too long for the names of lists"),
        SettingsTests.bad("mail.bounce-domain", long, because: "too long for the addresses"),
        SettingsTests.bad("organisation.contact", "\u{E5}se@company.example", because: "cannot be a link"),
        SettingsTests.bad("organisation.name", "Ex\u{202E}ample", because: "cannot be seen"),
        SettingsTests.bad(
            "captcha.secret-file", file("hush"), SettingsTests.recaptcha, because: "stands beside captcha.secret"),
        SettingsTests.bad(
            "captcha.secret-file", "/nowhere", ["captcha.provider": "turnstile", "captcha.site-key": "k"],
            because: "captcha.secret-file (COURANT_CAPTCHA_SECRET_FILE): /nowhere is not there"),
        SettingsTests.bad(
            "captcha.secret-file", file("1x0000000000000000000000000000000AA\n"),
            ["captcha.provider": "turnstile", "captcha.site-key": "k"], because: "test key"),
    ])
    func `what cannot be carried is refused in words`(_ bad: SettingsTests.Bad) async throws {
        let problems = try await SettingsTests.problems(bad.values)
        #expect(problems.contains { $0.contains(bad.because) }, "\(problems)")
        #expect(!problems.contains { $0.contains("hush") || $0.contains("00000AA") })
    }

    @Test func `a captcha's secret is read from its file, and never printed`() async throws {
        let (settings, found) = try await SettingsTests.read([
            "captcha.provider": "turnstile", "captcha.site-key": "k", "captcha.secret-file": Self.file("hush\n"),
        ])
        #expect(settings.captcha.secret == "hush" && !"\(found)".contains("hush"))
    }

    @Test func `what a sender's address may be, every newsletter can be made of`() async throws {
        let domain = (1...3).map { _ in String(repeating: "b", count: 63) }.joined(separator: ".").dropLast(20)
        let settings = try await SettingsTests.read(["mail.from": "n@\(domain)", "mail.bounce-domain": "\(domain)"]).0
        let app = try await TestApp.start {
            $0.mailFrom = settings.mailFrom; $0.mailBounceDomain = settings.mailBounceDomain
        }
        try await app.createList(String(repeating: "c", count: 40))
        try await app.subscribe("ann@example.org", lists: [String(repeating: "c", count: 40)])
        try await app.launch(list: String(repeating: "c", count: 40))
        try await app.deliverAllMail()
        #expect(app.relay.mails(to: "ann@example.org").count == 3)
    }

    // MARK: The example's own values

    @Test func `the settings file as it comes names each value that must be one's own`() async throws {
        let file = URL.repository.appending(path: "config/courant.yaml").path
        let settings = try await Settings.read(file: file, environment: [:]).settings
        let keys = settings.placeholders.map { String($0.prefix { $0 != " " }) }
        #expect(
            keys == [
                "http.public-url", "relay.url", "mail.from", "mail.transactional-from", "organisation.name",
                "organisation.address", "organisation.contact", "captcha.site-key", "captcha.secret",
            ])
    }

    @Test func `a company's own values are none of the example's`() async throws {
        var values = SettingsTests.recaptcha.mapValues { Optional($0) }
        values.merge([
            "http.public-url": "https://news.company.example", "relay.url": "smtp://relay.company.example",
            "mail.from": "news@company.example", "organisation.name": "Company AS",
            "organisation.contact": "privacy@company.example",
        ]) { $1 }
        #expect(try await SettingsTests.read(values).0.placeholders == [])
        values["relay.fallbacks"] = "smtp://relay.example.net"
        values["mail.bounce-domain"] = "bounces.example.com"
        #expect(try await SettingsTests.read(values).0.placeholders.count == 2)
    }
}
