package import Captcha
import DKIM
import Foundation
package import Logging
package import Mail
package import Newsletter
import Outbound
package import Rendering
package import SQLStore
package import ServiceLifecycle
package import Web

/// What lies outside the house: tests and the demo bring their own.
package struct ExternalServices: Sendable {
    package var relay: any Relay
    package var captcha: any Captcha
    package var clock: WallClock
    /// What the relays say of themselves.
    package var health: RelayHealth
    /// Whose certificates some providers sign their calls with.
    package var sns = SNSClient.overHTTPS()

    package init(
        relay: any Relay, captcha: any Captcha, clock: WallClock = .system, health: RelayHealth = RelayHealth([])
    ) {
        self.health = health
        self.relay = relay
        self.captcha = captcha
        self.clock = clock
    }

    /// The relay and the captcha that the settings name. Where there is a logger, it hears of the relays' troubles.
    package init(_ settings: Settings, logger: Logger? = nil) {
        let health = RelayHealth(settings.relays.map { "\($0.address)" }) { RelayWords.tell($0, logger) }
        let relays = settings.relays.map { configuration in
            var configuration = configuration
            configuration.health = health
            return SMTPRelay(configuration: configuration)
        }
        self.health = health
        relay = relays.count == 1 ? relays[0] : RelayChain(relays)
        captcha = settings.captcha.verifier
        clock = .system
    }
}

/// Courant, wired: every part made once and given to those who need it. The service, the demo and the tests all begin here.
package struct Courant: Sendable {
    package internal(set) var settings: Settings
    package let external: ExternalServices
    /// The time, for what rests on it and cannot be undone.
    package let calendar: SteadyClock
    /// The same, for those who only want to know the time.
    package let clock: WallClock
    package let templates: Templates
    package let policy: PolicyText
    package let store: any ServedStore
    package let keyring: Keyring
    package let subscriptions: Subscriptions
    package let rights: Rights
    package let lists: Lists
    package let campaigns: Campaigns
    package let retention: Retention
    package let bounces: Bounces
    package let imports: Imports
    package let blocks: Blocks
    package let export: ListExport
    package let policies: Policies
    package let consents: Consents
    package let staff: Staff
    package let audit: Audit
    package let sendGuard: SendGuard
    package let dispatcher: Dispatcher
    /// Nil where nobody is told.
    package let events: EventSender?
    package let inbox: Inbox
    package let renderer: MailRenderer
    package let promises: PromiseWatch
    package let logger: Logger

    /// The service has SQLite's file to itself, and is one of those that serve PostgreSQL's database; the host's commands
    /// may look at either beside a service that runs. Templates that are given are not read from the settings' folder again.
    package init(
        _ settings: Settings, external: ExternalServices? = nil, exclusively: Bool = true,
        holder: FileLock.Holder = .service, templates given: Templates? = nil, logger: Logger
    ) throws(StartFailure) {
        let templates = if let given { given } else { try Self.templates(settings) }
        let policy = try Self.policy(settings)
        let keyring = try settings.keyring()
        var terms = settings.terms(serves: exclusively)
        terms.holder = holder
        if holder == .command { terms.upgrade = .refused }
        self.init(
            settings, external: external ?? ExternalServices(settings, logger: logger), templates, policy, keyring,
            terms, try settings.signer(), try Self.store(settings, keyring, terms, logger), logger)
    }

    /// The same with another store, for trying out what it does.
    func rehearsing(on store: any ServedStore) -> Courant {
        Courant(
            settings, external: external, templates, policy, keyring, settings.terms(serves: false), renderer.signer,
            store,
            logger)
    }

    private init(
        _ settings: Settings, external: ExternalServices, _ templates: Templates, _ policy: PolicyText,
        _ keyring: Keyring,
        _ terms: StoreOpeningTerms, _ signer: DKIMSigner?, _ store: any ServedStore, _ logger: Logger
    ) {
        (self.settings, self.external, self.logger) = (settings, external, logger)
        (self.templates, self.policy, self.keyring) = (templates, policy, keyring)
        (sendGuard, self.store) = (terms.sendGuard, store)
        let calendar = SteadyClock(external.clock)
        self.calendar = calendar
        // One for all: what is written down by a clock that has jumped falls due, or ends, years too late or too soon.
        let clock = calendar.calendar
        self.clock = clock
        renderer = MailRenderer(
            templates: templates, publisher: settings.publisher, keyring: keyring, parties: settings.parties,
            signer: signer)
        let (rendering, wordings) = (RenderingPool(), KnownWordings())
        promises = PromiseWatch()
        subscriptions = Subscriptions(
            store: store, keyring: keyring, clock: clock, rules: settings.rules, wordings: wordings)
        rights = Rights(
            store: store, keyring: keyring, clock: clock, subscriptions: subscriptions,
            disclosures: Disclosures(templates: templates, publisher: settings.publisher, parties: settings.parties))
        retention = Retention(
            store: store, keyring: keyring, calendar: calendar, subscriptions: subscriptions,
            publicURL: settings.http.publicURL.text, registerTerm: settings.registerExpiresAfter)
        bounces = Bounces(store: store, keyring: keyring, calendar: calendar, hold: settings.bouncesHold)
        imports = Imports(
            store: store, keyring: keyring, clock: clock, calendar: clock, rules: settings.rules,
            languages: templates.languages, takesUTF8: { [health = external.health] in health.takesUTF8 },
            approval: settings.approval, wordings: wordings
        ) { [templates, policy, name = settings.organisation.name] language, list in
            (
                templates.consent(in: language, organisation: name, asksCompany: list.asksCompany), policy.version
            )
        }
        blocks = Blocks(store: store, keyring: keyring, clock: clock, imports: imports)
        export = ListExport(store: store, keyring: keyring, clock: clock, publisher: settings.publisher)
        consents = Consents(store: store, keyring: keyring, clock: clock, wordings: wordings)
        lists = Lists(store: store, keyring: keyring, clock: clock, languages: templates.languages)
        let testAnswers = TestAnswers()
        campaigns = Campaigns(
            store: store, renderer: renderer, keyring: keyring, clock: clock, relay: external.relay,
            approval: settings.approval, promises: promises, rendering: rendering, hold: settings.bouncesHold,
            mails: subscriptions.mails, testAnswers: testAnswers)
        staff = Staff(store: store, keyring: keyring, clock: clock, logger: logger)
        audit = Audit(store: store, keyring: keyring)
        policies = Policies(
            store: store, keyring: keyring, clock: clock, rendering: rendering, approval: settings.approval,
            promises: promises, signer: signer)
        dispatcher = Dispatcher(
            store: store, relay: external.relay, renderer: renderer, sendGuard: sendGuard,
            doorbell: terms.doorbell, clock: clock, calendar: calendar, domainRate: settings.domainRate,
            promises: promises, approval: settings.approval, testAnswers: testAnswers, logger: logger)
        events = settings.eventReceiver.map {
            EventSender(
                store: store, keyring: keyring, receiver: WebhookReceiver($0), sendGuard: terms.sendGuard,
                doorbell: terms.eventBell, calendar: calendar, logger: logger)
        }
        inbox = Inbox(
            store: store, keyring: keyring, clock: clock, relay: external.relay, domains: dispatcher,
            scope: settings.complaintScope)
    }

    /// What a new installation begins with; later it changes nothing.
    package func begin() async throws {
        try await policies.seed(policy)
        try await seedConsents(templates)
        _ = try await calendar.look(in: store)
        try await deleteOrphanedCanaries()
        try await deleteUnwantedEvents()
        try await staff.adopt()
    }

    /// What waits for a receiver that wants less than before, or that is no more. That people are gone is kept for a day also then: it
    /// may have been taken out by mistake, and would keep its copy of them for ever.
    private func deleteUnwantedEvents() async throws {
        let waiting = try await store.read { try $0.waitingEvents().count }
        guard waiting > 0 else { return }
        let receiver = settings.eventReceiver
        let kinds = receiver?.events ?? Set(OutgoingEvent.Kind.allCases.filter { !$0.tellsPerson })
        let horizon = receiver == nil ? clock.now() - EventRetries.limit : nil
        let gone = try await store.write { try $0.deleteEvents(otherThan: kinds, before: horizon) }
        if gone > 0 {
            logger.warning(
                "events were dropped: hooks.receiver asks for them no more",
                metadata: ["count": "\(gone)", "then": "compare its copy with courant list export"])
        }
        if receiver == nil, waiting > gone {
            logger.warning(
                "events wait that tell who is gone, and there is no hooks.receiver any more",
                metadata: [
                    "count": "\(waiting - gone)",
                    "then": "put it back within a day, or delete its copy of these people",
                ])
        }
    }

    /// The sentences that these templates show.
    func seedConsents(_ templates: Templates) async throws {
        try await consents.seed(
            templates.languages.map { ($0, templates.consent(in: $0, organisation: settings.organisation.name)) })
    }

    /// What a killed check has left.
    func deleteOrphanedCanaries() async throws {
        let now = clock.now()
        try await store.write { try $0.deleteOrphanedCanaries(at: now) }
    }

    /// What runs beside the web server, in the order in which it starts; it stops in the reverse order.
    package var services: [any Service] {
        [
            store, dispatcher, Sweeper(retention: retention, bounces: bounces, dispatcher: dispatcher, logger: logger),
            Importer(imports: imports, blocks: blocks, logger: logger),
        ] + (events.map { [$0] } ?? [])
            + (settings.databaseFile.map {
                [SetAsideSweeper(database: $0, clock: clock, logger: logger)]
            } ?? [])
            + (settings.bouncesLMTP.map { [ReportListener(place: $0, inbox: inbox, logger: logger)] } ?? [])
            + (settings.bouncesMailbox.map {
                [ReportFetcher(mailbox: $0, inbox: inbox, store: store, logger: logger)]
            } ?? [])
    }

    package static func templates(_ settings: Settings) throws(StartFailure) -> Templates {
        do throws(TemplateProblems) {
            return try Templates(
                directory: URL(filePath: settings.templates),
                shipped: settings.shippedTemplates.map { URL(filePath: $0) }, requiredKeys: WebServices.localeKeys,
                first: settings.organisation.language)
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

extension Templates {
    /// The sentence that people agree to.
    fileprivate func consent(in language: Language, organisation: String, asksCompany: Bool = false) -> String {
        var values = ["organisation.name": organisation]
        if asksCompany { values[Disclosures.asksCompany] = "yes" }
        return string("consent.text", language: language, values: values)
    }
}

extension Settings {
    /// In the order in which they are asked.
    var relays: [SMTPRelay.Configuration] { [relay] + fallbackRelays }

    /// Who sees something of what is held: the relays, and the captcha's provider where that is another company.
    var parties: Disclosures.Parties {
        Disclosures.Parties(
            relays: relays.map(\.address.host), captcha: captcha.provider.company, receiver: eventReceiver?.name,
            authority: organisation.authority)
    }

    /// Mail that comes back, or asks to leave, is read somewhere.
    var hasDoor: Bool { bouncesLMTP != nil || bouncesMailbox != nil }

    package var publisher: Publisher {
        Publisher(
            publicURL: http.publicURL,
            organisation: Letterhead.Organisation(
                name: organisation.name, address: organisation.address, contact: organisation.contact),
            from: mailFrom, transactionalFrom: mailTransactionalFrom, replyTo: mailReplyTo,
            bounceDomain: mailBounceDomain, takesMail: hasDoor, asksForComplaints: asksForComplaints,
            echo: relayProvider,
            timeZone: organisation.timeZone)
    }
}
