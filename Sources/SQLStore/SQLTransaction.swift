import Foundation
import Newsletter

/// A transaction, whatever the engine. What it says about each noun stands in a file of that noun's name.
struct SQLTransaction: Transaction {
    let connection: any SQLConnection
    let known = TransactionCache()
    var effects = CommitEffects()
    /// What is written must be sealed with this key or a newer one: an older one may be destroyed at any moment.
    var leastKey: UInt8 = 0
    /// This process among those that serve the store; what it claims is its own.
    var holder: Int64 = 0
    /// What a receiver is told; empty: there is none, and no event is written.
    var told: Set<OutgoingEvent.Kind> = []
    /// Nothing of it stays: no number that people count by may be taken for it.
    var isRehearsal = false

    /// Where writers queue for a row, each transaction waits for the disk as it is. Else once is enough for all who share it.
    func touch() throws {
        guard !connection.hasOthers, !known.isTouched else { return }
        try connection.execute("UPDATE installation SET key_check = key_check")
        known.isTouched = true
    }

    /// Everything sealed passes here on its way to the store.
    func fresh(_ sealed: Sealed) throws -> Data {
        guard let number = sealed.keyNumber, number >= leastKey else {
            throw StoreFailure.unavailable("the keys were rotated meanwhile: try again")
        }
        return sealed.bytes
    }
}
