import Foundation
import Newsletter

/// A transaction, whatever the engine. What it says about each noun stands in a file of that noun's name.
struct SQLTransaction: Transaction {
    let connection: any SQLConnection
    /// What is to be done once this is committed.
    var aftermath = Aftermath()
    /// What is written must be sealed with this key or a newer one: an older one may be destroyed at any moment.
    var leastKey: UInt8 = 0

    func touch() throws {
        try connection.execute("UPDATE installation SET key_check = key_check")
    }

    /// Everything sealed passes here on its way to the store.
    func fresh(_ sealed: Sealed) throws -> Data {
        guard let number = sealed.keyNumber, number >= leastKey else {
            throw StoreFailure.unavailable("the keys were rotated meanwhile: try again")
        }
        return sealed.bytes
    }
}

/// What the changes of a transaction leave to do behind it.
final class Aftermath {
    /// Bytes are to be scrubbed.
    var mustScrub = false
    /// To be written to the ledger.
    var erasures: [Erasure] = []
}
