import Foundation
import Mail
import Newsletter
import SQLStore

/// A person who does not exist, on a list for the length of a check. Their subscription is restricted, so that nobody ever
/// writes to them, and their domain can have no mailbox (RFC 2606).
struct Canary: Sendable {
    let id: SubscriptionID
    let address: EmailAddress
    let name: PersonName
    let company: CompanyName
    let list: MailingList
    let person: Sealed

    /// What must not be found where it does not belong.
    var words: [String] { [address.wire, name.text, company.text] }

    static func random(on list: MailingList, keyring: Keyring) throws -> Canary {
        func word(_ length: Int) -> String {
            String((0..<length).map { _ in "bcdfghjklmnpqrstvwxz".randomElement() ?? "x" })
        }
        let (id, address) = (
            SubscriptionID.random(), EmailAddress(localPart: word(14), domain: "\(word(10)).invalid")
        )
        let (name, company) = (try PersonName("Canary \(word(12))"), try CompanyName("Aviary \(word(12))"))
        let person = Person(address: address, name: name, company: company)
        return Canary(
            id: id, address: address, name: name, company: company, list: list,
            person: try keyring.seal(person, for: id))
    }

    func subscription(_ state: Subscription.State, at now: Date) -> Subscription {
        Subscription(
            id: id, list: list, person: person, language: list.language, state: state, basis: list.basis,
            source: "promises", consent: Consent(text: "", policy: "", askedAt: now, confirmedAt: now),
            activeSince: now, lastActivity: now, lastNotified: nil)
    }
}

extension Inspection {
    // MARK: Trying out

    /// Gives `look` a canary on the first list, and an installation in which verbs do what they always do, but of which
    /// nothing stays and nobody else sees anything.
    func rehearse(
        _ state: Subscription.State = .restricted, isCounted: Bool = true,
        _ look: @Sendable (_ stage: Inspection, Canary) async throws -> Evidence
    ) async throws -> Evidence {
        guard let list = try await read({ try $0.lists() }).first else { return .noListYet }
        let stage = try stage.get()
        return try await stage.rehearsal.perform {
            let inspection = Inspection(
                courant: stage.courant, webServices: stage.webServices, isServed: true, patience: Self.shortPatience)
            let (keyring, now) = (courant.keyring, courant.clock.now())
            let canary = try await stage.courant.store.write { tx in
                let list = isCounted ? list : try tx.insertCheckList(like: list, at: now)
                let canary = try Canary.random(on: list, keyring: keyring)
                try tx.insert(canary.subscription(state, at: now), digest: keyring.digest(of: canary.address))
                return canary
            }
            return try await look(inspection, canary)
        }
    }

    // MARK: In earnest

    /// Gives `look` a canary that is in the store for everybody's doors, on a list of its own that nothing shows or counts,
    /// and leaves nothing of it.
    func withCanary(_ look: (Canary) async throws -> Evidence) async throws -> Evidence {
        guard let list = try await read({ try $0.lists() }).first else { return .noListYet }
        let canary = try await insertCanary(like: list)
        do {
            let evidence = try await look(canary)
            try await remove(canary)
            return evidence
        } catch {
            try await remove(canary)
            throw error
        }
    }

    func insertCanary(like list: MailingList) async throws -> Canary {
        let (keyring, now) = (courant.keyring, courant.clock.now())
        return try await courant.store.write { tx in
            let canary = try Canary.random(on: tx.insertCheckList(like: list, at: now), keyring: keyring)
            try tx.insert(canary.subscription(.restricted, at: now), digest: keyring.digest(of: canary.address))
            return canary
        }
    }

    private func remove(_ canary: Canary) async throws {
        try await courant.store.write { try $0.deleteCheckList(canary.list.id) }
        if !isServed { _ = await courant.store.scrub() }
    }

    func isStored(_ canary: Canary) async throws -> Bool {
        try await read { try $0.subscription(canary.id) != nil }
    }

    // MARK: On the disk

    /// Where any of the words stands in our files, and in the tables of a server whose files are not ours to look through,
    /// in any usual spelling; empty once nothing is found, or after `limit`. A brief look does not search: that takes the longer
    /// the more people there are, and the service that has the database open must not open its files otherwise.
    func traces(of canary: Canary, within limit: Duration) async throws -> [String] {
        guard depth == .whole else { return [] }
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
