import CourantTesting
import Foundation
import Mail
import Newsletter
import Outbound
import SQLStore
import Testing

@testable import Wiring

/// Each key, right and wrong, as it stands in a file or in the environment.
@Suite struct SettingsTests {
    /// The least that a service needs.
    static let least = [
        "http.public-url": "https://news.example.org", "relay.url": "smtp://relay.example.org:587",
        "mail.from": "Example News <news@example.org>", "organisation.name": "Example AS",
        "organisation.address": "Storgata 1, 0155 Oslo", "organisation.contact": "privacy@example.org",
        "captcha.provider": "none",
    ]
    static let recaptcha = ["captcha.provider": "recaptcha", "captcha.site-key": "site", "captcha.secret": "hush"]

    static func read(_ changes: [String: String?] = [:], file: String? = nil) async throws -> (Settings, Settings.Found)
    {
        var values = least
        for (key, value) in changes { values[key] = value }
        let environment = values.reduce(into: [String: String]()) { $0[SettingsKeys.variable($1.key)] = $1.value }
        guard let file else { return try await Settings.read(file: nil, environment: environment) }
        let path = try URL.temporary().appending(path: "courant.yaml").path
        try Data(file.utf8).write(to: URL(filePath: path))
        return try await Settings.read(file: path, environment: changes.compactMapValues(\.self))
    }

    static func problems(_ changes: [String: String?] = [:], file: String? = nil) async throws -> [String] {
        do {
            _ = try await read(changes, file: file)
        } catch let error as SettingsProblems {
            return error.problems
        }
        return []
    }

    /// A value, and what becomes of it.
    struct Good: Sendable, CustomTestStringConvertible {
        let values: [String: String?]
        let holds: @Sendable (Settings) -> Bool
        var testDescription: String { "\(values.compactMapValues(\.self))" }
    }

    static func good(
        _ key: String, _ value: String, _ more: [String: String?] = [:], _ holds: @escaping @Sendable (Settings) -> Bool
    ) -> Good {
        Good(values: more.merging([key: value]) { $1 }, holds: holds)
    }

    /// Without a settings file relative paths begin at the working directory.
    static func here(_ path: String) -> String { "\(FileManager.default.currentDirectoryPath)/\(path)" }

    static let local: [String: String?] = ["relay.url": "smtp://localhost"]

    @Test(arguments: [
        good("http.host", "0.0.0.0") { $0.http.host == "0.0.0.0" }, good("http.port", "0") { $0.http.port == 0 },
        good("http.port", "65535") { $0.http.port == 65_535 },
        good("http.public-url", "https://news.example.org/") { $0.http.publicURL == "https://news.example.org" },
        good("http.public-url", "http://localhost:8080") { $0.http.publicURL == "http://localhost:8080" },
        good("http.public-url", "http://[::1]:8080") { $0.http.publicURL == "http://[::1]:8080" },
        good("http.trusted-proxies", "10.0.0.0/8,::1") { $0.http.trustedProxies == ["10.0.0.0/8", "::1"] },
        good("http.allowed-origins", "https://www.example.org") {
            $0.http.allowedOrigins == ["https://www.example.org"]
        },
        good("store.url", "sqlite:/var/lib/courant/c.db") {
            $0.databaseFile == "/var/lib/courant/c.db" && $0.keysFile == "/var/lib/courant/courant.keys"
                && $0.dataDirectory == "/var/lib/courant" && $0.ledger == "/var/lib/courant/c.db.erasures"
        },
        good("store.url", "sqlite:c.db") { $0.store == .sqlite(path: here("c.db")) },
        good("store.url", "postgresql://courant@db.example.org/news") {
            $0.databaseFile == nil && $0.keysFile == here("var/courant.keys")
                && "\($0.store)" == "postgresql://courant@db.example.org/news"
        },
        good("store.url", "postgres://courant@127.0.0.1:5433/news", ["keys.file": "/etc/courant/keys"]) {
            $0.dataDirectory == "/etc/courant" && $0.ledger == "/etc/courant/courant.erasures"
                && "\($0.store)".hasSuffix("127.0.0.1:5433/news")
        },
        good("store.url", "postgresql:///news?host=/run/postgresql") { $0.databaseFile == nil },
        good("store.url", "postgresql://courant:hush@db.example.org/news?sslmode=verify-full") {
            $0.databaseFile == nil && !"\($0.store)".contains("hush")
        },
        good("keys.file", "/etc/k") { $0.keysFile == "/etc/k" },
        good("templates.directory", "/t") { $0.templates == "/t" },
        good("policy.file", "/p.md") { $0.policyFile == "/p.md" },
        good("promises.file", "/p.yaml") { $0.promisesFile == "/p.yaml" },
        good("relay.url", "smtps://relay.example.org") {
            $0.relay.address.host == "relay.example.org" && $0.relay.tls == .required
        },
        good("relay.tls", "off", local) { $0.relay.tls == .off },
        good("relay.tls", "off", ["relay.url": "smtp://127.0.0.2:25"]) { $0.relay.tls == .off },
        good("relay.tls", "off", ["relay.url": "smtp://[::1]:25"]) { $0.relay.tls == .off },
        good("relay.tls", "required") { $0.relay.tls == .required },
        good("relay.ca-file", "/etc/hosts") { $0.relay.certificateAuthorities == "/etc/hosts" },
        good("relay.connections", "256") { $0.relay.connections == 256 },
        good("relay.rate", "0.5") { $0.relay.rate == 0.5 },
        good("mail.from", "news@example.org") {
            $0.mailFrom.address.wire == "news@example.org" && $0.mailTransactionalFrom == $0.mailFrom
        },
        good("mail.transactional-from", "Hi <hi@example.org>") { $0.mailTransactionalFrom.name?.text == "Hi" },
        good("mail.reply-to", "us@example.org") { $0.mailReplyTo?.address.wire == "us@example.org" },
        good("organisation.authority", "Datatilsynet") { $0.organisation.authority == "Datatilsynet" },
        good("captcha.provider", "recaptcha", recaptcha) {
            $0.captcha.provider == .recaptcha && $0.captcha.hostnames == ["news.example.org"]
        },
        good("captcha.provider", "turnstile", recaptcha) { $0.captcha.provider == .turnstile },
        good("captcha.provider", "hcaptcha", recaptcha) { $0.captcha.secret == "hush" },
        good("captcha.hostnames", "a.example,b.example", recaptcha) {
            $0.captcha.hostnames == ["a.example", "b.example"]
        },
        good("captcha.verify-url", "https://v.example/", recaptcha) { $0.captcha.verifyURL == "https://v.example/" },
        good("captcha.action", "join", recaptcha) { $0.captcha.action == "join" },
        good("captcha.minimum-score", "0.7", recaptcha) { $0.captcha.minimumScore == 0.7 },
        good("captcha.timeout", "30s", recaptcha) { $0.captcha.timeout == .seconds(30) },
        good("captcha.on-outage", "degraded", recaptcha) { $0.captcha.onOutage == .degraded },
        good("confirmation.expires-after", "14d") { $0.rules.confirmationExpiresAfter == .seconds(14 * 86_400) },
        good("confirmation.expires-after", "72h") { $0.rules.confirmationExpiresAfter == .seconds(72 * 3600) },
        good("limits.notification-interval", "10m") { $0.rules.notificationInterval == .seconds(600) },
        good("approval", "second-person") { $0.approval == .secondPerson },
        good("log.level", "trace") { $0.logLevel == "trace" },
        good("log.format", "text") { $0.logFormat == .text },
        good("metrics.host", "10.0.0.1", ["metrics.port": "9464"]) {
            $0.metrics.host == "10.0.0.1" && $0.metrics.port == 9464
        },
        good("relay.fallbacks", "smtp://b.example.org,smtps://c.example.org") {
            $0.fallbackRelays.map(\.address.host) == ["b.example.org", "c.example.org"]
        },
        good("mail.bounce-domain", "bounces.example.org") { $0.mailBounceDomain == "bounces.example.org" },
        good("limits.domain-rate", "20") { $0.domainRate == 20 },
    ])
    func `a right value is taken`(_ good: Good) async throws {
        let (settings, found) = try await Self.read(good.values)
        #expect(good.holds(settings))
        #expect(Set(found.map(\.key)).count == found.count)
    }

    @Test func `a password is read from its file, without the line's end`() async throws {
        let file = try URL.temporary().appending(path: "password")
        try Data("correct horse\n".utf8).write(to: file)
        let (settings, found) = try await Self.read(["relay.user": "news", "relay.password-file": file.path])
        #expect(
            settings.relay.user == "news" && settings.relay.password == "correct horse" && !"\(found)".contains("horse")
        )
    }

    @Test func `a second relay has a login, a rate and a number of connections of its own`() async throws {
        let file = try URL.temporary().appending(path: "password")
        try Data("first\n".utf8).write(to: file)
        let own = file.deletingLastPathComponent().appending(path: "other")
        try Data("second\n".utf8).write(to: own)
        let (settings, _) = try await Self.read([
            "relay.user": "news", "relay.password-file": file.path, "relay.rate": "50",
            "relay.fallbacks": "smtp://b.example.org", "relay-2.url": "smtps://c.example.org:465",
            "relay-2.user": "spare", "relay-2.password-file": own.path, "relay-2.rate": "2",
            "relay-2.connections": "1",
        ])
        let all = settings.relays
        #expect(all.map(\.user) == ["news", "news", "spare"] && all.map(\.password) == ["first", "first", "second"])
        #expect(all.map(\.rate) == [50, 50, 2] && all.map(\.connections) == [8, 8, 1])
        #expect(all.map(\.address.host).suffix(2) == ["b.example.org", "c.example.org"])
    }

    struct Bad: Sendable, CustomTestStringConvertible {
        let values: [String: String?]
        let because: String
        var testDescription: String { "\(values)" }
    }

    static func bad(_ key: String, _ value: String?, _ more: [String: String?] = [:], because: String) -> Bad {
        Bad(values: more.merging([key: value]) { $1 }, because: because)
    }

    @Test(arguments: [
        bad(
            "http.port", "65536",
            because: "http.port (COURANT_HTTP_PORT): \"65536\" is not a whole number from 0 to 65535"),
        bad("http.port", "-1", because: "is not a whole number"),
        bad("http.port", "80 ", because: "is not a whole number"),
        bad("http.port", "８０", because: "is not a whole number"),
        bad("http.public-url", nil, because: "is missing: links in mails begin with it"),
        bad("http.public-url", "news.example.org", because: "is not an https:// address"),
        bad("http.public-url", "http://news.example.org", because: "is not an https:// address"),
        bad("http.public-url", "http://localhost.evil.example", because: "is not an https:// address"),
        bad("http.public-url", "http://127.0.0.1.evil.example", because: "is not an https:// address"),
        bad("http.public-url", "https://x.example/?a", because: "has a ? or #"),
        bad("http.public-url", "ftp://x.example", because: "is not an https:// address"),
        bad("http.trusted-proxies", "10.0.0.0/8,proxy", because: "\"proxy\" is not an IP address or range"),
        bad("store.url", "sqlite:", because: "is neither sqlite:PATH"),
        bad("store.url", "var/courant.db", because: "store.url (COURANT_STORE_URL): is neither sqlite:PATH"),
        bad("store.url", "SQLite:c.db", because: "is neither sqlite:PATH"),
        bad("store.url", "mysql://courant:hush@db.example.org/news", because: "nor postgresql://USER@HOST/DATABASE"),
        bad("store.url", "postgresql:news", because: "nor postgresql://USER@HOST/DATABASE"),
        bad("store.url", "postgresql://courant:hush@db.example.org", because: "names no database"),
        bad("store.url", "postgresql://courant:hush%zz@db.example.org/news", because: "is not postgresql://"),
        bad("store.url", "postgresql://courant:hush@[::1/news", because: "is not postgresql://"),
        bad("store.url", "postgresql://courant:hush@[::1]x/news", because: "is not postgresql://"),
        bad("store.url", "postgresql://courant:hush@db.example.org/news?telepathy=1", because: "is not postgresql://"),
        bad(
            "store.password-file", "/nowhere", ["store.url": "postgresql://db.example.org/news"],
            because: "store.password-file (COURANT_STORE_PASSWORD_FILE): /nowhere is not there"),
        bad("store.password-file", #filePath, because: "is for a store.url that begins with postgresql://"),
        bad("relay.url", nil, because: "is missing: mail is handed to it"),
        bad("relay.url", "relay:25", because: "is not smtp://host:port"),
        bad("relay.url", "smtp://", because: "is not smtp://host:port"),
        bad("relay.url", "smtp://h:0", because: "is not smtp://host:port"),
        bad("relay.tls", "maybe", because: "is not required or off"),
        bad(
            "relay.tls", "off",
            because: "off is for a relay on this host alone; relay.example.org is another: use required"),
        bad(
            "relay.tls", "off", ["relay.url": "smtp://localhost.example.org"],
            because: "off is for a relay on this host alone"),
        bad(
            "relay.tls", "off", ["relay.url": "smtp://127.0.0.1.example.org"],
            because: "off is for a relay on this host alone"),
        bad("relay.user", "news", because: "user and password-file go together"),
        bad("relay.password-file", "/nowhere", because: "/nowhere is not there"),
        bad("relay.connections", "0", because: "a whole number from 1 to 256"),
        bad("relay.rate", "-1", because: "a number of messages a second"),
        bad("relay.rate", "nan", because: "a number of messages a second"),
        bad("relay.rate", "inf", because: "a number of messages a second"),
        bad("mail.from", nil, because: "is missing"),
        bad("mail.from", "News", because: "is not an address, or a name and an address"),
        bad("mail.from", "A\r\nBcc: x <a@example.org>", because: "is not an address"),
        bad("mail.reply-to", "us@", because: "is not an address"),
        bad("mail.transactional-from", "@", because: "is not an address"),
        bad("organisation.name", nil, because: "is missing: who the newsletters are from"),
        bad("organisation.address", "", because: "is missing: the postal address"),
        bad("organisation.contact", "us", because: "\"us\" is not a mail address"),
        bad("captcha.provider", nil, because: "or none, in so many words"),
        bad("captcha.provider", "yes", because: "is not one of recaptcha"),
        bad("captcha.site-key", nil, recaptcha, because: "is missing"),
        bad("captcha.secret", nil, recaptcha, because: "is missing"),
        bad("captcha.secret", "6LeIxAcTAAAAAGG-vFI1TnRWxMZNFuojJ4WifJWe", recaptcha, because: "test key"),
        bad("captcha.site-key", "6LeIxAcTAAAAAJcZVRqyHh71UMIEGNQ_MXjiZKhI", recaptcha, because: "test key"),
        bad("captcha.secret", "1x0000000000000000000000000000000AA", recaptcha, because: "test key"),
        bad("captcha.minimum-score", "1.1", recaptcha, because: "a number from 0 to 1"),
        bad("captcha.timeout", "3", recaptcha, because: "a time such as 3s"),
        bad("captcha.timeout", "0s", recaptcha, because: "a time such as 3s"),
        bad("captcha.timeout", "31s", recaptcha, because: "a time such as 3s"),
        bad("captcha.timeout", "1w", recaptcha, because: "a time such as 3s"),
        bad("captcha.on-outage", "open", recaptcha, because: "closed, degraded"),
        bad("confirmation.expires-after", "15d", because: "a time such as"),
        bad("confirmation.expires-after", "s", because: "a time such as"),
        bad("confirmation.expires-after", "-1h", because: "a time such as"),
        bad("confirmation.expires-after", "99999999999999999d", because: "a time such as"),
        bad("limits.notification-interval", "1.5h", because: "a time such as"),
        bad("metrics.port", "0", because: "a whole number from 1 to 65535"),
        bad("relay.fallbacks", "b.example.org", because: "\"b.example.org\" is not smtp://host:port"),
        bad(
            "relay.fallbacks", "smtp://b.example.org", ["relay.url": "smtp://localhost", "relay.tls": "off"],
            because: "that relay.tls allows"),
        bad("mail.bounce-domain", "a b", because: "is not a domain"),
        bad("limits.domain-rate", "-1", because: "a whole number"),
        bad("approval", "two", because: "none, second-person"),
        bad("log.level", "loud", because: "trace, debug, info"), bad("log.format", "xml", because: "json, text"),
    ])
    func `a wrong value is told with its key and what to do`(_ bad: Bad) async throws {
        let problems = try await Self.problems(bad.values)
        #expect(problems.contains { $0.contains(bad.because) }, "\(problems)")
        #expect(!problems.contains { $0.contains("hush") || $0.contains("GG-vFI1") || $0.contains("00000AA") })
    }
}
