import Captcha
import Foundation
import Mail
import Newsletter
import Outbound
import Web

extension Settings {
    /// What was found in file and environment, secrets redacted, beside the settings made of it.
    package typealias Found = [(key: String, value: String)]

    /// Reads and checks everything, and throws all that is wrong at once.
    package static func read(
        file: String?, environment: [String: String]
    ) async throws(SettingsProblems) -> (settings: Settings, found: Found) {
        var reader = try await SettingsReader(file: file, environment: environment)
        var settings = Settings()
        settings.readHTTP(&reader)
        settings.readPlaces(&reader)
        settings.readRelay(&reader)
        settings.readMail(&reader)
        settings.readOrganisation(&reader)
        settings.readCaptcha(&reader)
        settings.readRules(&reader)
        settings.readRedirects(&reader)
        guard reader.problems.isEmpty else { throw SettingsProblems(problems: reader.problems) }
        return (settings, reader.found)
    }

    private mutating func readHTTP(_ reader: inout SettingsReader) {
        http.host = reader.text("http.host") ?? http.host
        http.port = reader.number("http.port", in: 0...65_535) ?? http.port
        http.trustedProxies = reader.texts("http.trusted-proxies")
        for proxy in http.trustedProxies where AddressRange(proxy) == nil {
            reader.problem("http.trusted-proxies", "\"\(proxy)\" is not an IP address or range such as 10.0.0.0/8")
        }
        http.allowedOrigins = reader.texts("http.allowed-origins")
        metrics.host = reader.text("metrics.host") ?? metrics.host
        metrics.port = reader.number("metrics.port", in: 1...65_535)
        let url = reader.required("http.public-url", "links in mails begin with it, e.g. https://news.example.org")
        http.publicURL = String(url.utf8.last == UInt8(ascii: "/") ? url.dropLast() : url[...])
        guard !url.isEmpty else { return }
        guard let parsed = URL(string: url), let host = parsed.host, !host.isEmpty, parsed.query == nil,
            parsed.fragment == nil,
            parsed.scheme == "https" || (parsed.scheme == "http" && Self.isLoopback(host))
        else {
            return reader.problem(
                "http.public-url", "\"\(url)\" is not an https:// address (http:// only for localhost)")
        }
    }

    private mutating func readPlaces(_ reader: inout SettingsReader) {
        readStore(&reader)
        keysFile =
            reader.text("keys.file")
            ?? databaseFile.map {
                URL(filePath: $0).deletingLastPathComponent().appending(path: "courant.keys").relativePath
            } ?? keysFile
        let years = Duration.seconds(86_400)...Duration.seconds(3650 * 86_400)
        backupsExpireAfter = reader.duration("backup.expires-after", in: years) ?? backupsExpireAfter
        registerExpiresAfter = reader.duration("register.expires-after", in: years) ?? registerExpiresAfter
        templates = reader.text("templates.directory") ?? templates
        policyFile = reader.text("policy.file") ?? policyFile
        promisesFile = reader.text("promises.file") ?? promisesFile
    }

    private mutating func readRelay(_ reader: inout SettingsReader) {
        _ = reader.required("relay.url", "mail is handed to it, e.g. smtp://relay.example.org:587")
        if let address = reader.value("relay.url", "smtp://host:port or smtps://host:port", { RelayAddress($0) }) {
            relay.address = address
        }
        relay.tls =
            reader.value("relay.tls", "required or off") { SMTPRelay.Configuration.TLS(rawValue: $0) } ?? .required
        if relay.tls == .off, !Self.isLoopback(relay.address.host) {
            reader.problem(
                "relay.tls", "off is for a relay on this host alone; \(relay.address.host) is another: use required")
        }
        relay.user = reader.text("relay.user")
        relay.password = reader.secret("relay.password-file")
        if (relay.user == nil) != (relay.password == nil) {
            reader.problem("relay.user", "user and password-file go together: give both or neither")
        }
        relay.certificateAuthorities = reader.text("relay.ca-file")
        relay.connections = reader.number("relay.connections", in: 1...256) ?? relay.connections
        relay.rate =
            reader.value("relay.rate", "a number of messages a second, 0 for no limit") { text in
                Double(text).flatMap { $0.isFinite && $0 >= 0 ? $0 : nil }
            } ?? 0
        for text in reader.texts("relay.fallbacks") {
            guard let address = RelayAddress(text), relay.tls == .required || Self.isLoopback(address.host) else {
                reader.problem(
                    "relay.fallbacks", "\"\(text)\" is not smtp://host:port or smtps://host:port that relay.tls allows")
                continue
            }
            relayFallbacks.append(address)
        }
        relay.heloName = URL(string: http.publicURL)?.host ?? "localhost"
    }

    private static func isLoopback(_ host: String) -> Bool {
        if ["localhost", "::1", "[::1]"].contains(host) { return true }
        // All of 127.0.0.0/8, but no name that only begins like it.
        let numbers = host.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).map {
            UInt8(Substring($0))
        }
        return numbers.count == 4 && numbers[0] == 127 && !numbers.contains(nil)
    }

    private mutating func readMail(_ reader: inout SettingsReader) {
        let shape = "an address, or a name and an address: Example News <news@example.org>"
        _ = reader.required("mail.from", "newsletters come from it, e.g. Example News <news@example.org>")
        mailFrom = reader.value("mail.from", shape) { Correspondent($0) } ?? mailFrom
        mailTransactionalFrom = reader.value("mail.transactional-from", shape) { Correspondent($0) } ?? mailFrom
        mailReplyTo = reader.value("mail.reply-to", shape) { Correspondent($0) }
        mailBounceDomain = reader.value("mail.bounce-domain", "a domain such as bounces.example.org") {
            DomainName.ascii($0)
        }
    }

    private mutating func readOrganisation(_ reader: inout SettingsReader) {
        organisation.name = reader.required("organisation.name", "who the newsletters are from, in every mail")
        organisation.address = reader.required("organisation.address", "the postal address, in every newsletter")
        organisation.contact = reader.required(
            "organisation.contact", "the mail address that answers questions about privacy")
        organisation.authority = reader.text("organisation.authority") ?? ""
        if !organisation.contact.isEmpty, (try? EmailAddress(organisation.contact)) == nil {
            reader.problem("organisation.contact", "\"\(organisation.contact)\" is not a mail address")
        }
    }

    private mutating func readCaptcha(_ reader: inout SettingsReader) {
        guard let provider = reader.word("captcha.provider", CaptchaChoice.Provider.self) else {
            if reader.text("captcha.provider") == nil {
                reader.problem(
                    "captcha.provider",
                    "is missing: recaptcha, turnstile, hcaptcha or proof-of-work; or none, in so many words, for no captcha"
                )
            }
            return
        }
        captcha.provider = provider
        captcha.action = reader.text("captcha.action")
        captcha.minimumScore = reader.value("captcha.minimum-score", "a number from 0 to 1") { text in
            Double(text).flatMap { (0...1).contains($0) ? $0 : nil }
        }
        captcha.timeout = reader.duration("captcha.timeout", in: .seconds(1)...Duration.seconds(30)) ?? captcha.timeout
        captcha.onOutage = reader.word("captcha.on-outage", CaptchaChoice.Outage.self) ?? .closed
        captcha.verifyURL = reader.text("captcha.verify-url")
        let hosts = reader.texts("captcha.hostnames")
        captcha.hostnames = hosts.isEmpty ? [URL(string: http.publicURL)?.host ?? ""] : hosts
        captcha.scriptHost = reader.value("captcha.script-host", "a host such as www.recaptcha.net, or https://host") {
            Self.isScriptHost($0) ? $0 : nil
        }
        captcha.isInvisible = reader.word("captcha.invisible", Answer.self) == .yes
        if captcha.isInvisible, provider != .recaptcha || captcha.minimumScore != nil {
            reader.problem("captcha.invisible", "is for reCAPTCHA v2: provider recaptcha, without a minimum-score")
        }
        captcha.difficulty = reader.number("captcha.difficulty", in: ProofOfWork.difficulties) ?? captcha.difficulty
        guard provider != .none, provider != .proofOfWork else { return }
        captcha.siteKey = reader.required("captcha.site-key", "the provider's public key of this site")
        captcha.secret = reader.required("captcha.secret", "the provider's secret for that site key")
        for key in ["captcha.site-key", "captcha.secret"] {
            let value = key == "captcha.secret" ? captcha.secret : captcha.siteKey
            if CaptchaProvider.isKnownTestKey(value) {
                reader.problem(key, "is the provider's test key, with which everybody passes: make keys of your own")
            }
        }
    }

    private enum Answer: String, CaseIterable {
        case yes = "true"
        case no = "false"
    }

    private static func isScriptHost(_ text: String) -> Bool {
        guard text.utf8.place(of: "://".utf8) != nil else {
            return DomainName.ascii(text)?.utf8.elementsEqual(text.lowercased().utf8) == true
        }
        return isOrdinary(text) && URL(string: text)?.path.isEmpty == true
    }

    /// An absolute address by https, or by http on this host; nothing that hides where it leads.
    private static func isOrdinary(_ text: String) -> Bool {
        guard let url = URL(string: text), let host = url.host, !host.isEmpty, url.user == nil, url.password == nil,
            text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && !"\\;,'\"".utf8.contains($0) })
        else { return false }
        return url.scheme == "https" || (url.scheme == "http" && isLoopback(host))
    }

    private mutating func readRedirects(_ reader: inout SettingsReader) {
        for entry in reader.texts("redirects") {
            let parts = entry.utf8.split(separator: UInt8(ascii: "="), maxSplits: 1).map {
                String(decoding: $0, as: UTF8.self)
            }
            guard parts.count == 2, let word = Slug(parts[0]), Self.isOrdinary(parts[1]) else {
                reader.problem(
                    "redirects", "\"\(entry)\" is not word=https://…, such as thanks=https://www.example.org/thanks")
                continue
            }
            if redirects.updateValue(parts[1], forKey: word.text) != nil {
                reader.problem("redirects", "\"\(word.text)\" stands there twice")
            }
        }
    }

    private mutating func readRules(_ reader: inout SettingsReader) {
        let days = Duration.seconds(60)...Duration.seconds(14 * 86_400)
        rules.confirmationExpiresAfter =
            reader.duration("confirmation.expires-after", in: days) ?? rules.confirmationExpiresAfter
        rules.notificationInterval =
            reader.duration("limits.notification-interval", in: .seconds(1)...Duration.seconds(30 * 86_400))
            ?? rules.notificationInterval
        limits.clientPerMinute = reader.number("limits.client-per-minute", in: 0...1_000_000) ?? limits.clientPerMinute
        limits.allPerMinute = reader.number("limits.all-per-minute", in: 0...100_000_000) ?? limits.allPerMinute
        limits.connections = reader.number("limits.connections", in: 16...1_000_000) ?? limits.connections
        limits.connectionsPerClient =
            reader.number("limits.connections-per-client", in: 0...1_000_000) ?? limits.connectionsPerClient
        rules.domainPerHour = reader.number("limits.domain-per-hour", in: 0...100_000_000) ?? rules.domainPerHour
        bouncesHold = reader.duration("bounces.hold", in: .zero...Duration.seconds(13 * 86_400)) ?? bouncesHold
        domainRate = reader.number("limits.domain-rate", in: 0...100_000) ?? domainRate
        approval = reader.word("approval", Campaigns.Approval.self) ?? approval
        logLevel =
            reader.value("log.level", "trace, debug, info, notice, warning, error or critical") { text in
                ["trace", "debug", "info", "notice", "warning", "error", "critical"].contains(text) ? text : nil
            } ?? logLevel
        logFormat = reader.word("log.format", LogFormat.self) ?? logFormat
    }
}
