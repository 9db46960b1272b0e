package import Foundation

/// What a restore must know of the time since its backup, as the ledger beside the database keeps it: who was erased, by a
/// random id, and who asked never to be written to again, or took that back, by a keyed fingerprint. It says nothing about
/// a person: what the id belonged to is gone, and a fingerprint tells nothing without the key.
package struct LedgerEntry: Sendable, Equatable {
    /// 1 for the first; without gaps.
    package let number: Int64
    /// To the second.
    package let at: Date
    package let fact: Fact

    package enum Fact: Sendable, Equatable {
        case erasure(SubscriptionID, Kept)
        /// Never to be written to again by that list; 0: by anybody.
        case wish(Data, list: Int64)
        /// Taken back for that list; 0: altogether.
        case lifting(Data, list: Int64)
    }

    /// What stayed of an erased address; what was written since wishes have entries of their own says `nothing`.
    package enum Kept: String, Sendable, CaseIterable {
        case nothing = "-"
        /// Its fingerprint for the subscription's list.
        case forList = "l"
        /// Its fingerprint for every list: never write to me again.
        case forEverything = "e"
    }

    package init(number: Int64, at: Date, _ fact: Fact) {
        self.number = number
        self.at = Date(timeIntervalSince1970: at.timeIntervalSince1970.rounded(.down))
        self.fact = fact
    }

    /// Whose erasure it is.
    package var erased: SubscriptionID? {
        if case .erasure(let id, _) = fact { id } else { nil }
    }
}

/// How far the ledger has come, as the database knows it: everything up to `number` stands in the file.
package struct LedgerHead: Sendable, Equatable {
    package let number: Int64
    /// The code at the end of that line; nil before the first.
    package let code: Data?

    package init(number: Int64, code: Data?) {
        self.number = number
        self.code = code
    }
}

package protocol LedgerRecords {
    func ledgerHead() throws -> LedgerHead
    /// The number of the last entry there is, in the ledger or on its way there.
    func lastEntry() throws -> Int64
    /// Those that are not yet known to stand in the ledger, in their order.
    func entriesUnderWay() throws -> [LedgerEntry]
    /// They stand in the ledger, on the disk.
    func setLedgerHead(_ head: LedgerHead) throws
    /// What is written by `work` stands in the ledger already.
    func replaying<Value>(_ work: (any Transaction) throws -> Value) rethrows -> Value
    func insertFingerprint(_ fingerprint: Data, onListNumber list: Int64, at: Date) throws
    /// 0: those for every list and for each.
    @discardableResult
    func deleteFingerprint(_ fingerprint: Data, onListNumber list: Int64) throws -> Bool
}

extension Transaction {
    /// After a restore: whoever left since the backup goes again, whoever asked never to be written to has asked it again, and
    /// whoever took that back has done so. Returns how many the backup still had.
    package func replay(_ entries: some Sequence<LedgerEntry>, keyring: Keyring, at now: Date) throws -> Int {
        try replaying { tx in
            try entries.count { entry in
                switch entry.fact {
                case .erasure(let id, let kept):
                    return try tx.eraseAgain(id, kept, since: entry.at, keyring: keyring, at: now)
                case .wish(let fingerprint, let list):
                    try tx.insertFingerprint(fingerprint, onListNumber: list, at: entry.at)
                case .lifting(let fingerprint, let list): try tx.deleteFingerprint(fingerprint, onListNumber: list)
                }
                return false
            }
        }
    }

    private func eraseAgain(
        _ id: SubscriptionID, _ kept: LedgerEntry.Kept, since then: Date, keyring: Keyring, at now: Date
    ) throws -> Bool {
        guard let subscription = try subscription(id) else { return false }
        if kept != .nothing {
            let address = try keyring.person(subscription.person, of: id).address
            let list = kept == .forList ? subscription.list : nil
            try insertFingerprint(keyring.fingerprint(of: address), on: list, at: then)
        }
        return try erase(id, at: now)
    }

    /// After a restore: nobody knows who got what since the backup, so that a person must decide whether it goes on.
    package func pauseEverything(because reason: String) throws {
        for var campaign in try campaigns(limit: .max) where [.sending, .scheduled].contains(campaign.state) {
            campaign.state = campaign.state == .scheduled ? .planned : .paused
            campaign.reason = reason
            try update(campaign)
        }
    }
}
