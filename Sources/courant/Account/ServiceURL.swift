/// Where the service is: `https://host[:port][/path]`. Plain HTTP would show the token to everybody on the way, so it
/// is for this computer alone.
struct ServiceURL: Sendable, Equatable, CustomStringConvertible {
    /// Without a slash at its end.
    let description: String
    let isEncrypted: Bool

    init(_ text: String) throws(Failure) {
        var text = text
        while text.utf8.last == UInt8(ascii: "/") { text.removeLast() }
        if !text.utf8.contains(UInt8(ascii: ":")) || !text.contains("://") { text = "https://" + text }
        guard let parts = Parts(text) else {
            throw .usage("“\(text.printable)” is not a service's address", next: "Like this: https://news.example.org")
        }
        guard parts.scheme == "https" || Self.isLoopback(parts.host) else {
            throw .usage(
                "http:// would send the token unencrypted to \(parts.host)", next: "Use https://\(parts.authority)")
        }
        description = "\(parts.scheme)://\(parts.authority)\(parts.path)"
        isEncrypted = parts.scheme == "https"
    }

    private static func isLoopback(_ host: String) -> Bool {
        if host == "localhost" || host == "[::1]" { return true }
        let octets = host.split(separator: ".", omittingEmptySubsequences: false)
        return octets.count == 4 && octets[0] == "127"
            && octets.allSatisfy { octet in octet.utf8.allSatisfy(\.isDigit) && UInt8(octet) != nil }
    }
}

/// The pieces of an address, over bytes. No user, query or fragment: nothing of the kind belongs to a service.
private struct Parts {
    let scheme: String
    let host: String
    let authority: String
    let path: String

    init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count <= 2048, bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return nil }
        guard !bytes.contains(where: { Array("@?#\\\"<>".utf8).contains($0) }) else { return nil }
        let pieces = text.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
        guard pieces.count >= 3, pieces[1].isEmpty else { return nil }
        scheme = String(pieces[0].dropLast()).lowercased()
        guard pieces[0].last == ":", scheme == "https" || scheme == "http" else { return nil }
        authority = pieces[2].lowercased()
        path = pieces.count == 4 ? "/" + pieces[3] : ""
        guard let host = Self.host(of: authority) else { return nil }
        self.host = host
    }

    private static func host(of authority: String) -> String? {
        var name = authority
        if let colon = authority.lastIndex(of: ":"), !authority.hasSuffix("]") {
            let port = authority[authority.index(after: colon)...]
            guard port.utf8.allSatisfy(\.isDigit), let number = UInt16(port), number > 0 else { return nil }
            name = String(authority[..<colon])
        }
        let isAddress = name.hasPrefix("[") && name.hasSuffix("]") && name.utf8.count > 4
        let allowed = name.utf8.allSatisfy { byte in
            byte.isDigit || byte.isLetter || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
                || isAddress && [UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: ":")].contains(byte)
        }
        return name.isEmpty || !allowed ? nil : name
    }
}

extension UInt8 {
    var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }
    var isLetter: Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self | 0x20) }
}
