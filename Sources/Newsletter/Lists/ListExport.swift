import Foundation
import Mail
import Rendering

/// Everybody on a list, readable, with all that a successor needs to keep each consent valid: for whoever moves out.
///
/// Those who have not confirmed are not in it: nobody may write to them. Nor are wishes never to be written to again: of those
/// only fingerprints are kept, which no other key can use.
package struct ListExport: Sendable {
    private let store: any Store
    private let keyring: Keyring
    private let clock: WallClock
    private let publisher: Publisher

    static let page = 500

    package init(store: any Store, keyring: Keyring, clock: WallClock, publisher: Publisher) {
        self.store = store
        self.keyring = keyring
        self.clock = clock
        self.publisher = publisher
    }

    /// As `people` knows them.
    package struct Leaver: Sendable, Redacted {
        package let person: Person
        package let subscription: Subscription
        package let wording: String?
        /// What a successor has to show for it, also of a consent that was given here.
        package let evidence: String?
    }

    /// How many will come. Written down before anybody is named.
    package func begin(_ slug: Slug, by actor: Actor) async throws -> Int {
        let now = clock.now()
        return try await store.write { [keyring] tx in
            let list = try tx.existing(slug)
            let count = try tx.countLeavers(on: list)
            try tx.audit(.exportList, of: .list(slug), by: actor, result: "people=\(count)", keyring: keyring, at: now)
            return count
        }
    }

    /// The next of them, and where to go on; who leaves meanwhile is not in it any more.
    package func people(on slug: Slug, after place: Int64) async throws -> (leavers: [Leaver], last: Int64?) {
        try await store.read { [keyring, publisher] tx in
            let list = try tx.existing(slug)
            let rows = try tx.leavers(on: list, after: place, limit: Self.page)
            let leavers = try rows.map { row in
                let (subscription, consent) = (row.subscription, row.subscription.consent)
                return Leaver(
                    person: try keyring.person(subscription.person, of: subscription.id), subscription: subscription,
                    wording: try consent.flatMap { try tx.consentWording($0.text)?.text },
                    evidence: try tx.evidence(of: consent)?.text ?? consent.map { _ in publisher.evidence(of: list) })
            }
            return (leavers, rows.last?.place)
        }
    }
}

extension Publisher {
    /// Of a consent that was given here.
    fileprivate func evidence(of list: MailingList) -> String {
        "Sign-up form of \(organisation.name) for \(list.title), \(publicURL), confirmed by a link sent by mail (Courant)"
    }
}

package protocol LeaverRecords {
    /// Active or restricted, or on the list without having been told of it yet.
    func countLeavers(on list: MailingList) throws -> Int
    func leavers(on list: MailingList, after: Int64, limit: Int) throws -> [(place: Int64, subscription: Subscription)]
}
