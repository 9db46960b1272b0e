package import Foundation

/// That a subscription was erased: a random id and a time, as the ledger beside the database keeps it, so that a backup
/// brings nobody back. It says nothing about a person, for what the id belonged to is gone.
package struct Erasure: Sendable, Equatable {
    /// 1 for the first; without gaps.
    package let number: Int64
    package let subscription: SubscriptionID
    /// To the second.
    package let at: Date
    package let kept: Kept

    /// What stayed of the address, so that a restore can keep the same of it.
    package enum Kept: String, Sendable, CaseIterable {
        case nothing = "-"
        /// Its fingerprint for the subscription's list.
        case forList = "l"
        /// Its fingerprint for every list: never write to me again.
        case forEverything = "e"
    }

    package init(number: Int64, subscription: SubscriptionID, at: Date, kept: Kept) {
        self.number = number
        self.subscription = subscription
        self.at = Date(timeIntervalSince1970: at.timeIntervalSince1970.rounded(.down))
        self.kept = kept
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

package protocol ErasureRecords {
    func ledgerHead() throws -> LedgerHead
    /// The last erasure there is, in the ledger or on its way there.
    func lastErasure() throws -> Int64
    /// Erasures that are not yet known to stand in the ledger, in their order.
    func erasuresUnderWay() throws -> [Erasure]
    /// They stand in the ledger, on the disk.
    func setLedgerHead(_ head: LedgerHead) throws
}

extension Transaction {
    /// After a restore: whoever left since the backup goes again, and what stayed of their addresses stays again.
    /// Returns how many the backup still had.
    package func eraseAgain(_ erasures: some Sequence<Erasure>, keyring: Keyring, at now: Date) throws -> Int {
        var count = 0
        for erasure in erasures {
            guard let subscription = try subscription(erasure.subscription) else { continue }
            if erasure.kept != .nothing {
                let address = try keyring.person(subscription.person, of: subscription.id).address
                let list = erasure.kept == .forList ? subscription.list : nil
                try insertFingerprint(keyring.fingerprint(of: address), on: list, at: erasure.at)
            }
            if try erase(erasure.subscription, at: now) { count += 1 }
        }
        return count
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
