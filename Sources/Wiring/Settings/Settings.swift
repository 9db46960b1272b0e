import Captcha
package import Fetching
package import Foundation
package import Mail
package import Newsletter
package import Outbound
package import Rendering
package import SQLStore
package import Web

/// What whoever runs Courant decides, checked as a whole: a service that starts has settings that fit together.
///
/// `config/courant.yaml` names and explains each; `COURANT_HTTP_PORT` and its like stand before the file.
package struct Settings: Sendable {
    package struct HTTP: Sendable {
        package var host = "127.0.0.1"
        package var port = 8080
        /// Where the outside sees us.
        package var publicURL = PublicURL.thisMachine
        /// Addresses of proxies whose word about the client counts.
        package var trustedProxies: [String] = []
        /// Sites whose pages may post to us from a script, as browsers write them into `Origin`.
        package var allowedOrigins: [String] = []
    }

    package struct Organisation: Sendable {
        package var name = ""
        package var address = ""
        /// A mail address that somebody reads.
        package var contact = ""
        /// Whom to complain to.
        package var authority = ""
        /// For visitors whose browser asks for none that there is.
        package var language = Language("en")
        /// Pages and mails tell times by its clock.
        package var timeZone = TimeZone.current
    }

    package struct CaptchaChoice: Sendable {
        package enum Provider: String, Sendable, CaseIterable {
            case recaptcha, turnstile, hcaptcha
            /// Ours: nobody else is asked.
            case proofOfWork = "proof-of-work"
            case none
        }

        package enum Outage: String, Sendable, CaseIterable {
            case closed, degraded
        }

        package var provider = Provider.none
        package var siteKey = ""
        package var secret = ""
        package var verifyURL: String?
        package var hostnames: [String] = []
        package var action: String?
        /// Given for reCAPTCHA v3, absent for v2.
        package var minimumScore: Double?
        package var timeout: Duration = .seconds(3)
        package var onOutage = Outage.closed
        /// Where the page loads the provider's script from, instead of the provider's own host: a host, or an origin.
        package var scriptHost: String?
        /// reCAPTCHA v2 without a box: a question comes only where Google has doubts.
        package var isInvisible = false
        /// Numbers that a proof of work looks for go up to this.
        package var difficulty = ProofOfWork.hardest
    }

    package struct Metrics: Sendable {
        package var host = "127.0.0.1"
        /// Nil: no metrics.
        package var port: Int?
    }

    /// Forms taken in a minute, and connections held open; 0: no limit.
    package struct Limits: Sendable {
        /// From one network: /24 of IPv4, /64 of IPv6.
        package var clientPerMinute = 240
        package var allPerMinute = 0
        /// Connections open at once, from everybody and from one such network.
        package var connections = 4096
        package var connectionsPerClient = 256
    }

    package var http = HTTP()
    package var metrics = Metrics()
    package var store = StoreAddress.sqlite(path: "var/courant.db")
    package var keysFile = "var/courant.keys"
    /// How long the ledger of erasures remembers, and so how old a backup may be that is restored.
    package var backupsExpireAfter: Duration = .seconds(365 * 86_400)
    /// How long a closed request stands on the register.
    package var registerExpiresAfter: Duration = .seconds(3 * 365 * 86_400)
    package var templates = "templates"
    /// What the directory lacks is taken from here; nil: nothing was installed beside the program.
    package var shippedTemplates: String?
    package var policyFile = "config/policy.md"
    package var promisesFile = "config/promises.yaml"
    /// Whether somebody has said where the promises are; if not, there need be none.
    package var namesPromises = false
    package var relay = SMTPRelay.Configuration(address: RelayAddress(host: "localhost"))
    /// Asked in turn while the first cannot be reached.
    package var fallbackRelays: [SMTPRelay.Configuration] = []
    package var mailFrom = Settings.nobody
    package var mailTransactionalFrom = Settings.nobody
    package var mailReplyTo: Correspondent?
    /// Envelope senders are made in it, one per mail (VERP).
    package var mailBounceDomain: String?
    /// A folder of keys that sign our mails; nil: nothing is signed here.
    package var dkimKeys: String?
    package var organisation = Organisation()
    package var captcha = CaptchaChoice()
    package var limits = Limits()
    package var rules = Subscriptions.Rules()
    /// Mails a second to one recipient domain; 0: no limit.
    package var domainRate = 0
    /// How long who is said not to exist is held before being erased.
    package var bouncesHold: Duration = .seconds(24 * 3600)
    /// Where mail servers hand over what came back; nil: nowhere.
    package var bouncesLMTP: LMTPAddress?
    /// Providers that may call.
    package var hooks: [Hook] = []
    /// Who is told what happens to subscriptions; nil: nobody.
    package var eventReceiver: EventReceiverSettings?
    /// Whose relay it is, where that is a provider that reports by calls.
    package var relayProvider = ProviderEcho.none
    /// Which mailbox is read for what came back; nil: none.
    package var bouncesMailbox: MailboxConfiguration?
    package var complaintScope = ComplaintScope.list
    /// Newsletters say where complaints about them may be sent (RFC 9477).
    package var asksForComplaints = false
    package var approval = Campaigns.Approval.none
    /// Pages of other sites that a form may lead to, by the word in its field `next`.
    package var redirects: [String: String] = [:]
    package var logLevel = "info"
    package var logFormat = LogFormat.json

    /// What file and environment say, by key, secrets redacted.
    package var found: Found = []
    /// What was found that is not wrong, and yet should be known.
    package var remarks: [Remark] = []

    package enum Remark: Sendable, Equatable {
        case notice(String)
        /// Something to mend.
        case warning(String)

        package var words: String {
            switch self {
            case .notice(let words), .warning(let words): words
            }
        }
    }

    package enum LogFormat: String, Sendable, CaseIterable {
        case json, text
    }

    package init() {}

    static let nobody = Correspondent(name: nil, address: EmailAddress(localPart: "nobody", domain: "example.invalid"))
}

/// Everything that is wrong, so that it can be mended in one go.
package struct SettingsProblems: Error, CustomStringConvertible {
    package let problems: [String]

    package init(problems: [String]) { self.problems = problems }

    package var description: String {
        problems.map { "- \($0)" }.joined(separator: "\n")
    }
}
