import Foundation

/// Addresses that lead to the inside of a network: this machine, private and link-local ones, those that clouds answer
/// their machines' questions at, and all that no host on the internet has (RFC 6890). An IPv6 address that carries an
/// IPv4 one (mapped, NAT64, 6to4) is what that one is.
package enum InsideNetwork {
    /// - Parameter address: a `sockaddr` of any family; what is neither IPv4 nor IPv6 is inside.
    package static func contains(_ address: UnsafeRawPointer) -> Bool {
        switch Int32(address.load(as: sockaddr.self).sa_family) {
        case AF_INET:
            let bytes = address.load(as: sockaddr_in.self).sin_addr
            return withUnsafeBytes(of: bytes) { holds(v4: Array($0)) }
        case AF_INET6:
            let bytes = address.loadUnaligned(as: sockaddr_in6.self).sin6_addr
            return withUnsafeBytes(of: bytes) { holds(v6: Array($0)) }
        default: return true
        }
    }

    /// As text, without brackets; nil where it is no address but a name.
    package static func contains(_ text: String) -> Bool? {
        var v4 = in_addr()
        if inet_pton(AF_INET, text, &v4) == 1 { return withUnsafeBytes(of: v4) { holds(v4: Array($0)) } }
        var v6 = in6_addr()
        guard inet_pton(AF_INET6, text, &v6) == 1 else { return nil }
        return withUnsafeBytes(of: v6) { holds(v6: Array($0)) }
    }

    private static func holds(v4 bytes: [UInt8]) -> Bool {
        let number = bytes.prefix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        return blocks.contains { number >> (32 - $0.bits) == $0.prefix >> (32 - $0.bits) }
    }

    private static func holds(v6 bytes: [UInt8]) -> Bool {
        func begins(_ prefix: UInt8...) -> Bool { bytes.starts(with: prefix) }
        let isMapped = bytes.prefix(10).allSatisfy { $0 == 0 } && bytes[10] == 0xFF && bytes[11] == 0xFF
        let isNAT64 = begins(0x00, 0x64, 0xFF, 0x9B) && bytes[4..<12].allSatisfy { $0 == 0 }
        if isMapped || isNAT64 { return holds(v4: Array(bytes[12...])) }
        if begins(0x20, 0x02) { return holds(v4: Array(bytes[2..<6])) }
        // Only 2000::/3 is given to hosts on the internet; of it, Teredo and documentation are not.
        return bytes[0] >> 5 != 1 || begins(0x20, 0x01, 0x00, 0x00) || begins(0x20, 0x01, 0x0D, 0xB8)
    }

    private static let blocks: [(prefix: UInt32, bits: UInt32)] = [
        (0x0000_0000, 8), (0x0A00_0000, 8), (0x6440_0000, 10), (0x7F00_0000, 8), (0xA9FE_0000, 16), (0xAC10_0000, 12),
        (0xC000_0000, 24), (0xC000_0200, 24), (0xC0A8_0000, 16), (0xC612_0000, 15), (0xC633_6400, 24),
        (0xCB00_7100, 24), (0xE000_0000, 3),
        // 168.63.129.16: a cloud's own, for its machines alone.
        (0xA83F_8110, 32),
    ]
}
