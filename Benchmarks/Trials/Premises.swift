package import Foundation
import Logging
package import Mail
package import Newsletter
import Outbound
import Rendering
import SQLStore
package import Wiring

/// A data directory with subscribers in it, and the settings by which a service runs on it: the same ones for the real
/// `courantd` as for a Courant inside this process.
package struct Premises: Sendable {
    package let directory: URL
    package var relayPort: Int
    package var httpPort: Int
    package var connections: Int
    package var captcha: String?
    /// `off`, or a PEM file of the authority to trust.
    package var relayAuthority: String?
    /// Where bounces come by LMTP; nil: nowhere.
    package var reportsPort: Int?
    /// Whether mails are signed, with the keys in `dkim`.
    package var signs = false
    /// Visitors' connections at once; nil leaves it to the service.
    package var places: Int?
    /// As `config/courant.yaml` and its promises have it, but for names, places and the relay's encryption.
    package var isAsShipped = false
    /// Whether the programs' time of day can be shifted: see `clock-shim.c`.
    package var clockShim: String?
    /// Nil: SQLite, in the directory.
    package var database: TrialDatabase?

    package init(
        _ directory: URL, relayPort: Int = 9, httpPort: Int = 0, connections: Int = 32, captcha: String? = nil,
        database: TrialDatabase? = nil, like other: Premises? = nil
    ) {
        isAsShipped = other?.isAsShipped ?? false
        clockShim = other?.clockShim
        self.directory = directory
        self.relayPort = relayPort
        self.httpPort = httpPort
        self.connections = connections
        self.captcha = captcha
        self.database = database
    }

    package static let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// Below `var/`, which git does not look at.
    package static func temporary(_ name: String) -> URL {
        repository.appending(path: "var/trials/\(name)-\(ProcessInfo.processInfo.processIdentifier)")
    }

    package var environment: [String: String] {
        var environment = [
            "COURANT_HTTP_PORT": String(httpPort), "COURANT_HTTP_PUBLIC_URL": "http://localhost:\(max(1, httpPort))",
            "COURANT_STORE_URL": database?.url ?? "sqlite:\(directory.path)/courant.db",
            "COURANT_KEYS_FILE": "\(directory.path)/courant.keys",
            "COURANT_TEMPLATES_DIRECTORY": Self.repository.appending(path: "templates").path,
            "COURANT_POLICY_FILE": Self.repository.appending(path: "config/policy.md").path,
            // No captcha, and nobody to whom anything was promised.
            "COURANT_PROMISES_FILE": "none",
            "COURANT_RELAY_URL": "smtp://localhost:\(relayPort)", "COURANT_RELAY_TLS": "off",
            "COURANT_RELAY_CONNECTIONS": String(connections),
            "COURANT_MAIL_FROM": "Company News <news@company.example>",
            "COURANT_MAIL_TRANSACTIONAL_FROM": "Company <hello@company.example>",
            "COURANT_ORGANISATION_NAME": "Company AS", "COURANT_ORGANISATION_ADDRESS": "Storgata 1, 0155 Oslo",
            "COURANT_ORGANISATION_CONTACT": "privacy@company.example", "COURANT_CAPTCHA_PROVIDER": "none",
            "COURANT_LOG_LEVEL": "error",
            // All visitors come from one address and are at one domain.
            "COURANT_LIMITS_CLIENT_PER_MINUTE": "0", "COURANT_LIMITS_ALL_PER_MINUTE": "0",
            "COURANT_LIMITS_DOMAIN_PER_HOUR": "0",
        ]
        environment["COURANT_LIMITS_CONNECTIONS"] = places.map { String($0) }
        if let reportsPort {
            environment["COURANT_BOUNCES_LMTP"] = "127.0.0.1:\(reportsPort)"
            environment["COURANT_MAIL_BOUNCE_DOMAIN"] = "bounces.company.example"
        }
        if signs { environment["COURANT_DKIM_KEYS"] = "\(directory.path)/dkim" }
        if isAsShipped {
            environment["COURANT_CONFIG"] = Self.repository.appending(path: "config/courant.yaml").path
            environment["COURANT_PROMISES_FILE"] = Self.repository.appending(path: "config/promises.yaml").path
            environment["COURANT_ORGANISATION_AUTHORITY"] = "Datatilsynet, www.datatilsynet.no"
            let ours = ["LOG_LEVEL", "LIMITS_CLIENT_PER_MINUTE", "LIMITS_ALL_PER_MINUTE", "LIMITS_DOMAIN_PER_HOUR"]
            for key in ours { environment["COURANT_\(key)"] = nil }
        }
        if let captcha {
            environment["COURANT_CAPTCHA_PROVIDER"] = "recaptcha"
            environment["COURANT_CAPTCHA_SITE_KEY"] = "site"
            environment["COURANT_CAPTCHA_SECRET"] = "secret"
            environment["COURANT_CAPTCHA_VERIFY_URL"] = captcha
            environment["COURANT_CAPTCHA_HOSTNAMES"] = "localhost"
        }
        return environment
    }

    /// Holds by how many seconds its programs' time of day is off.
    var clockFile: URL { directory.appending(path: "clock-offset") }

    /// What a child of ours gets: our own settings, and what it takes to find libraries.
    package var childEnvironment: [String: String] {
        let shim = clockShim.map { ["LD_PRELOAD": $0, "CLOCK_SHIM_FILE": clockFile.path] } ?? [:]
        return ProcessInfo.processInfo.environment.filter { ["PATH", "LD_LIBRARY_PATH", "HOME"].contains($0.key) }
            .merging(environment) { $1 }.merging(shim) { $1 }
    }

    package func settings() async throws -> Settings {
        try await Settings.read(file: nil, environment: environment).settings
    }

    /// Courant, wired as `courantd serve` wires it, inside this process. Unless it `serves`, it is one of the host's commands,
    /// which on PostgreSQL takes no part in sending.
    package func open(clock: WallClock = .system, serves: Bool = true) async throws -> Courant {
        let settings = try await settings()
        var external = ExternalServices(settings)
        external.clock = clock
        return try Courant(
            settings, external: external, exclusively: serves || database == nil,
            logger: Logger(label: "trial") { _ in SwiftLogNoOpLogHandler() })
    }

    package func remove() {
        try? FileManager.default.removeItem(at: directory)
        database?.drop()
    }

    /// The same subscribers somewhere else.
    package func copy(to other: URL) throws -> Premises {
        var copy = try sharing(at: other)
        if let database {
            copy.database = try database.copy(as: "room")
        } else {
            let file = "courant.db"
            try FileManager.default.copyItem(at: directory.appending(path: file), to: other.appending(path: file))
        }
        return copy
    }

    /// Another instance's, with the same keys and, on PostgreSQL, the same database.
    package func sharing(at other: URL) throws -> Premises {
        try? FileManager.default.removeItem(at: other)
        try FileManager.default.createDirectory(at: other, withIntermediateDirectories: true)
        let file = "courant.keys"
        try FileManager.default.copyItem(at: directory.appending(path: file), to: other.appending(path: file))
        return Premises(
            other, relayPort: relayPort, httpPort: httpPort, connections: connections, captcha: captcha,
            database: database, like: self)
    }
}

// MARK: Subscribers

extension Premises {
    package static func recipient(_ number: Int) -> EmailAddress {
        EmailAddress(localPart: "reader\(number)", domain: "example.org")
    }

    /// So many active subscribers of a list `news`, in the order of their numbers, written as sign-ups would have.
    package func fill(_ count: Int) async throws {
        let courant = try await open(serves: false)
        guard let slug = Slug("news"), let language = Language("en") else { return }
        let list = try await courant.lists.create(
            slug, title: "Example News", description: "Once a month", sender: courant.settings.mailFrom,
            basis: .consent, language: language, isPublic: true, by: .host
        ).list
        let now = Date.now
        let keyring = courant.keyring
        for start in stride(from: 0, to: count, by: 2_000) {
            try await courant.store.write { tx in
                for number in start..<min(start + 2_000, count) {
                    let id = Self.id(number)
                    let person = Person(address: Self.recipient(number), name: try? PersonName("Reader \(number)"))
                    let subscription = Subscription(
                        id: id, list: list, person: try keyring.seal(person, for: id), language: language,
                        state: .active, basis: .consent, source: "form",
                        consent: Consent(text: "ab12", policy: "1", askedAt: now, confirmedAt: now), activeSince: now,
                        lastActivity: now, lastNotified: nil)
                    try tx.insert(subscription, digest: keyring.digest(of: person.address))
                }
            }
        }
        _ = await courant.store.scrub()
        try courant.store.close()
    }

    /// Looks random, as ids are, and can be told from the number.
    package static func id(_ number: Int) -> SubscriptionID {
        var (high, low) = (UInt64(number) &+ 1, UInt64(number) &+ 0x9E37)
        for _ in 0..<3 {
            high = (high ^ (high >> 31)) &* 0x7FB5_D329_728E_A185
            low = (low ^ (low >> 27)) &* 0x81DA_DEF4_BC2D_D44D
        }
        return SubscriptionID(number: UInt128(high) << 64 | UInt128(low) | 1)
    }

    /// Begins a campaign to everybody. Whoever serves this directory next sends it.
    package func launch(_ courant: Courant) async throws -> Int64 {
        guard let slug = Slug("news") else { return 0 }
        let staff = StaffMember(
            name: "Eva", role: .sender, createdAt: .distantPast, expiresAt: .distantFuture, lastUsed: nil)
        let made = try await courant.campaigns.create(Self.issue, list: slug, by: staff, idempotencyKey: nil)
        let plan = try await courant.campaigns.plan(made.campaign.id, by: staff.actor)
        _ = try await courant.campaigns.send(
            made.campaign.id, digest: plan.digest, expectRecipients: nil, at: nil, by: staff.actor)
        return made.campaign.id
    }

    /// A campaign that the next `courantd` will send, or those that serve already, and a login to ask them how far it is.
    package func begin() async throws -> (campaign: Int64, token: String) {
        let courant = try await open(serves: false)
        let token = try await courant.staff.add("Eva", role: .sender, by: .host).token.text
        let campaign = try await launch(courant)
        _ = await courant.store.scrub()
        try courant.store.close()
        return (campaign, token)
    }

    /// A mail of about 10 KB, HTML and text together, as the yardstick's.
    package static let issue: String = {
        var text = """
            ---
            subject: Sensors in spring
            preheader: Three things we learned
            ---
            # Hello {{name}}{{^name}}there{{/name}}

            """
        for number in 1...2 {
            text += """

                ## Part \(number)

                The river rose by forty centimetres in one night, and every sensor but two reported it within a minute.
                What the two others had in common, how we found out, and what it costs to put it right is told [on our
                site](https://www.example.org/spring/\(number)). Whoever has sensors of that make should read it.

                - the battery's cover takes water from below
                - the clock is set once a day only
                - nobody looks at a sensor that says nothing

                """
        }
        return text
    }()
}
