import CoreMetrics
import Foundation
package import Mail

/// What a web shop, till or CRM does for the people that it knows: it asks for them as the form does (`request`, with
/// `SignUp.behalf`), and takes them off again.
extension Subscriptions {
    /// Ends the address's subscription on that list as its unsubscribe link would. Nothing tells whether it was there: it is
    /// one entry of the audit either way.
    package func remove(_ address: EmailAddress, from list: Slug, by actor: Actor) async throws {
        let now = clock.now()
        let blindIndex = keyring.blindIndex(of: address)
        let erased = try await store.write(about: blindIndex) { [keyring] tx in
            let known = try tx.subscriptions(digest: blindIndex.digest).first { $0.list.slug == list }
            let erased = try known.map { try tx.leave($0, everything: false, keyring: keyring, at: now) } ?? 0
            try tx.audit(
                .removeSubscriber, of: known.map { .subscription($0.id) } ?? .nobody, by: actor,
                result: "list=\(list.text) subscriptions=\(erased)", keyring: keyring, at: now)
            return erased
        }
        Measures.unsubscribed.increment(by: erased)
    }
}

extension SignUp {
    var source: String { behalf?.source ?? Subscription.form }
}

extension Transaction {
    /// One that is not on the form may be given to a program.
    func openList(_ slug: Slug) throws -> MailingList {
        guard let list = try list(slug), list.closedAt == nil else {
            throw Refusal.invalid(field: "list", problem: "There is no such list, or it is closed.")
        }
        return list
    }

    /// The entry says nothing of the person, so that it is the same for everyone.
    func note(_ signUp: SignUp, keyring: Keyring, at now: Date) throws {
        guard let behalf = signUp.behalf, let list = signUp.lists.first else { return }
        try audit(.requestSubscription, of: .list(list), by: behalf.actor, keyring: keyring, at: now)
    }
}
