import CoreMetrics
import HTTPTypes
import NIOCore
import Synchronization

/// How many connections stand open: from one network, and in all. Each costs memory from its first byte on, and whoever opens
/// thousands and says nothing must not keep the others out.
///
/// When every place is taken, in all or of one network's, the connection that has waited longest without a whole request gives
/// its place up: a browser has said what it wants within moments, a slow client is there to be slow. So an office behind one
/// address keeps nobody of its own out by connections that browsers leave open. Proxies that we trust stand for many people, and
/// programs on this machine are our own: they are not counted by network.
package final class Connections: Sendable {
    private let most: Int
    private let mostOfOne: Int
    private let proxies: Proxies
    private let open = Mutex(Open())

    fileprivate struct Open {
        var places: [ObjectIdentifier: Place] = [:]
        var networks: [[UInt8]: Int] = [:]
    }

    /// 0: no limit.
    package init(most: Int = 0, mostOfOne: Int = 0, proxies: Proxies = Proxies()) {
        self.most = most
        self.mostOfOne = mostOfOne
        self.proxies = proxies
    }

    /// One connection's place.
    final class Place: Sendable {
        fileprivate let channel: any Channel
        fileprivate let network: [UInt8]?
        /// Nanoseconds of uptime since when no whole request has come; 0 while one is being answered.
        fileprivate let waitingSince: Atomic<UInt64>

        fileprivate init(_ channel: any Channel, network: [UInt8]?, at now: NIODeadline) {
            self.channel = channel
            self.network = network
            waitingSince = Atomic(now.uptimeNanoseconds)
        }

        func waits(at now: NIODeadline) { waitingSince.store(max(1, now.uptimeNanoseconds), ordering: .relaxed) }
        func isServed() { waitingSince.store(0, ordering: .relaxed) }
    }

    /// Throws what to answer where there is no place.
    func enter(_ channel: any Channel, at now: NIODeadline = .now()) throws(Full) -> Place {
        let place = Place(channel, network: proxies.network(of: channel.remoteAddress), at: now)
        let outcome = open.withLock { $0.admit(place, most: most, mostOfOne: mostOfOne) }
        switch outcome {
        case .success(let evicted):
            if let evicted {
                Self.givenUp.increment()
                evicted.channel.close(promise: nil)
            }
            return place
        case .failure(let full):
            Self.refused.increment()
            throw full
        }
    }

    /// Also harmless for one that gave its place up.
    func leave(_ place: Place) {
        open.withLock { $0.remove(place) }
    }

    package var count: Int { open.withLock { $0.places.count } }

    /// Named by what whoever comes is told.
    enum Full: Error {
        /// Too many from one network.
        case forOne
        /// Everybody is being served.
        case forAll

        var status: HTTPResponse.Status { self == .forOne ? .tooManyRequests : .serviceUnavailable }
    }

    private static let givenUp = Counter(label: "courant_connections_closed_total", dimensions: [("why", "given-up")])
    private static let refused = Counter(label: "courant_connections_closed_total", dimensions: [("why", "refused")])
}

extension Connections.Open {
    /// The place that had to be given up for it, if one had to.
    fileprivate mutating func admit(
        _ place: Connections.Place, most: Int, mostOfOne: Int
    ) -> Result<Connections.Place?, Connections.Full> {
        var evicted: Connections.Place?
        if let network = place.network, mostOfOne > 0, networks[network, default: 0] >= mostOfOne {
            guard let slowest = longestWaiting(of: network) else { return .failure(.forOne) }
            evicted = slowest
        } else if most > 0, places.count >= most {
            guard let slowest = longestWaiting() else { return .failure(.forAll) }
            evicted = slowest
        }
        if let evicted { remove(evicted) }
        places[ObjectIdentifier(place)] = place
        if let network = place.network { networks[network, default: 0] += 1 }
        return .success(evicted)
    }

    fileprivate mutating func remove(_ place: Connections.Place) {
        guard places.removeValue(forKey: ObjectIdentifier(place)) != nil, let network = place.network else { return }
        let left = networks[network, default: 1] - 1
        networks[network] = left > 0 ? left : nil
    }

    /// Looked for among all, but only when every place is taken.
    private func longestWaiting(of network: [UInt8]? = nil) -> Connections.Place? {
        var found: (place: Connections.Place, since: UInt64)?
        for place in places.values where network == nil || place.network == network {
            let since = place.waitingSince.load(ordering: .relaxed)
            if since > 0, since < found?.since ?? .max { found = (place, since) }
        }
        return found?.place
    }
}

extension Proxies {
    /// Nil for whoever is not counted: this machine, a proxy that we trust, a socket in the file system.
    fileprivate func network(of peer: SocketAddress?) -> [UInt8]? {
        guard let address = peer.flatMap({ IPAddress($0) }), !isTrusted(address) else { return nil }
        return address.network
    }
}
