import Foundation
import NIOCore

/// 16 bytes; an IPv4 address as IPv6 maps it (RFC 4291 §2.5.5.2).
struct IPAddress: Hashable, Sendable {
    let bytes: [UInt8]

    /// Nobody's (RFC 4291 §2.5.2): stands for whoever cannot be told apart.
    static let unknown = IPAddress(bytes: Array(repeating: 0, count: 16))

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private static let mapped: [UInt8] = Array(repeating: 0, count: 10) + [0xFF, 0xFF]

    /// Nil for a socket in the file system.
    init?(_ address: SocketAddress) {
        switch address {
        // Where BSD's and Linux's structures both have them; which module owns the fields depends on who was imported first.
        case .v4(let address): bytes = Self.mapped + withUnsafeBytes(of: address.address) { Array($0[4..<8]) }
        case .v6(let address): bytes = withUnsafeBytes(of: address.address) { Array($0[8..<24]) }
        case .unixDomainSocket: return nil
        }
    }

    init?(_ text: String) {
        guard let address = try? SocketAddress(ipAddress: text, port: 0) else { return nil }
        self.init(address)
    }

    var isMapped: Bool { bytes.starts(with: Self.mapped) }

    var isLoopback: Bool {
        isMapped ? bytes[12] == 127 : bytes == Array(repeating: 0, count: 15) + [1]
    }
}

extension IPAddress {
    /// Nobody's on the internet: RFC 1918, RFC 6598, RFC 4193, and what a link gives itself.
    var isPrivate: Bool { Self.privateRanges.contains { $0.contains(self) } }

    private static let privateRanges = [
        "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "fc00::/7", "fe80::/10",
    ].compactMap { AddressRange($0) }
}

extension IPAddress {
    /// One entry of `X-Forwarded-For`: an address, by some proxies with a port behind it.
    init?(hop: Substring.UTF8View) {
        var bytes = Array(hop.drop { $0 == 0x20 || $0 == 0x09 })
        while bytes.last == 0x20 || bytes.last == 0x09 { bytes.removeLast() }
        if bytes.first == UInt8(ascii: "[") {
            bytes = Array(bytes.dropFirst().prefix { $0 != UInt8(ascii: "]") })
        } else if bytes.count(where: { $0 == UInt8(ascii: ":") }) == 1 {
            bytes = Array(bytes.prefix { $0 != UInt8(ascii: ":") })
        }
        guard bytes.count <= 45 else { return nil }
        self.init(String(decoding: bytes, as: UTF8.self))
    }

    /// The network that one client has to itself: /24 of IPv4, /64 of IPv6, where whole offices and homes are.
    var network: [UInt8] { Array(isMapped ? bytes.prefix(15) : bytes.prefix(8)) }
}

/// `10.0.0.0/8`, `2001:db8::/32`, or one address.
package struct AddressRange: Sendable, Equatable {
    private let network: IPAddress
    private let bits: Int

    package init?(_ text: String) {
        let parts = text.utf8.split(separator: UInt8(ascii: "/"), maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, let network = IPAddress(String(Substring(first))) else { return nil }
        let width = network.isMapped ? 32 : 128
        guard let bits = parts.count == 1 ? width : Int(String(Substring(parts[1]))), (0...width).contains(bits) else {
            return nil
        }
        self.network = network
        self.bits = bits + 128 - width
    }

    /// `0.0.0.0/0`, or `::/0`.
    package var isEverybody: Bool { bits == (network.isMapped ? 96 : 0) }

    func contains(_ address: IPAddress) -> Bool {
        (0..<bits).allSatisfy { bit in
            let mask = UInt8(0x80) >> UInt8(bit % 8)
            return network.bytes[bit / 8] & mask == address.bytes[bit / 8] & mask
        }
    }
}
