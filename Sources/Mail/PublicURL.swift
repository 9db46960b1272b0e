internal import Foundation

/// Where the outside sees the service: `https://host[:port][/path]`, in the one spelling that everything made of it shares.
///
/// It begins every link in mails, stands in headers, and is what browsers compare origins with. So its host is lower-case
/// A-labels (RFC 5891 §4.4), its port is left out where it is the scheme's own, and its path is of characters that no header,
/// page or proxy writes in another way (RFC 3986 §2.3), without a slash at the end.
package struct PublicURL: Hashable, Sendable {
    /// What to do about a text that is none.
    package enum Problem: Error, Equatable, CaseIterable {
        /// Write it with its scheme, as `https://news.example.org`.
        case incomplete
        /// Use `https://`; `http://` is for this machine alone.
        case unencrypted
        /// Leave the user out.
        case user
        /// Leave out what begins with `?` or `#`.
        case query
        /// Correct the host: no name, and no address, that can be asked for.
        case host
        /// Correct the port.
        case port
        /// Make the path of letters, digits, `-`, `.`, `_` and `~`, each piece with something in it.
        case path
    }

    package let isEncrypted: Bool
    /// A name in A-labels, an IPv4 address, or an IPv6 address in brackets.
    package let host: String
    /// Nil where it is the scheme's own.
    package let port: Int?
    /// `/news`, or empty where the service has its host to itself.
    package let path: String

    /// This machine, by HTTP.
    package static let thisMachine = PublicURL(isEncrypted: false, host: "localhost", port: nil, path: "")

    private init(isEncrypted: Bool, host: String, port: Int?, path: String) {
        self.isEncrypted = isEncrypted
        self.host = host
        self.port = port
        self.path = path
    }

    /// Parses what somebody wrote into a settings file.
    package init(_ text: String) throws(Problem) {
        let bytes = text.utf8.trimmed
        guard let mark = bytes.place(of: "://".utf8) else { throw .incomplete }
        let scheme = String(Substring(bytes[..<mark.lowerBound])).lowercased()
        guard scheme == "https" || scheme == "http" else { throw .incomplete }
        let rest = bytes[mark.upperBound...]
        guard !rest.contains(where: { "?#".utf8.contains($0) }) else { throw .query }
        let authority = rest.prefix { $0 != UInt8(ascii: "/") }
        guard !authority.contains(UInt8(ascii: "@")) else { throw .user }
        let (host, port) = try Self.parts(of: authority)
        guard scheme == "https" || Self.isThisMachine(host) else { throw .unencrypted }
        let usual = scheme == "https" ? 443 : 80
        self.init(
            isEncrypted: scheme == "https", host: host, port: port == usual ? nil : port,
            path: try Self.path(rest[authority.endIndex...]))
    }

    private static func parts(of authority: Substring.UTF8View) throws(Problem) -> (host: String, port: Int?) {
        let afterBracket =
            authority.lastIndex(of: UInt8(ascii: "]")).map { authority.index(after: $0) } ?? authority.startIndex
        let colon = authority[afterBracket...].firstIndex(of: UInt8(ascii: ":"))
        guard let host = Self.host(String(Substring(authority[..<(colon ?? authority.endIndex)]))) else { throw .host }
        guard let colon else { return (host, nil) }
        let digits = authority[authority.index(after: colon)...]
        guard digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let port = UInt16(Substring(digits)),
            port > 0
        else { throw .port }
        return (host, Int(port))
    }

    private static func host(_ text: String) -> String? {
        if text.utf8.first == UInt8(ascii: "["), text.utf8.last == UInt8(ascii: "]") {
            var address = in6_addr()
            return inet_pton(AF_INET6, String(text.dropFirst().dropLast()), &address) == 1 ? text.lowercased() : nil
        }
        var address = in_addr()
        return inet_pton(AF_INET, text, &address) == 1 ? text : DomainName.host(text)
    }

    private static func path(_ bytes: Substring.UTF8View) throws(Problem) -> String {
        let path = bytes.last == UInt8(ascii: "/") ? bytes.dropLast() : bytes
        let pieces = path.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).dropFirst()
        for piece in pieces {
            let isDots = piece.elementsEqual(".".utf8) || piece.elementsEqual("..".utf8)
            guard !piece.isEmpty, !isDots, piece.allSatisfy(isUnreserved) else { throw .path }
        }
        return String(Substring(path))
    }

    /// RFC 3986 §2.3.
    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "-._~".utf8.contains(byte)
        }
    }

    /// `localhost`, all of 127.0.0.0/8, and `::1`; no name that only begins like one of them.
    package static func isThisMachine(_ host: String) -> Bool {
        if ["localhost", "::1", "[::1]"].contains(host) { return true }
        let numbers = host.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).map {
            UInt8(Substring($0))
        }
        return numbers.count == 4 && numbers[0] == 127 && !numbers.contains(nil)
    }
}

extension PublicURL {
    /// `https://host[:port]`, as browsers write it into `Origin` (RFC 6454 §6.2).
    package var origin: String { "\(isEncrypted ? "https" : "http")://\(host)\(port.map { ":\($0)" } ?? "")" }

    /// Without a slash at the end: what links in mails begin with.
    package var text: String { origin + path }

    /// An address of ours as a browser on one of our pages asks for it: `/subscribe`, or `/news/subscribe` below a path. Every
    /// address in pages, redirects and scripts is made by this.
    package func href(_ address: String) -> String { path + address }

    /// The other way round: what the router calls an address that was asked for, whether a proxy before us takes our path off
    /// (`proxy_pass http://127.0.0.1:8080/`) or leaves it (`proxy_pass http://127.0.0.1:8080`).
    package func route(_ address: String) -> String {
        guard !path.isEmpty, address.utf8.starts(with: path.utf8) else { return address }
        let rest = address.utf8.dropFirst(path.utf8.count)
        switch rest.first {
        case UInt8(ascii: "/"): return String(Substring(rest))
        case nil, UInt8(ascii: "?"): return "/" + String(Substring(rest))
        default: return address
        }
    }
}

extension PublicURL: CustomStringConvertible {
    package var description: String { text }
}
