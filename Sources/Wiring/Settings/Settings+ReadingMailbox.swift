import Fetching
import Mail
import Newsletter

/// The mailbox that reports are fetched from, where there is one.
extension Settings {
    mutating func readMailbox(_ reader: inout SettingsReader) {
        let shape = "imaps://host, imap://host, pop3s://host or pop3://host, with :port where it is an unusual one"
        let problems = reader.problems.count
        let isThere = reader.text("bounces.mailbox.url") != nil
        let address = reader.value("bounces.mailbox.url", shape) { MailboxAddress($0) }
        let user = reader.text("bounces.mailbox.user")
        let secret = mailboxSecret(isThere, &reader)
        let requiresTLS =
            reader.value("bounces.mailbox.tls", "required or off") { ["required": true, "off": false][$0] } ?? true
        let folder = reader.value("bounces.mailbox.folder", "the name of a folder", Self.folder)
        let interval = reader.duration("bounces.mailbox.every", in: .seconds(5)...Duration.seconds(86_400))
        let authorities = reader.readable("bounces.mailbox.ca-file")
        guard isThere else {
            if user != nil || secret != nil {
                reader.problem("bounces.mailbox.url", "is missing: where is the mailbox?")
            }
            return
        }
        guard let address else { return }
        if !requiresTLS, !PublicURL.isThisMachine(address.host) {
            reader.problem(
                "bounces.mailbox.tls",
                "off is for a server on this host alone; \(address.host) is another: use required")
        }
        if mailBounceDomain == nil {
            reader.problem("bounces.mailbox.url", "needs mail.bounce-domain: without it no bounce comes to us")
        }
        guard let user, let secret else {
            guard reader.problems.count == problems else { return }
            return reader.problem(
                "bounces.mailbox.user", "user and password-file (or token-file) are needed to sign in: give both")
        }
        var mailbox = MailboxConfiguration(address: address, user: user, secret: secret)
        mailbox.requiresTLS = requiresTLS
        mailbox.certificateAuthorities = authorities
        mailbox.folder = folder ?? mailbox.folder
        mailbox.interval = interval ?? mailbox.interval
        bouncesMailbox = mailbox
    }

    /// A password, or the file of a token that another program renews: what stands in that is read at each login.
    private func mailboxSecret(
        _ isThere: Bool, _ reader: inout SettingsReader
    ) -> MailboxConfiguration.Secret? {
        if let path = reader.path("bounces.mailbox.token-file") {
            if reader.text("bounces.mailbox.password-file") != nil {
                reader.problem("bounces.mailbox.token-file", "a password or a token: take one of the two away")
            }
            return reader.secret("bounces.mailbox.token-file").map { _ in .tokenFile(path) }
        }
        guard isThere || reader.text("bounces.mailbox.password-file") != nil else { return nil }
        return reader.secret("bounces.mailbox.password-file").map { .password($0) }
    }

    private static func folder(_ text: String) -> String? {
        text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F } ? text : nil
    }
}
