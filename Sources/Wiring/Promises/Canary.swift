import Foundation
import Mail
import Newsletter
import SQLStore

/// A person who does not exist, on a list for the length of a check. Their subscription is restricted from the first, so
/// that nobody ever writes to them, and their domain can have no mailbox (RFC 2606).
struct Canary: Sendable {
    let id: SubscriptionID
    let address: EmailAddress
    let name: PersonName
    let list: MailingList

    /// What must not be found where it does not belong.
    var words: [String] { [address.wire, name.text] }

    static func random(on list: MailingList) throws -> Canary {
        func word(_ length: Int) -> String {
            String((0..<length).map { _ in "bcdfghjklmnpqrstvwxz".randomElement() ?? "x" })
        }
        return Canary(
            id: .random(), address: EmailAddress(localPart: word(14), domain: "\(word(10)).invalid"),
            name: try PersonName("Canary \(word(12))"), list: list)
    }
}

extension Inspection {
    /// Gives `look` a canary that is in the store, and leaves nothing of it.
    func withCanary(
        _ state: Subscription.State = .restricted, _ look: (Canary) async throws -> Evidence
    ) async throws -> Evidence {
        guard let list = try await read({ try $0.lists() }).first else {
            return .noListYet
        }
        let canary = try Canary.random(on: list)
        try await insert(canary, state)
        do {
            let evidence = try await look(canary)
            try await remove(canary)
            return evidence
        } catch {
            try await remove(canary)
            throw error
        }
    }

    private func insert(_ canary: Canary, _ state: Subscription.State) async throws {
        let (keyring, now) = (courant.keyring, courant.outside.clock.now())
        let person = Person(address: canary.address, name: canary.name)
        let sealed = try keyring.seal(person, for: canary.id)
        let digest = keyring.digest(of: canary.address)
        try await courant.store.write { tx in
            let policy = Consent(text: "", policy: "", askedAt: now, confirmedAt: now)
            try tx.insert(
                Subscription(
                    id: canary.id, list: canary.list, person: sealed, language: canary.list.language,
                    state: state, basis: canary.list.basis, source: "promises", consent: policy,
                    activeSince: now, lastActivity: now, lastNotified: nil), digest: digest)
        }
    }

    private func remove(_ canary: Canary) async throws {
        let (keyring, now) = (courant.keyring, courant.outside.clock.now())
        let (digest, fingerprint) = (keyring.digest(of: canary.address), keyring.fingerprint(of: canary.address))
        try await courant.store.write { tx in
            for subscription in try tx.subscriptions(digest: digest) { _ = try tx.erase(subscription.id, at: now) }
            try tx.deleteFingerprints(fingerprint, at: now)
        }
        if !isServed { _ = await courant.store.scrub() }
    }

    func isStored(_ canary: Canary) async throws -> Bool {
        try await read { try $0.subscription(canary.id) != nil }
    }

    /// Where any of the words stands in our files, and in the tables of a server whose files are not ours to look through,
    /// in any usual spelling; empty once nothing is found, or after `limit`.
    func traces(of canary: Canary, within limit: Duration) async throws -> [String] {
        let deadline = ContinuousClock.now + limit
        while true {
            if !isServed { _ = await courant.store.scrub() }
            let found = try await files(holding: canary.words) + courant.store.places(holding: canary.words)
            if found.isEmpty || ContinuousClock.now >= deadline { return found }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    private func files(holding words: [String]) throws -> [String] {
        let (search, directory) = (DiskSearch(words), URL(filePath: courant.settings.dataDirectory))
        // A key file may lie anywhere, and what lies below its folder need not be ours.
        return try courant.settings.databaseFile == nil
            ? search.files(lyingIn: directory) : search.files(in: directory, passingOver: courant.store.files)
    }

    func unsubscribeLink(_ canary: Canary) -> UnsubscribeLink {
        UnsubscribeLink(canary.id, place: .body, keyring: courant.keyring)
    }
}
