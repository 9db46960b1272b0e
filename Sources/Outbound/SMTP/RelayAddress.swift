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
        let schemes: [Scheme] = [.smtp, .smtps]
        guard let scheme = schemes.first(where: { text.lowercased().utf8.starts(with: "\($0.rawValue)://".utf8) })
        else {
            return nil
        }
        var rest = text.utf8.dropFirst(scheme.rawValue.utf8.count + 3)
        if rest.last == UInt8(ascii: "/") { rest = rest.dropLast() }

        let afterBracket = rest.lastIndex(of: UInt8(ascii: "]")).map { rest.index(after: $0) } ?? rest.startIndex
        let colon = rest[afterBracket...].firstIndex(of: UInt8(ascii: ":"))
        let host = rest[..<(colon ?? rest.endIndex)]
        guard !host.isEmpty, host.allSatisfy(Self.isAllowedInHost) else { return nil }
        var port: Int?
        if let colon {
            guard let number = UInt16(Substring(rest[rest.index(after: colon)...])), number > 0 else { return nil }
            port = Int(number)
        }
        self.init(scheme: scheme, host: String(Substring(host)), port: port)
    }

    package var description: String { "\(scheme.rawValue)://\(host):\(port)" }

    private static func isAllowedInHost(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"),
            UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: ":"):
            true
        default: false
        }
    }
}
