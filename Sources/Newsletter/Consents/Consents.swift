import Foundation
package import Mail
package import Rendering

/// What people have agreed to, shown and proved (GDPR Art. 7(1)): of those who are here by their record, of those who have
/// left by the receipt that they kept.
package struct Consents: Sendable {
    private let store: any Store
    private let keyring: Keyring
    private let clock: WallClock
    private let wordings: KnownWordings

    package init(store: any Store, keyring: Keyring, clock: WallClock, wordings: KnownWordings) {
        self.store = store
        self.keyring = keyring
        self.clock = clock
        self.wordings = wordings
    }

    /// Stores the sentences that are shown from now on.
    package func seed(_ texts: [(language: Language, text: String)]) async throws {
        let now = clock.now()
        let shown = texts.map { ConsentWording($0.text, language: $0.language, since: now) }
        try await store.write { tx in for wording in shown { try tx.insert(wording) } }
        shown.forEach(wordings.note)
    }

    /// One of a person's subscriptions, and what it rests on.
    package struct Standing: Sendable {
        package let subscription: Subscription
        /// Nil where there is no consent, or where its sentence was not kept.
        package let wording: ConsentWording?
        /// Nil where the consent was given here.
        package let evidence: ConsentEvidence?
    }

    /// Also where nothing is held.
    package func show(_ address: EmailAddress, by actor: Actor) async throws -> [Standing] {
        let now = clock.now()
        return try await store.write { [keyring] tx in
            let claimed = try tx.claimed(by: .address(address, by: actor), keyring: keyring, at: now)
            try tx.audit(
                .showConsent, of: claimed.subject, by: actor, result: claimed.result, keyring: keyring, at: now)
            return try claimed.subscriptions.map { subscription in
                Standing(
                    subscription: subscription,
                    wording: try subscription.consent.flatMap { try tx.consentWording($0.text) },
                    evidence: try tx.evidence(of: subscription.consent))
            }
        }
    }

    package struct Verdict: Sendable {
        /// Nil where it is none of ours, or was changed.
        package let receipt: Receipt?
        package let wording: ConsentWording?
        /// The list's title, where there still is one.
        package let title: String?
    }

    /// Whether the receipt in `text` was signed here, and what it says. The text around it, as a mail has it, does not
    /// matter.
    package func verify(_ text: String, by actor: Actor) async throws -> Verdict {
        guard let lines = Receipt.lines(in: text) else {
            throw Refusal.invalid(
                field: "receipt",
                problem: "There is no receipt in it: one begins with “\(Receipt.heading)” and ends with “Signature: …”."
            )
        }
        let now = clock.now()
        let receipt = keyring.hasSigned(lines) ? Receipt(signed: lines) : nil
        return try await store.write { [keyring] tx in
            let slug = receipt.flatMap { Slug($0.list) }
            try tx.audit(
                .verifyConsent, of: slug.map { .list($0) } ?? .nobody, by: actor,
                result: receipt == nil ? "not-genuine" : "genuine", keyring: keyring, at: now)
            return Verdict(
                receipt: receipt, wording: try receipt.flatMap { try tx.consentWording($0.text) },
                title: try slug.flatMap { try tx.list($0)?.title })
        }
    }
}
