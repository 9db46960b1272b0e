import Outbound

/// Where a mailbox is read: `imaps://host:993` or `pop3s://host:995` (TLS from the first byte, RFC 8314 §3), `imap://host:143`
/// or `pop3://host:110` (TLS, where there is any, by STARTTLS). No path, user or query: those have settings of their own.
package struct MailboxAddress: Hashable, Sendable, CustomStringConvertible {
    package enum Scheme: String, Sendable, CaseIterable {
        case imap, imaps, pop3, pop3s

        var isPOP3: Bool { self == .pop3 || self == .pop3s }
        var isEncryptedFirst: Bool { self == .imaps || self == .pop3s }

        var usualPort: Int {
            switch self {
            case .imap: 143
            case .imaps: 993
            case .pop3: 110
            case .pop3s: 995
            }
        }
    }

    package let scheme: Scheme
    /// A name, an IPv4 address, or an IPv6 address in brackets.
    package let host: String
    package let port: Int

    package init(scheme: Scheme, host: String, port: Int? = nil) {
        self.scheme = scheme
        self.host = host
        self.port = port ?? scheme.usualPort
    }

    package init?(_ text: String) {
        guard let place = ServerPlace(text, schemes: Scheme.allCases.map(\.rawValue)),
            let scheme = Scheme(rawValue: place.scheme)
        else { return nil }
        self.init(scheme: scheme, host: place.host, port: place.port)
    }

    package var description: String { "\(scheme.rawValue)://\(host):\(port)" }
}
