import Foundation
import Mail
package import Newsletter
package import SQLStore
import Wiring

/// A house that is moved out of.
extension TestApp {
    /// Returns once nobody serves it any more.
    package func stop() async throws {
        try courant.store.close()
        try await until { try !self.courant.settings.store.isServed() }
    }

    /// An empty place for its records.
    package func place(on engine: Engine) async throws -> StoreAddress {
        let folder = directory.appending(path: "place-\(UInt32.random(in: 0 ... .max))")
        return try StoreAddress(await engine.url(in: folder))
    }

    /// Stops it and takes its records elsewhere.
    @discardableResult package func move(
        to place: StoreAddress, from origin: StoreAddress? = nil, watch: @escaping Move.Watch = { _ in }
    ) async throws -> [MovedRows] {
        try await stop()
        return try await Courant.move(
            from: origin ?? courant.settings.store, to: place, settings: courant.settings, clock: clock.wall,
            watch: watch)
    }

    /// What it says about a move that it refuses.
    package func refusal(
        to place: StoreAddress, from origin: StoreAddress? = nil, watch: @escaping Move.Watch = { _ in }
    ) async -> String {
        do {
            try await move(to: place, from: origin, watch: watch)
            return "moved"
        } catch {
            return "\(error)"
        }
    }

    /// What a service says there at its start.
    package func opening(of place: StoreAddress) -> String {
        var settings = courant.settings
        settings.store = place
        do {
            try Courant(settings, external: courant.external, templates: courant.templates, logger: courant.logger)
                .store
                .close()
            return "served"
        } catch {
            return "\(error)"
        }
    }
}

/// Something in every table.
extension TestApp {
    package struct Links: Sendable {
        package let confirm: Token
        package let privacy: Token
        package let unsubscribe: UnsubscribeLink
        package let keep: KeepLink
        /// Has left already.
        package let gone: UnsubscribeLink
        package let staff: StaffToken
        /// Half of it is sent.
        package let campaign: Int64
    }

    package func furnish() async throws -> Links {
        try await createList("customers", title: "Customers", basis: .legitimateInterest)
        try await move("email,confirmed_at\nivy@example.org,2025-12-01\n", onto: "customers")
        let blocked = try await courant.blocks.open(
            BlockOrder(list: nil, source: "another tool"), by: "Eva", key: "blocked")
        _ = try await courant.blocks.take(Array("email\njoe@example.org\n".utf8), part: 1, of: blocked.id, by: "Eva")
        try await ask(company: true)
        for name in ["ann", "bo", "cy", "dan", "eve", "fay", "gus"] {
            try await subscribe("\(name)@example.org", name: "\(name) Ålesund", company: "\(name) & Søn A/S")
        }
        let gone = try unsubscribeLink("fay@example.org")
        try await unsubscribe("fay@example.org")
        try await unsubscribe("gus@example.org", everything: true)
        let unsubscribe = try unsubscribeLink("ann@example.org")
        let privacy = try await privacyLink("bo@example.org")
        _ = try await courant.rights.restrict(staff(for: "cy@example.org"))
        try await courant.rights.rectify(staff(for: "dan@example.org"), address: EmailAddress("dana@example.org"))
        _ = try await courant.rights.open(.other, about: EmailAddress("eve@example.org"), by: .host)
        try await courant.rights.requestLink(EmailAddress("nobody@example.org"), language: .english)
        let member = try await courant.staff.add("Pia", role: .privacy)
        _ = try await courant.imports.accept(
            try await read(Array("email\nhal@example.org\n".utf8)), by: .host)
        try await signUp("new@example.org")
        try await deliverAllMail()
        guard let confirm = relay.mails(to: "new@example.org").last?.token(after: "/confirm/").flatMap({ Token($0) })
        else { throw TestFailure("no confirm link came") }
        let campaign = try await launch().campaign.id
        try await sendHalf(of: campaign)
        try await signUp("late@example.org")
        return Links(
            confirm: confirm, privacy: privacy, unsubscribe: unsubscribe,
            keep: KeepLink(unsubscribe.subscription, keyring: courant.keyring), gone: gone, staff: member.token,
            campaign: campaign)
    }

    /// One is refused, one is in doubt, something came back, one was claimed by whoever died then; a mail of the outbox, too.
    private func sendHalf(of campaign: Int64) async throws {
        let now = clock.wall.now()
        try await courant.store.write { tx in
            let claimed = try tx.claimDeliveries(of: campaign, now: now, limit: 3)
            let outcomes: [Outcome] = [.refused(status: "5.7.1", cause: .ours), .inDoubt]
            try tx.settle(
                zip(claimed, outcomes).map { (sequence: $0.sequence, outcome: $1) }, of: campaign, at: now)
            try tx.noteReturned("soft", "4.4.1", of: campaign)
        }
        try await signUp("soon@example.org")
        _ = try await courant.store.write { try $0.claimOutbox(dueBefore: now, limit: 1) }
    }
}
