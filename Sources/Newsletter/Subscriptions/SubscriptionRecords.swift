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
    func erase(_ id: SubscriptionID, at: Date) throws -> Bool

    func pendingSubscriptions(askedBefore: Date, limit: Int) throws -> [SubscriptionID]
    /// In the order of arrival.
    func subscriptions(after: Int64, limit: Int) throws
        -> [(sequence: Int64, subscription: SubscriptionID, person: Sealed)]
}

/// One-time links, stored as hashes. A link may cover several subscriptions: one sign-up for several lists.
package protocol TokenRecords {
    /// `request` is the hash of the sign-up's name, by which a typed code finds the token.
    func insert(
        _ hash: Data, purpose: Token.Purpose, subscriptions: [SubscriptionID], expires: Date, request: Data?) throws
    /// The subscriptions that the link covers and until when; nil where it is unknown.
    func token(_ hash: Data, purpose: Token.Purpose) throws -> (subscriptions: [SubscriptionID], expires: Date)?
    func token(request: Data) throws -> (subscriptions: [SubscriptionID], expires: Date)?
    func deleteTokens(expiredBefore: Date) throws
}

/// What stays of those who do not want to be written to again: by one list (`list`), or by anybody (nil).
package protocol FingerprintRecords {
    func insertFingerprint(_ fingerprint: Data, on list: MailingList?, at: Date) throws
    /// Whether there is one for this list, or for every list.
    func hasFingerprint(_ fingerprint: Data, on list: MailingList?) throws -> Bool
    /// Who confirms again lifts the list's own; the one for every list is lifted by staff alone.
    func deleteFingerprint(_ fingerprint: Data, on list: MailingList) throws
    /// What is kept of an address, for whoever asks what we hold.
    func fingerprints(_ fingerprint: Data) throws -> [Fingerprint]
    /// All of an address's. Returns how many there were.
    func deleteFingerprints(_ fingerprint: Data) throws -> Int
}

/// That somebody asked not to be written to again, and when.
package struct Fingerprint: Sendable, Equatable {
    /// By this list; nil: by anybody.
    package let list: Slug?
    package let since: Date

    package init(list: Slug?, since: Date) {
        self.list = list
        self.since = since
    }
}

extension TokenRecords {
    package func insert(_ hash: Data, purpose: Token.Purpose, subscriptions: [SubscriptionID], expires: Date) throws {
        try insert(hash, purpose: purpose, subscriptions: subscriptions, expires: expires, request: nil)
    }
}
