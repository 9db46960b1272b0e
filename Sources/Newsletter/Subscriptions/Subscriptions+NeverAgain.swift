import Foundation
import Mail

/// "Never write to me again", kept as a fingerprint.
///
/// Who writes a fingerprint for everybody erases the address's rows in the same transaction, and who writes a row asks for the
/// fingerprint in the same transaction. So no row of a fingerprinted address is ever there to be claimed, and sending
/// need not ask again. Only what is written past these verbs, a restored backup, can differ: `honourFingerprints` mends it.
extension Subscriptions {
    /// Erases every row whose address asked not to be written to. After a restore, before anything is served. Returns how many.
    package func honourFingerprints() async throws -> Int {
        let now = clock.now()
        var (total, last) = (0, Int64(0))
        while true {
            let after = last
            let (erased, end) = try await store.write { [keyring] tx in
                let rows = try tx.sealedPersons(after: after, limit: 500)
                let unwanted = try rows.filter { row in
                    let address = try keyring.person(row.person, of: row.id).address
                    guard let list = try tx.subscription(row.id)?.list else { return false }
                    return try tx.hasFingerprint(keyring.fingerprint(of: address), on: list)
                }
                for row in unwanted { _ = try tx.erase(row.id, at: now) }
                return (unwanted.count, rows.last?.place)
            }
            total += erased
            guard let end else { return total }
            last = end
        }
    }
}
