import Web

/// Every key there is. What is not here is a typing error, and is told as one.
package enum SettingsKeys {
    package static let all = fixed + HookProvider.allCases.flatMap(hooks)

    private static func hooks(_ provider: HookProvider) -> [String] {
        (["secret-file"] + (provider.hasKey ? ["key-file"] : []) + (provider.hasTopics ? ["topics"] : []))
            .map { "hooks.\(provider.rawValue).\($0)" }
    }

    private static let fixed = [
        "http.host", "http.port", "http.public-url", "http.trusted-proxies", "http.allowed-origins",
        "metrics.host", "metrics.port", "store.url", "store.password-file", "keys.file", "backup.expires-after",
        "register.expires-after",
        "templates.directory",
        "policy.file", "promises.file",
        "relay.url", "relay.tls", "relay.user", "relay.password-file", "relay.ca-file", "relay.connections",
        "relay.rate",
        "relay.fallbacks",
        "relay-2.url", "relay-2.tls", "relay-2.user", "relay-2.password-file", "relay-2.ca-file", "relay-2.connections",
        "relay-2.rate",
        "mail.from", "mail.transactional-from", "mail.reply-to", "mail.bounce-domain", "dkim.keys",
        "organisation.name", "organisation.address", "organisation.contact", "organisation.authority",
        "organisation.language", "organisation.time-zone",
        "captcha.provider", "captcha.site-key", "captcha.secret", "captcha.secret-file", "captcha.verify-url",
        "captcha.hostnames",
        "captcha.action", "captcha.minimum-score", "captcha.timeout", "captcha.on-outage",
        "captcha.script-host", "captcha.invisible", "captcha.difficulty", "redirects",
        "confirmation.expires-after", "bounces.hold", "bounces.lmtp", "bounces.mailbox.url", "bounces.mailbox.tls",
        "bounces.mailbox.user", "bounces.mailbox.password-file", "bounces.mailbox.token-file",
        "bounces.mailbox.ca-file",
        "bounces.mailbox.folder", "bounces.mailbox.every",
        "hooks.receiver.url", "hooks.receiver.name", "hooks.receiver.secret-file", "hooks.receiver.events",
        "hooks.receiver.inside", "hooks.receiver.ca-file",
        "complaints.scope", "complaints.cfbl-address", "relay.provider", "limits.client-per-minute",
        "limits.all-per-minute",
        "limits.connections", "limits.connections-per-client",
        "limits.domain-per-hour", "limits.notification-interval", "limits.domain-rate",
        "approval", "log.level", "log.format",
    ]
    /// Those that may have several values.
    static let lists: Set<String> = [
        "http.trusted-proxies", "http.allowed-origins", "captcha.hostnames", "relay.fallbacks", "redirects",
        "hooks.receiver.events", "hooks.ses.topics", "hooks.scaleway.topics",
    ]

    /// Printed as `[redacted]`.
    package static let secret: Set<String> = ["captcha.secret"]

    /// `http.public-url` is `COURANT_HTTP_PUBLIC_URL`.
    package static func variable(_ key: String) -> String {
        "COURANT_"
            + String(
                decoding: key.utf8.map { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-") ? UInt8(ascii: "_") : $0 },
                as: UTF8.self
            )
            .uppercased()
    }

    /// Variables of that prefix that are no settings: the client's own, and the settings file's place.
    static let otherVariables: Set<String> = ["COURANT_CONFIG", "COURANT_URL", "COURANT_TOKEN", "COURANT_CA_FILE"]
}
