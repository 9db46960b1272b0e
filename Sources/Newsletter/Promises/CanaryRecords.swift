package import Foundation

/// People who do not exist and are in the records all the same, for the length of a check that needs a true commit. Each is on
/// a list of its own that nothing shows: no list, count, campaign, export, term, register or ledger knows of them.
package protocol CanaryRecords {
    /// A list like that one, for checks alone.
    func insertCheckList(like list: MailingList, at now: Date) throws -> MailingList
    /// Takes it away with whoever is still on it.
    func deleteCheckList(_ id: Int64) throws
    /// Those whose check did not end, because its process was killed: whatever was not made within `living` of now.
    func deleteCheckLists(madeOutside living: ClosedRange<Date>) throws
}

extension MailingList {
    /// Nobody asked for what happens on it.
    package var isForChecks: Bool { id < 0 }
}

extension Transaction {
    /// At each start and each look at the promises.
    package func deleteOrphanedCanaries(at now: Date) throws {
        try deleteCheckLists(madeOutside: now - Canaries.lifetime...now + Canaries.lifetime)
    }
}

package enum Canaries {
    /// Longer than any check takes, so that none takes another's canary away.
    package static let lifetime: Duration = .seconds(120)
}
