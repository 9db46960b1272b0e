import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// Tells whether a staff call came encrypted. Courant itself speaks plain HTTP behind a proxy that ends TLS; a token that
/// has crossed a network in the clear is everybody's.
package struct Proxies: Sendable {
    /// Proxies elsewhere than on this machine whose word is taken.
    private let trusted: [AddressRange]
    /// A call that came over no socket: a test's.
    private let trustsCallsWithoutPeer: Bool

    package init(trusted: [AddressRange] = [], trustsCallsWithoutPeer: Bool = false) {
        self.trusted = trusted
        self.trustsCallsWithoutPeer = trustsCallsWithoutPeer
    }

    /// Loopback with nothing that says otherwise, or a proxy we trust that says `https`. The last value counts: it is the
    /// one that the nearest proxy wrote.
    func isEncrypted(_ headers: HTTPFields, from peer: SocketAddress?) -> Bool {
        guard let peer else { return trustsCallsWithoutPeer }
        let address = IPAddress(peer)
        guard address.map({ $0.isLoopback || trusted.contains($0) }) ?? true else { return false }
        if let scheme = headers[values: .forwardedProto].last {
            return scheme.utf8.split(separator: UInt8(ascii: ",")).last.map { Self.isHTTPS($0) } ?? false
        }
        let isForwarded = headers[.forwardedFor] != nil || headers[.forwarded] != nil || headers[.via] != nil
        return !isForwarded && (address?.isLoopback ?? true)
    }

    private static func isHTTPS(_ scheme: Substring.UTF8View) -> Bool {
        String(decoding: scheme.filter { $0 != 0x20 && $0 != 0x09 }, as: UTF8.self).lowercased() == "https"
    }
}

extension [AddressRange] {
    fileprivate func contains(_ address: IPAddress) -> Bool { contains { $0.contains(address) } }
}

/// 16 bytes; an IPv4 address as IPv6 maps it (RFC 4291 §2.5.5.2).
struct IPAddress: Hashable, Sendable {
    let bytes: [UInt8]

    private static let mapped: [UInt8] = Array(repeating: 0, count: 10) + [0xFF, 0xFF]

    /// Nil for a socket in the file system.
    init?(_ address: SocketAddress) {
        switch address {
        case .v4(let address): bytes = Self.mapped + withUnsafeBytes(of: address.address.sin_addr) { Array($0) }
        case .v6(let address): bytes = withUnsafeBytes(of: address.address.sin6_addr) { Array($0) }
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

    func contains(_ address: IPAddress) -> Bool {
        (0..<bits).allSatisfy { bit in
            let mask = UInt8(0x80) >> UInt8(bit % 8)
            return network.bytes[bit / 8] & mask == address.bytes[bit / 8] & mask
        }
    }
}
