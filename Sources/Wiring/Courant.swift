package import Captcha
import Foundation
package import Logging
package import Mail
package import Newsletter
import Outbound
package import Rendering
package import SQLStore
package import ServiceLifecycle
import Web

/// What lies outside the house: tests and the demo bring their own.
package struct Outside: Sendable {
    package var relay: any Relay
    package var captcha: any Captcha
    package var clock: WallClock

    package init(relay: any Relay, captcha: any Captcha, clock: WallClock = .system) {
        self.relay = relay
        self.captcha = captcha
        self.clock = clock
    }

    /// The relay and the captcha that the settings name.
    package init(_ settings: Settings) {
        let relays = ([settings.relay.address] + settings.relayFallbacks).map { address in
            var configuration = settings.relay
            configuration.address = address
            return SMTPRelay(configuration: configuration)
        }
        relay = relays.count == 1 ? relays[0] : RelayChain(relays)
        captcha = settings.captcha.verifier
        clock = .system
    }
}

/// Courant, wired: every part made once and given to those who need it. The service, the demo and the tests all begin here.
package struct Courant: Sendable {
    package let settings: Settings
    package let outside: Outside
    package let templates: Templates
    package let policy: PolicyText
    package let store: any ServedStore
    package let keyring: Keyring
    package let subscriptions: Subscriptions
    package let rights: Rights
    package let lists: Lists
    package let campaigns: Campaigns
    package let retention: Retention
    package let imports: Imports
    package let policies: Policies
    package let staff: Staff
    package let audit: Audit
    package let departures: Departures
    package let dispatcher: Dispatcher
    package let letters: Letters
    package let promises: PromiseWatch
    package let logger: Logger

    /// The service has SQLite's file to itself, and is one of those that serve PostgreSQL's database; the host's commands
    /// may look at either beside a service that runs.
    package init(
        _ settings: Settings, outside: Outside? = nil, exclusively: Bool = true, logger: Logger
    ) throws(StartFailure) {
        self.settings = settings
        self.logger = logger
        templates = try Self.templates(settings)
        policy = try Self.policy(settings)
        departures = Departures()
        keyring = try settings.keyring()
        store = try Self.store(settings, keyring, departures, exclusively: exclusively, logger)
        let outside = outside ?? Outside(settings)
        self.outside = outside
        let (clock, doorbell) = (outside.clock, Doorbell())
        let calendar = clock.steady()
        letters = Letters(templates: templates, masthead: settings.masthead, keyring: keyring)
        let rendering = RenderingPool()
        promises = PromiseWatch()
        subscriptions = Subscriptions(
            store: store, keyring: keyring, clock: clock, departures: departures, doorbell: doorbell,
            rules: settings.rules, calendar: calendar)
        rights = Rights(
            store: store, keyring: keyring, clock: clock, departures: departures, doorbell: doorbell,
            subscriptions: subscriptions,
            disclosures: Disclosures(templates: templates, masthead: settings.masthead, parties: settings.parties))
        retention = Retention(
            store: store, keyring: keyring, calendar: calendar, departures: departures, doorbell: doorbell,
            subscriptions: subscriptions, publicURL: settings.http.publicURL)
        imports = Imports(
            store: store, keyring: keyring, clock: clock, calendar: calendar, doorbell: doorbell, rules: settings.rules,
            languages: templates.languages, takesUTF8: false
        ) { [templates, policy, name = settings.organisation.name] language in
            let consent = templates.string("consent.text", language: language, values: ["organisation.name": name])
            return (consent, policy.version)
        }
        lists = Lists(store: store, keyring: keyring, clock: clock, languages: templates.languages)
        campaigns = Campaigns(
            store: store, letters: letters, keyring: keyring, clock: clock, doorbell: doorbell, relay: outside.relay,
            approval: settings.approval, promises: promises, rendering: rendering, mails: subscriptions.mails)
        staff = Staff(store: store, keyring: keyring, clock: clock, logger: logger)
        audit = Audit(store: store, keyring: keyring)
        policies = Policies(
            store: store, keyring: keyring, clock: clock, doorbell: doorbell, rendering: rendering,
            approval: settings.approval, promises: promises)
        dispatcher = Dispatcher(
            store: store, relay: outside.relay, letters: letters, departures: departures, doorbell: doorbell,
            clock: clock, domainRate: settings.domainRate, promises: promises, approval: settings.approval,
            logger: logger)
    }

    /// What a new installation begins with; later it changes nothing.
    package func begin() async throws {
        try await policies.seed(policy)
        try await staff.adopt()
    }

    /// What runs beside the web server, in the order in which it starts; it stops in the reverse order.
    package var services: [any Service] {
        [
            store, dispatcher, Sweeper(retention: retention, logger: logger),
            Importer(imports: imports, logger: logger),
        ]
    }

    static func templates(_ settings: Settings) throws(StartFailure) -> Templates {
        do throws(TemplateProblems) {
            return try Templates(directory: URL(filePath: settings.templates), requiredKeys: Doors.localeKeys)
        } catch {
            throw .templates("The templates in \(settings.templates) cannot be used:\n\(error)")
        }
    }

    static func policy(_ settings: Settings) throws(StartFailure) -> PolicyText {
        guard let text = try? String(contentsOfFile: settings.policyFile, encoding: .utf8) else {
            throw .policy("The policy \(settings.policyFile) cannot be read: check the setting policy.file.")
        }
        do throws(PolicyText.Problem) {
            return try PolicyText(text)
        } catch {
            throw .policy("The policy \(settings.policyFile) \(error)")
        }
    }
}

extension Settings {
    /// Who sees something of what is held: the relays, and the captcha's provider where that is another company.
    var parties: Disclosures.Parties {
        Disclosures.Parties(
            relays: ([relay.address] + relayFallbacks).map(\.host), captcha: captcha.provider.company,
            authority: organisation.authority)
    }

    package var masthead: Masthead {
        Masthead(
            publicURL: http.publicURL,
            organisation: Letterhead.Organisation(
                name: organisation.name, address: organisation.address, contact: organisation.contact),
            from: mailFrom, transactionalFrom: mailTransactionalFrom, replyTo: mailReplyTo,
            bounceDomain: mailBounceDomain)
    }
}
