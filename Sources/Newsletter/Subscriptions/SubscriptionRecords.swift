package import Foundation

/// Subscriptions as the store keeps them.
package protocol SubscriptionRecords {
    func insert(_ subscription: Subscription, digest: Data) throws
    func subscription(_ id: SubscriptionID) throws -> Subscription?
    /// By blind index, on every list.
    func subscriptions(digest: Data) throws -> [Subscription]
    func digest(of id: SubscriptionID) throws -> Data?

    func activate(_ id: SubscriptionID, at: Date, activity: Date) throws
    /// A pending subscription was asked for again.
    func renew(_ id: SubscriptionID, person: Sealed, consent: Consent, at: Date, activity: Date) throws
    func notified(_ id: SubscriptionID, at: Date) throws

    /// The one function that deletes: the row, its tokens, its outbox and delivery rows. Campaigns that had it still to
    /// mail count it as withdrawn. The bytes are scrubbed from the disk within a second. False if there was none.
    ///
    /// That it was erased is written to the ledger beside the database before the transaction is acknowledged; `keeping`
    /// says there what stays of the address.
    func erase(_ id: SubscriptionID, keeping: Erasure.Kept, at: Date) throws -> Bool

    func pendingSubscriptions(askedBefore: Date, limit: Int) throws -> [SubscriptionID]
}

/// One-time links, stored as hashes. A link may cover several subscriptions: one sign-up for several lists.
package protocol TokenRecords {
    /// `request` is the hash of the sign-up's name, by which a typed code finds the token.
    func insert(
        _ hash: Data, purpose: Token.Purpose, subscriptions: [SubscriptionID], expires: Date, request: Data?) throws
    /// The subscriptions that the link covers and until when; nil where it is unknown.
    func token(_ hash: Data, purpose: Token.Purpose) throws -> (subscriptions: [SubscriptionID], expires: Date)?
    func token(request: Data) throws -> (subscriptions: [SubscriptionID], expires: Date)?
    /// How often a wrong code was typed for this sign-up.
    func wrongTries(request: Data) throws -> Int
    func noteWrongTry(request: Data) throws
    func deleteTokens(expiredBefore: Date) throws
}

/// What stays of those who do not want to be written to again: by one list (`list`), or by anybody (nil).
package protocol FingerprintRecords {
    func insertFingerprint(_ fingerprint: Data, on list: MailingList?, at: Date) throws
    /// Whether there is one for this list, or for every list.
    func hasFingerprint(_ fingerprint: Data, on list: MailingList?) throws -> Bool
    /// Who confirms again lifts the list's own; the one for every list is lifted by staff alone.
    func deleteFingerprint(_ fingerprint: Data, on list: MailingList) throws
    /// For which lists, and since when.
    func fingerprints(_ fingerprint: Data) throws -> [HeldFingerprint]
    func deleteFingerprints(_ fingerprint: Data) throws
}

/// What only somebody who changed the records by hand can have made.
package protocol RecordFaults {
    /// On a list by consent without when it was asked and given, or without wording and policy.
    func subscriptionsLackingConsent() throws -> Int
    func subscriptionsLackingSource() throws -> Int
    /// Links, mails and deliveries of subscriptions that are gone.
    func recordsOfNobody() throws -> Int
}

extension SubscriptionRecords {
    package func erase(_ id: SubscriptionID, at now: Date) throws -> Bool {
        try erase(id, keeping: .nothing, at: now)
    }
}

extension TokenRecords {
    package func insert(_ hash: Data, purpose: Token.Purpose, subscriptions: [SubscriptionID], expires: Date) throws {
        try insert(hash, purpose: purpose, subscriptions: subscriptions, expires: expires, request: nil)
    }
}
