package import Captcha
package import Mail
package import Newsletter
package import Rendering

/// What the routes stand before: the domain's verbs, the pages, the captcha, and who we are.
package struct WebServices: Sendable {
    package var subscriptions: Subscriptions
    package var consents: Consents
    package var lists: Lists
    package var campaigns: Campaigns
    package var retention: Retention
    package var bounces: Bounces
    package var inbox: Inbox
    /// Of mail providers.
    package var hooks: [Hook]
    package var sns: SNSClient
    package var imports: Imports
    package var blocks: Blocks
    package var export: ListExport
    package var rights: Rights
    package var policies: Policies
    package var staff: Staff
    package var audit: Audit
    package var templates: Templates
    package var captcha: any Captcha
    package var clock: WallClock
    package var site: PublicSite
    package var limits: Limits
    /// Whether requests can be served: the store can be written, its schema is current.
    package var readiness: @Sendable () async -> Readiness
    /// What stands in the way of mail.
    package var health: RelayHealth
    /// The captcha's, about hosts.
    let captchaWords = Seldom(every: .seconds(300))
    /// The limits', about networks.
    let limitWords = Seldom(every: .seconds(3600))

    package init(
        subscriptions: Subscriptions, consents: Consents, lists: Lists, campaigns: Campaigns, policies: Policies,
        retention: Retention, bounces: Bounces, inbox: Inbox, hooks: [Hook] = [],
        sns: SNSClient = SNSClient { _ in nil }, imports: Imports, blocks: Blocks,
        export: ListExport,
        rights: Rights, staff: Staff, audit: Audit,
        templates: Templates, captcha: any Captcha, clock: WallClock, site: PublicSite, limits: Limits = Limits(),
        health: RelayHealth = RelayHealth([]),
        readiness: @escaping @Sendable () async -> Readiness
    ) {
        self.subscriptions = subscriptions
        self.consents = consents
        self.lists = lists
        self.campaigns = campaigns
        self.retention = retention
        self.bounces = bounces
        self.inbox = inbox
        self.hooks = hooks
        self.sns = sns
        self.imports = imports
        self.blocks = blocks
        self.export = export
        self.rights = rights
        self.policies = policies
        self.staff = staff
        self.audit = audit
        self.templates = templates
        self.captcha = captcha
        self.clock = clock
        self.site = site
        self.limits = limits
        self.health = health
        self.readiness = readiness
    }

    /// The locale keys that routes ask for by name, for `Templates.init(directory:requiredKeys:)`.
    package static let localeKeys: [String] =
        ["language.name", "consent.text"] + EmbedRoutes.words.map { "embed.\($0)" }
        + FieldComplaint.Word.allCases.map(\.key)
        + ErrorAnswer.Page.allCases.flatMap { ["\($0.key).title", "\($0.key).detail"] }
        + Disclosures.localeKeys + PersonalDataPage.localeKeys
}

package enum Readiness: Sendable, Equatable {
    case ready
    /// For the log: what is missing.
    case notReady(String)
}
