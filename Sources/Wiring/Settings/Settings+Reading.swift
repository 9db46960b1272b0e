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
        settings.readRelays(&reader)
        settings.readMail(&reader)
        settings.readOrganisation(&reader)
        settings.readCaptcha(&reader)
        settings.readRules(&reader)
        settings.readMailbox(&reader)
        settings.readComplaints(&reader)
        settings.readRedirects(&reader)
        settings.readHooks(&reader)
        settings.readEventReceiver(&reader)
        settings.remarks = reader.remarks
        settings.found = reader.found
        if case .taken(let how) = HostFile(path: settings.keysFile).readers {
            settings.remarks.append(.notice("keys.file: \(settings.keysFile), \(how): taken as it is"))
        }
        guard reader.problems.isEmpty else { throw SettingsProblems(problems: reader.problems) }
        return (settings, reader.found)
    }

    private mutating func readPlaces(_ reader: inout SettingsReader) {
        readStore(&reader)
        keysFile =
            reader.text("keys.file").map { reader.absolute($0, madeFor: "keys.file") }
            ?? databaseFile.map { URL(filePath: $0).deletingLastPathComponent().appending(path: "courant.keys").path }
            ?? reader.absolute(keysFile, madeFor: "keys.file")
        let years = Duration.seconds(86_400)...Duration.seconds(3650 * 86_400)
        backupsExpireAfter = reader.duration("backup.expires-after", in: years) ?? backupsExpireAfter
        registerExpiresAfter = reader.duration("register.expires-after", in: years) ?? registerExpiresAfter
        templates = reader.path("templates.directory") ?? reader.absolute(templates)
        shippedTemplates = Installation.current?.path("templates")
        policyFile = reader.path("policy.file") ?? reader.present(policyFile)
        namesPromises = reader.text("promises.file") != nil
        if reader.text("promises.file") == "none" {
            promisesFile = "none"
        } else {
            promisesFile = reader.path("promises.file") ?? reader.present(promisesFile)
        }
    }

    private mutating func readRelays(_ reader: inout SettingsReader) {
        _ = reader.required("relay.url", "mail is handed to it, e.g. smtp://relay.example.org:587")
        relay.heloName = DomainName.host(http.publicURL.host) ?? "localhost"
        let bare = relay
        relay = Self.relay("relay", from: bare, &reader)
        for text in reader.texts("relay.fallbacks") {
            guard let address = RelayAddress(text), relay.tls == .required || PublicURL.isThisMachine(address.host)
            else {
                reader.problem(
                    "relay.fallbacks", "\"\(text)\" is not smtp://host:port or smtps://host:port that relay.tls allows")
                continue
            }
            var fallback = relay
            fallback.address = address
            fallbackRelays.append(fallback)
        }
        let others = SettingsKeys.all.filter { $0.hasPrefix("relay-2.") }
        guard others.contains(where: { reader.text($0) != nil }) else { return }
        _ = reader.required("relay-2.url", "the other settings of relay-2 are about it")
        var second = bare
        second.tls = relay.tls
        fallbackRelays.append(Self.relay("relay-2", from: second, &reader))
    }

    /// What is set of one relay, its name being the first word of its keys.
    private static func relay(
        _ name: String, from bare: SMTPRelay.Configuration, _ reader: inout SettingsReader
    ) -> SMTPRelay.Configuration {
        var relay = bare
        if let address = reader.value("\(name).url", "smtp://host:port or smtps://host:port", { RelayAddress($0) }) {
            relay.address = address
        }
        relay.tls =
            reader.value("\(name).tls", "required or off") { SMTPRelay.Configuration.TLS(rawValue: $0) } ?? bare.tls
        if relay.tls == .off, !PublicURL.isThisMachine(relay.address.host) {
            reader.problem(
                "\(name).tls", "off is for a relay on this host alone; \(relay.address.host) is another: use required")
        }
        relay.user = reader.text("\(name).user")
        let problems = reader.problems.count
        relay.password = reader.secret("\(name).password-file")
        if (relay.user == nil) != (relay.password == nil), reader.problems.count == problems {
            reader.problem("\(name).user", "user and password-file go together: give both or neither")
        }
        relay.certificateAuthorities = reader.readable("\(name).ca-file")
        relay.connections = reader.number("\(name).connections", in: 1...256) ?? relay.connections
        relay.rate =
            reader.value("\(name).rate", "a number of messages a second, 0 for no limit") { text in
                Double(text).flatMap { $0.isFinite && $0 >= 0 ? $0 : nil }
            } ?? 0
        return relay
    }

    private mutating func readRedirects(_ reader: inout SettingsReader) {
        for entry in reader.texts("redirects") {
            let parts = entry.utf8.split(separator: UInt8(ascii: "="), maxSplits: 1).map {
                String(decoding: $0, as: UTF8.self)
            }
            guard parts.count == 2, let word = Slug(parts[0]), WebAddress.isOrdinary(parts[1]) else {
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
        bouncesLMTP = reader.value(
            "bounces.lmtp", "127.0.0.1:2424 or an absolute path: only this machine's mail server may come there"
        ) { LMTPAddress($0) }
        if bouncesLMTP != nil, mailBounceDomain == nil {
            reader.problem("bounces.lmtp", "needs mail.bounce-domain: without it no bounce comes to us")
        }
        domainRate = reader.number("limits.domain-rate", in: 0...100_000) ?? domainRate
        approval = reader.word("approval", Campaigns.Approval.self) ?? approval
        logLevel =
            reader.value("log.level", "trace, debug, info, notice, warning, error or critical") { text in
                ["trace", "debug", "info", "notice", "warning", "error", "critical"].contains(text) ? text : nil
            } ?? logLevel
        logFormat = reader.word("log.format", LogFormat.self) ?? logFormat
    }
}
