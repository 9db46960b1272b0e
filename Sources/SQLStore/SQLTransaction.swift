import Foundation
import Newsletter

/// A transaction, whatever the engine. What it says about each noun stands in a file of that noun's name.
struct SQLTransaction: Transaction {
    let connection: any SQLConnection
    let known = Known()
    /// What is to be done once this is committed.
    var aftermath = Aftermath()
    /// What is written must be sealed with this key or a newer one: an older one may be destroyed at any moment.
    var leastKey: UInt8 = 0
    /// This process among those that serve the store; what it claims is its own.
    var holder: Int64 = 0
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

/// What the changes of a transaction leave to do behind it.
final class Aftermath {
    /// Bytes are to be scrubbed.
    var mustScrub = false
    /// To be written to the ledger.
    private(set) var entries: [LedgerEntry] = []
    /// What happens stands in the ledger already.
    var isReplay = false
    /// Who left while another process was about to write to them.
    private(set) var strangers: [Stranger] = []

    func add(_ entry: LedgerEntry) { entries.append(entry) }
    func add(_ found: [Stranger]) { strangers += found }

    // MARK: Undoing

    typealias Mark = (entries: Int, strangers: Int)
    var mark: Mark { (entries.count, strangers.count) }

    func forget(since mark: Mark) {
        entries.removeSubrange(mark.entries...)
        strangers.removeSubrange(mark.strangers...)
    }

    func forget() { forget(since: (0, 0)) }
}

/// A mail to somebody who leaves, claimed by another process.
struct Stranger: Sendable, Hashable {
    let person: UInt128
    let holder: Int64
}
