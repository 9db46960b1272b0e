import Foundation
import Newsletter

extension SQLTransaction {
    /// Asks for all of them what each would ask for itself, where a question is a way there and back.
    func prefetch(_ persons: some Sequence<BlindIndex>) throws {
        guard connection.isFar, !known.isPrefetching else { return }
        var found = TransactionCache.Prefetched()
        for person in persons {
            found.subscriptions[person.digest] = []
            found.wishes[person.fingerprint] = false
        }
        let barred = try connection.query(
            """
            SELECT fingerprint FROM fingerprint
            WHERE fingerprint = ANY (CAST(\(Self.array(found.wishes.keys)) AS BYTEA[])) AND list_id = 0
            """
        ) { try $0.bytes(0) }
        for fingerprint in barred { found.wishes[fingerprint] = true }
        let subscriptions = try connection.query(
            """
            SELECT \(raw: subscriptionColumns), digest FROM subscription
            WHERE digest = ANY (CAST(\(Self.array(found.subscriptions.keys)) AS BYTEA[])) ORDER BY seq
            """
        ) { (try Subscription($0, list), digest: try $0.bytes(subscriptionColumnCount)) }
        for (subscription, digest) in subscriptions { found.subscriptions[digest]?.append(subscription) }
        known.note(found)
    }

    /// As PostgreSQL writes one.
    private static func array(_ values: some Collection<Data>) -> String {
        var text = "{"
        for value in values { text += "\(text.utf8.count > 1 ? "," : "")\"\\\\x\(value.hex)\"" }
        return text + "}"
    }
}
