internal import Mail

/// Where a link or an image in a mail may point.
enum LinkTarget: Equatable {
    case secure
    case plain
    case mail
    /// Without a scheme: there is nothing in a mailbox that it could be relative to.
    case relative
    /// `javascript:`, `data:`, `file:` and whatever else has no business in a mail.
    case forbidden

    init(_ url: String) {
        let scheme = url.utf8.prefix {
            $0 != UInt8(ascii: ":") && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#")
        }
        guard scheme.endIndex != url.utf8.endIndex, url.utf8[scheme.endIndex] == UInt8(ascii: ":") else {
            self = .relative
            return
        }
        switch String(Substring(scheme)).lowercased() {
        case "https": self = .secure
        case "http": self = .plain
        case "mailto", "tel": self = .mail
        default: self = .forbidden
        }
    }

    var mayBeWritten: Bool { self != .forbidden && self != .relative }

    /// Writes the host in A-labels and percent-encodes what a URL may not hold as it is (RFC 3986 §2). Escapes that are
    /// there stay.
    static func cleaned(_ url: String) -> String {
        var bytes: [UInt8] = []
        for byte in withASCIIHost(url).utf8 {
            if (0x21...0x7E).contains(byte), !"\"<>\\^`{|}".utf8.contains(byte) {
                bytes.append(byte)
            } else {
                bytes += Array("%".utf8) + [hex(byte >> 4), hex(byte & 15)]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func withASCIIHost(_ url: String) -> String {
        guard let start = url.utf8.place(of: "://".utf8)?.upperBound else { return url }
        let rest = url.utf8[start...]
        let host = rest.prefix { !"/?#:@".utf8.contains($0) }
        guard host.contains(where: { $0 >= 0x80 }), let name = DomainName.ascii(String(Substring(host))) else {
            return url
        }
        return String(Substring(url.utf8[..<start])) + name + String(Substring(rest[host.endIndex...]))
    }

    private static func hex(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "A") + value - 10
    }
}
