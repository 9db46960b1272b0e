import Foundation
package import Mail

/// "Never write to me again", kept as a fingerprint.
///
/// Who writes a fingerprint for everybody erases the address's rows in the same transaction, and who writes a row asks for the
/// fingerprint in the same transaction. So no row of a fingerprinted address is ever there to be claimed, and sending
/// need not ask again. Only what is written past these verbs, a restored backup, can differ: `honourFingerprints` mends it.
extension Subscriptions {
    /// On the person's own request, made to staff: the address may be written to again. Returns how many wishes there
    /// were; signing up still takes a confirmation.
    package func lift(_ address: EmailAddress, by actor: Actor) async throws -> Int {
        let (fingerprint, now) = (keyring.fingerprint(of: address), clock.now())
        return try await store.write { [keyring] tx in
            let count = try tx.deleteFingerprints(fingerprint)
            try tx.audit(
                .liftFingerprint, of: .installation, by: actor, result: "lifted=\(count)", keyring: keyring, at: now)
            return count
        }
    }

    /// What is kept of that address besides its rows.
    package func fingerprints(of address: EmailAddress) async throws -> [Fingerprint] {
        let fingerprint = keyring.fingerprint(of: address)
        return try await store.read { try $0.fingerprints(fingerprint) }
    }

    /// Erases every row whose address asked not to be written to. After a restore, before anything is served. Returns how many.
    package func honourFingerprints() async throws -> Int {
        let now = clock.now()
        var (total, last) = (0, Int64(0))
        while true {
            let after = last
            let (erased, end) = try await store.write { [keyring] tx in
                let rows = try tx.subscriptions(after: after, limit: 500)
                let unwanted = try rows.filter { row in
                    let address = try keyring.person(row.person, of: row.subscription).address
                    guard let list = try tx.subscription(row.subscription)?.list else { return false }
                    return try tx.hasFingerprint(keyring.fingerprint(of: address), on: list)
                }
                for row in unwanted { _ = try tx.erase(row.subscription, at: now) }
                return (unwanted.map(\.subscription), rows.last?.sequence)
            }
            for id in erased { departures.withdraw(id.number) }
            total += erased.count
            guard let end else { return total }
            last = end
        }
    }
}
