import HTTPTypes
import Hummingbird
import NIOCore

/// Tells whether a staff call came encrypted, and who a visitor's connection came from. Courant itself speaks plain HTTP behind a proxy that ends TLS; a token that
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

extension Proxies {
    /// Who is at the other end: the socket's peer, or whom the proxies that we trust name. Each proxy writes its own client
    /// to the right, so the list is read from there, and what stands left of the first stranger is the stranger's word.
    ///
    /// Nil for a program on this machine, or a proxy here that does not say at all for whom it asks. A proxy that says it in
    /// no way that can be read (`unknown`) stands for everybody behind it.
    func client(_ headers: HTTPFields, from peer: SocketAddress?) -> IPAddress? {
        origin(headers, from: peer).client
    }

    /// The client, and whether somebody stands behind it, by its own word: then it may be a proxy that we do not know of, with
    /// many people behind it.
    func origin(_ headers: HTTPFields, from peer: SocketAddress?) -> (client: IPAddress?, speaksForOthers: Bool) {
        guard peer != nil || trustsCallsWithoutPeer else { return (nil, false) }
        var client = peer.flatMap { IPAddress($0) }
        var hops = headers[values: .forwardedFor].flatMap {
            $0.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
        }
        while client.map(isTrusted) ?? true, let hop = hops.popLast() {
            guard let next = IPAddress(hop: hop) else { return (client ?? .unknown, false) }
            client = next
        }
        return (client?.isLoopback == true ? nil : client, !hops.isEmpty)
    }

    func isTrusted(_ address: IPAddress) -> Bool { address.isLoopback || trusted.contains(address) }
}

extension [AddressRange] {
    fileprivate func contains(_ address: IPAddress) -> Bool { contains { $0.contains(address) } }
}
