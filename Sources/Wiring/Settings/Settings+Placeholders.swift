import Fetching
import Mail
import Outbound

/// What the settings file that comes with Courant says to be replaced, and was not.
extension Settings {
    static let exampleSecret = "YOUR-SECRET"

    /// By key: nobody has such a captcha, and names that are there for examples (RFC 2606) reach nobody. The demo and the
    /// host's other commands get along with them; a service in earnest does not start.
    package var placeholders: [String] {
        var found: [String] = []
        func look(_ key: String, _ value: String, _ isOne: Bool) {
            if isOne { found.append("\(key) (\(SettingsKeys.variable(key))): \(value) is an example: put your own") }
        }
        func look(_ key: String, host: String?) {
            if let host { look(key, host, DomainName.isExample(host)) }
        }
        look("http.public-url", host: http.publicURL.host)
        look("relay.url", host: relay.address.host)
        for relay in fallbackRelays { look("relay.fallbacks, relay-2.url", host: relay.address.host) }
        look("mail.from", host: mailFrom.address.domain)
        if mailTransactionalFrom != mailFrom {
            look("mail.transactional-from", host: mailTransactionalFrom.address.domain)
        }
        look("mail.reply-to", host: mailReplyTo?.address.domain)
        look("mail.bounce-domain", host: mailBounceDomain)
        look("bounces.mailbox.url", host: bouncesMailbox?.address.host)
        look("organisation.name", organisation.name, organisation.name == "Example AS")
        look("organisation.address", organisation.address, organisation.address == "Storgata 1, 0155 Oslo, Norway")
        look("organisation.contact", host: (try? EmailAddress(organisation.contact))?.domain)
        look("captcha.site-key", captcha.siteKey, captcha.siteKey == "YOUR-SITE-KEY")
        look("captcha.secret", Self.exampleSecret, captcha.secret == Self.exampleSecret)
        return found
    }
}
