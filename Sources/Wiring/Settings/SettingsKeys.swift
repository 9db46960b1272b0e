/// Every key there is. What is not here is a typing error, and is told as one.
package enum SettingsKeys {
    package static let all = [
        "http.host", "http.port", "http.public-url", "http.trusted-proxies", "http.allowed-origins",
        "store.url", "keys.file", "templates.directory", "policy.file",
        "relay.url", "relay.tls", "relay.user", "relay.password-file", "relay.ca-file", "relay.connections",
        "relay.rate",
        "mail.from", "mail.transactional-from", "mail.reply-to",
        "organisation.name", "organisation.address", "organisation.contact", "organisation.authority",
        "captcha.provider", "captcha.site-key", "captcha.secret", "captcha.verify-url", "captcha.hostnames",
        "captcha.action", "captcha.minimum-score", "captcha.timeout", "captcha.on-outage",
        "confirmation.expires-after", "limits.client-per-minute", "limits.all-per-minute",
        "limits.domain-per-hour", "limits.notification-interval", "limits.domain-rate",
        "approval", "log.level", "log.format",
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
    static let otherVariables: Set<String> = ["COURANT_CONFIG", "COURANT_URL", "COURANT_TOKEN"]

    /// The known word that a mistyped one is most like, if any is.
    static func nearest(to word: String, among words: [String]) -> String? {
        let scored = words.map { (word: $0, distance: distance(Array(word.utf8), Array($0.utf8))) }
        guard let best = scored.min(by: { $0.distance < $1.distance }), best.distance <= 3 else { return nil }
        return best.word
    }

    /// Levenshtein's.
    private static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
        var row = Array(0...b.count)
        for i in 0..<a.count {
            var diagonal = row[0]
            row[0] = i + 1
            for j in 0..<b.count {
                let change = diagonal + (a[i] == b[j] ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(change, row[j] + 1, row[j + 1] + 1)
            }
        }
        return row[b.count]
    }
}
