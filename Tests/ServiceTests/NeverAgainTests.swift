import CourantTesting
import Foundation
import Mail
import Newsletter
import SQLStore
import Testing
import Wiring

/// "Never write to me again" holds against everything that could write.
@Suite struct NeverAgainTests {
    private static let ann = "ann@example.org"

    @Test func `sign-up mail, import and campaigns pass over whoever asked for it`() async throws {
        let app = try await TestApp.start()
        try await app.createList("partners", basis: .legitimateInterest)
        try await app.subscribe(Self.ann, lists: ["news", "partners"])
        try await app.unsubscribe(Self.ann, everything: true)
        #expect(try await !app.isThere(Self.ann))
        let before = app.relay.mails.count
        app.passDays(2)
        try await app.signUp(Self.ann, lists: ["news", "partners"])
        #expect(try await app.bringIn("email\n\(Self.ann)\n").blocked == 1)
        #expect(
            try await app.bringIn("email\n\(Self.ann)\n", onto: "partners", basis: .legitimateInterest).blocked == 1)
        try await app.deliverAllMail()
        #expect(app.relay.mails.count == before)
    }

    @Test func `who leaves a list that imports is not imported again, and may come back alone`() async throws {
        let app = try await TestApp.start()
        try await app.createList("partners", basis: .legitimateInterest)
        let file = "email\n\(Self.ann)\n"
        try await app.bringIn(file, onto: "partners", basis: .legitimateInterest)
        try await app.deliverAllMail()
        try await app.unsubscribe(Self.ann)
        #expect(try await app.bringIn(file, onto: "partners", basis: .legitimateInterest).blocked == 1)
        #expect(try await app.kept(of: Self.ann) == [Slug("partners")])
        app.passDays(2)
        try await app.subscribe(Self.ann, lists: ["partners"])
        #expect(try await app.active(on: "partners") == 1)
        #expect(try await app.kept(of: Self.ann).isEmpty)
    }

    @Test func `staff lift it on request, and that is written down without the address`() async throws {
        let app = try await TestApp.start()
        try await app.subscribe(Self.ann)
        try await app.unsubscribe(Self.ann, everything: true)
        #expect(try await app.courant.rights.forgive(EmailAddress("ANN@example.org"), by: .staff("Eva")))
        #expect(try await !app.courant.rights.forgive(EmailAddress(Self.ann), by: .staff("Eva")))
        app.passDays(2)
        try await app.subscribe(Self.ann)
        #expect(try await app.active() == 1)
        let entries = try await app.audited(.forgiveSubscriber)
        #expect(entries.count == 2 && entries.allSatisfy { !$0.subject.contains("@") && $0.actor == "staff:Eva" })
    }

    @Test func `a row that a restored backup brings back goes before anything is served`() async throws {
        let app = try await TestApp.start()
        try await app.subscribe(Self.ann)
        try await app.unsubscribe(Self.ann, everything: true)
        try await app.put(Self.ann)
        try await app.put("bob@example.org")
        #expect(try await app.courant.subscriptions.honourFingerprints() == 1)
        #expect(try await !app.isThere(Self.ann))
        #expect(try await app.isThere("bob@example.org"))
    }
}

extension TestApp {
    /// By which lists the address asked not to be written to.
    fileprivate func kept(of address: String) async throws -> [Slug?] {
        let fingerprint = courant.keyring.fingerprint(of: try EmailAddress(address))
        return try await courant.store.read { try $0.fingerprints(fingerprint) }.map(\.list)
    }
}
