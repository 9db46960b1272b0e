package import Foundation
package import Rendering

/// Subscriptions as the store keeps them.
package protocol SubscriptionRecords {
    func insert(_ subscription: Subscription, digest: Data) throws
    func subscription(_ id: SubscriptionID) throws -> Subscription?
    /// By blind index, on every list.
    func subscriptions(digest: Data) throws -> [Subscription]
    func digest(of id: SubscriptionID) throws -> Data?

    func activate(_ id: SubscriptionID, at: Date) throws
    /// A pending subscription was asked for again: it waits as long as the new link works. What was typed goes with that
    /// link. One that waits to be told of its import is not touched: that somebody asks does not put off its end.
    func renew(_ id: SubscriptionID, at: Date) throws
    /// What was typed with the link that is being confirmed takes the place of what was there; it rests on consent.
    func adopt(_ id: SubscriptionID, person: Sealed, language: Language, consent: Consent) throws
    func notified(_ id: SubscriptionID, at: Date) throws

    /// The one function that deletes: the row, its tokens, its outbox and delivery rows. Campaigns that had it still to
    /// mail count it as withdrawn. The bytes are scrubbed from the disk within a second. False if there was none.
    ///
    /// That it was erased is written to the ledger beside the database before the transaction is acknowledged.
    ///
    /// - Parameter departure: as what the receiver of events hears of it, where there is one.
    func erase(_ id: SubscriptionID, as departure: OutgoingEvent.Kind, at: Date) throws -> Bool

    func pendingSubscriptions(askedBefore: Date, limit: Int) throws -> [SubscriptionID]
}

extension SubscriptionRecords {
    /// Neither by a wish to leave, nor because the mailbox is gone.
    package func erase(_ id: SubscriptionID, at now: Date) throws -> Bool { try erase(id, as: .erased, at: now) }
}

/// One of the subscriptions that a link is for.
package struct TokenCover: Sendable {
    package let subscription: SubscriptionID
    /// A `RepeatedSignUp`, where the link is not the first one.
    package let signUp: Sealed?

    package init(subscription: SubscriptionID, signUp: Sealed?) {
        self.subscription = subscription
        self.signUp = signUp
    }
}

/// One-time links, stored as hashes. A link may cover several subscriptions: one sign-up for several lists.
package protocol TokenRecords {
    /// `request` is the hash of the sign-up's name, by which a typed code finds the token.
    func insert(
        _ hash: Data, purpose: Token.Purpose, subscriptions: [SubscriptionID], expires: Date, request: Data?) throws
    /// What the link covers and until when; nil where it is unknown.
    func token(_ hash: Data, purpose: Token.Purpose) throws -> (covers: [TokenCover], expires: Date)?
    func token(request: Data) throws -> (covers: [TokenCover], expires: Date)?
    /// The sign-up that the link carries for that subscription.
    func attach(_ signUp: Sealed, to hash: Data, of id: SubscriptionID) throws
    /// What was typed with links that are not pressed yet counts no more.
    func detachSignUps(of id: SubscriptionID) throws
    /// How often a wrong code was typed for this sign-up.
    func wrongTries(request: Data) throws -> Int
    func noteWrongTry(request: Data) throws
    /// But for those whose mail still waits.
    func deleteTokens(expiredBefore: Date) throws
}

/// What stays of those who do not want to be written to again: by one list (`list`), or by anybody (nil). Each wish, and
/// each end of one, is written to the ledger as an erasure is, so that a restore knows of it.
package protocol FingerprintRecords {
    func insertFingerprint(_ fingerprint: Data, on list: MailingList?, at: Date) throws
    /// Whether there is one for this list, or for every list.
    func hasFingerprint(_ fingerprint: Data, on list: MailingList?) throws -> Bool
    /// Who confirms again lifts the list's own; the one for every list is lifted by staff alone.
    func deleteFingerprint(_ fingerprint: Data, on list: MailingList, at: Date) throws
    /// For which lists, and since when.
    func fingerprints(_ fingerprint: Data) throws -> [FingerprintData]
    func deleteFingerprints(_ fingerprint: Data, at: Date) throws
}

/// What only somebody who changed the records by hand can have made.
package protocol RecordFaults {
    /// On a list by consent without when it was asked and given, or without wording and policy, or, where it was given
    /// elsewhere, without evidence.
    func subscriptionsLackingConsent() throws -> Int
    func subscriptionsLackingSource() throws -> Int
    /// Links, mails and deliveries of subscriptions that are gone, and events that would tell of them.
    func recordsOfNobody() throws -> Int
}

extension TokenRecords {
    package func insert(_ hash: Data, purpose: Token.Purpose, subscriptions: [SubscriptionID], expires: Date) throws {
        try insert(hash, purpose: purpose, subscriptions: subscriptions, expires: expires, request: nil)
    }
}
