import Foundation
import Mail
package import Newsletter
import Rendering
import SQLStore
import Wiring

/// Time going by, and who is still there.
extension TestApp {
    /// On `slug`, as if it had long been so.
    package func keep(_ rules: RetentionRules, on slug: String = "news") async throws {
        guard let slug = Slug(slug) else { throw TestFailure("no slug") }
        do {
            _ = try await courant.lists.edit(slug, by: .host) { $0.retention = rules }
        } catch Refusal.erasesPeople(let count, _) {
            _ = try await courant.lists.edit(slug, expectErased: count, by: .host) { $0.retention = rules }
        }
        try await courant.store.write { tx in
            guard var list = try tx.list(slug) else { return }
            list.former = nil
            try tx.update(list)
        }
    }

    package func active(on slug: String = "news") async throws -> Int {
        guard let slug = Slug(slug) else { throw TestFailure("no slug") }
        return try await courant.lists.show(slug).active
    }

    package func isThere(_ address: String) async throws -> Bool {
        let digest = courant.keyring.digest(of: try EmailAddress(address))
        return try await !courant.store.read { try $0.subscriptions(digest: digest) }.isEmpty
    }

    /// So many days, and a moment.
    package func passDays(_ days: Int, and moment: Duration = .zero) {
        clock.advance(.seconds(days * 86_400) + moment)
    }

    /// Somebody put on the list as they are, without any mail.
    package func put(
        _ address: String, on slug: String = "news", state: Subscription.State = .active,
        class: SubscriberClass = .subscriber
    ) async throws {
        guard let slug = Slug(slug) else { throw TestFailure("no slug") }
        let (list, now, keyring) = (try await courant.lists.show(slug).list, clock.wall.now(), courant.keyring)
        let (id, person) = (SubscriptionID.random(), Person(address: try EmailAddress(address), name: nil))
        let subscription = Subscription(
            id: id, list: list, person: try keyring.seal(person, for: id), language: .english, state: state,
            basis: list.basis, source: "form", consent: Consent(text: "", policy: "1", askedAt: now, confirmedAt: now),
            activeSince: now, lastActivity: now, lastNotified: nil, class: `class`)
        try await courant.store.write { try $0.insert(subscription, digest: keyring.digest(of: person.address)) }
    }

    /// The audit's lines of that action.
    package func audited(_ action: AuditAction) async throws -> [AuditEntry] {
        try await courant.store.read { try $0.auditEntries(from: 1, limit: 1_000) }.filter {
            $0.action == action.rawValue
        }
    }
}

/// Files of people.
extension TestApp {
    /// Reads `file` in pieces of `piece` bytes; what it becomes is `accept`ed or `rehearse`d.
    package func read(
        _ file: [UInt8], onto slug: String = "news", basis: LegalBasis = .consent,
        source: String = "our stand at the fair",
        class: SubscriberClass = .subscriber, key: String? = nil, piece: Int = 1_000
    ) async throws -> ImportReading {
        guard let slug = Slug(slug) else { throw TestFailure("no slug") }
        var reading = try await courant.imports.begin(
            slug, basis: basis, source: source, class: `class`, by: "Eva", key: key)
        for start in stride(from: 0, to: file.count, by: piece) {
            try await reading.take(Array(file[start..<min(file.count, start + piece)]))
        }
        return reading
    }

    /// To the end: what has become of its lines.
    @discardableResult package func bringIn(
        _ file: String, onto slug: String = "news", basis: LegalBasis = .consent, class: SubscriberClass = .subscriber
    ) async throws -> ImportCounts {
        let reading = try await read(Array(file.utf8), onto: slug, basis: basis, class: `class`)
        let accepted = try await courant.imports.accept(reading, by: .staff("Eva"))
        try await courant.imports.work()
        return try await courant.imports.show(accepted.id).counts
    }
}
