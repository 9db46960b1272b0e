/// `host:port` behind a scheme, as settings name a server. No path, user or query: those have settings of their own.
package struct ServerPlace {
    package let scheme: String
    /// A name, an IPv4 address, or an IPv6 address in brackets.
    package let host: String
    package let port: Int?

    /// Nil unless it begins with one of the schemes.
    package init?(_ text: String, schemes: [String]) {
        guard let scheme = schemes.first(where: { text.lowercased().utf8.starts(with: "\($0)://".utf8) }) else {
            return nil
        }
        var rest = text.utf8.dropFirst(scheme.utf8.count + 3)
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
        (self.scheme, self.host, self.port) = (scheme, String(Substring(host)), port)
    }

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
