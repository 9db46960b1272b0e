import Foundation
package import SQLStore
import Synchronization

/// Stands between a courantd and PostgreSQL, as a pooler may: everything passes, and notifications only as long as they may.
package final class PostgresSieve: Sendable {
    private let door: Socket
    private let server: Int
    private let swallowsAll = Atomic(false)
    private let ends = Mutex<[Socket]>([])

    package init(to server: Int) throws {
        self.server = server
        door = try Socket.listening()
        onThread { [door] in
            while let client = door.accept() { self.join(client) }
        }
    }

    deinit { stop() }

    package var port: Int { door.port }

    /// From here on no notification arrives.
    package func swallowNotifications() { swallowsAll.store(true, ordering: .releasing) }

    package func stop() {
        door.shutDown()
        for end in ends.withLock({ $0 }) { end.shutDown() }
    }

    private func join(_ client: Socket) {
        guard let back = try? Socket.connected(to: server) else { return client.shutDown() }
        ends.withLock { $0 += [client, back] }
        onThread {
            while let bytes = client.read(), back.write(bytes) {}
            back.shutDown()
        }
        onThread {
            var rest: [UInt8] = []
            while let bytes = back.read() {
                rest += bytes
                guard client.write(self.sift(&rest)) else { break }
            }
            client.shutDown()
        }
    }

    /// The whole messages at the front: a letter, and a length that counts itself.
    private func sift(_ bytes: inout [UInt8]) -> [UInt8] {
        var (passed, place): ([UInt8], Int) = ([], 0)
        while place + 5 <= bytes.count {
            let length = bytes[place + 1..<place + 5].reduce(0) { $0 << 8 | Int($1) }
            guard place + 1 + length <= bytes.count else { break }
            let isKept = bytes[place] == UInt8(ascii: "A") && swallowsAll.load(ordering: .acquiring)
            if !isKept { passed += bytes[place..<place + 1 + length] }
            place += 1 + length
        }
        bytes.removeFirst(place)
        return passed
    }
}

extension PostgresDatabase {
    /// Its server's port on loopback.
    package var port: Int { get async throws { Int(try await psql("SHOW port")) ?? 0 } }

    /// The database through something that listens on loopback.
    package func url(through port: Int) throws -> String {
        let password = try String(contentsOf: cluster.directory.appending(path: "password"), encoding: .utf8)
            .trimmingCharacters(in: .whitespacesAndNewlines)
        return "postgresql://courant:\(password)@127.0.0.1:\(port)/\(name)?sslmode=disable&gssencmode=disable"
    }

    package func address(through sieve: PostgresSieve) throws -> StoreAddress {
        try StoreAddress(url(through: sieve.port))
    }
}
