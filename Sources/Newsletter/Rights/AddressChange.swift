package import Foundation

/// A new address that its mailbox has not confirmed yet, for one subscription. It is sealed, goes with the subscription,
/// and goes by itself when its time is up.
package struct AddressChange: Sendable {
    package let subscription: SubscriptionID
    /// The new address, sealed for that subscription.
    package let person: Sealed
    /// Of the new address.
    package let digest: Data
    package let expires: Date

    package init(subscription: SubscriptionID, person: Sealed, digest: Data, expires: Date) {
        self.subscription = subscription
        self.person = person
        self.digest = digest
        self.expires = expires
    }
}

package protocol AddressChangeRecords {
    /// `hash`: of the token that went to the new mailbox. One that the subscription already has is replaced.
    func insert(_ change: AddressChange, token hash: Data) throws
    func addressChanges(token hash: Data) throws -> [AddressChange]
    func addressChange(of id: SubscriptionID) throws -> AddressChange?
    /// To that address, whoever asked for it.
    func deleteAddressChanges(to digest: Data) throws
    /// But for those whose mail still waits.
    func deleteAddressChanges(expiredBefore: Date) throws
}

/// What rights change in a subscription.
package protocol RightsRecords {
    /// Another name, or another spelling of the address.
    func rectify(_ id: SubscriptionID, person: Sealed, at: Date) throws
    /// Another address. Links to the data and mails that wait for the old one go.
    func move(_ id: SubscriptionID, to person: Sealed, digest: Data, at: Date) throws
    /// Kept but not written to; campaigns that had it still to mail count it as withdrawn. False if it was so already.
    func restrict(_ id: SubscriptionID, at: Date) throws -> Bool
    /// Back to `pending` for a sign-up that was never confirmed, else to `active` from now on. False if it was not restricted.
    func unrestrict(_ id: SubscriptionID, at: Date) throws -> Bool

    // What else is stored of a subscription, for whoever asks what we hold.
    func remindedAt(_ id: SubscriptionID) throws -> Date?
    func links(of id: SubscriptionID) throws -> [LinkData]
    func waitingMails(of id: SubscriptionID) throws -> [MailData]
    func deliveries(to id: SubscriptionID) throws -> [DeliveryData]
}
