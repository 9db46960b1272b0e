/// Where a relay listens: `smtp://host:25` (TLS, where there is any, by STARTTLS) or `smtps://host:465` (TLS from the
/// first byte, RFC 8314 §3). No path, user or query: those have settings of their own.
package struct RelayAddress: Hashable, Sendable, CustomStringConvertible {
    package enum Scheme: String, Sendable { case smtp, smtps }

    package let scheme: Scheme
    /// A name, an IPv4 address, or an IPv6 address in brackets.
    package let host: String
    package let port: Int

    package init(scheme: Scheme = .smtp, host: String, port: Int? = nil) {
        self.scheme = scheme
        self.host = host
        self.port = port ?? (scheme == .smtp ? 25 : 465)
    }

    package init?(_ text: String) {
        guard let place = ServerPlace(text, schemes: [Scheme.smtp, .smtps].map(\.rawValue)),
            let scheme = Scheme(rawValue: place.scheme)
        else { return nil }
        self.init(scheme: scheme, host: place.host, port: place.port)
    }

    package var description: String { "\(scheme.rawValue)://\(host):\(port)" }
}
