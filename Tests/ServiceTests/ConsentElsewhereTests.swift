import CourantAPI
import CourantTesting
import Foundation
import HTTPTypes
import HummingbirdTesting
import Mail
import Newsletter
import Rendering
import Testing
import Wiring

@testable import Web

/// People who consented before they came here.
@Suite struct ConsentElsewhereTests {
    private static let file = """
        email,name,confirmed_at,wording,policy
        ann@example.org,Ann,2025-04-03,Yes please,2024-1
        bob@example.org,,2025-05-01T10:15:00Z,,

        """

    @Test func `they are active at once, each with the day and what shows it`() async throws {
        let app = try await TestApp.start()
        #expect(try await app.move(Self.file) == ImportCounts(rows: 2, imported: 2))
        #expect(try await app.active() == 2)
        try await app.deliverAllMail()
        #expect(app.relay.mails.isEmpty)
        let held = try #require(try await app.find("ann@example.org").subscriptions.first)
        let consent = try #require(held.subscription.consent)
        #expect(held.subscription.basis == .consent && held.evidence?.text == TestApp.evidence)
        #expect(consent.confirmedAt == Date(timeIntervalSince1970: 1_743_638_400) && consent.policy == "2024-1")
        #expect(held.wording?.text == "Yes please" && held.subscription.lastActivity == consent.confirmedAt)
        try await app.launch()
        try await app.deliverAllMail()
        #expect(app.relay.mails.count == 2)
    }

    @Test func `page, exports and staff see where it was given, and the promise counts it`() async throws {
        let web = try await WebApp.start()
        try await web.app.move(Self.file)
        let link = try await web.app.privacyLink("bob@example.org").text
        for path in ["", "/export.json", "/export.csv"] {
            #expect(try await web.ask(.get, "/privacy/\(link)\(path)").text.contains(TestApp.evidence), "\(path)")
        }
        let page = try await web.ask(.get, "/privacy/\(link)").text
        #expect(page.contains("Consented elsewhere on") && !page.contains("SHA-256"))
        let pia = try await web.token("Pia", .privacy)
        let shown: ConsentsInfo = try await web.json("/api/v1/consents/show", #"{"address":"ann@example.org"}"#, pia)
            .decoded()
        #expect(shown.consents.first?.evidence == TestApp.evidence)
        let (lacking, elsewhere) = try await web.app.courant.store.read {
            (try $0.subscriptionsLackingConsent(), try $0.countConsentsElsewhere())
        }
        #expect(lacking == 0 && elsewhere == 2)
    }

    @Test func `the evidence is of this kind for ever, and goes with the last who rests on it`() async throws {
        let app = try await TestApp.start()
        try await app.move(Self.file)
        // Signing up again is no new consent: they are subscribed.
        try await app.signUp("bob@example.org")
        try await app.deliverAllMail()
        let bob = try await app.find("bob@example.org").subscriptions[0].subscription
        #expect(bob.consent?.isFromElsewhere == true && bob.state == .active)
        for address in ["ann@example.org", "bob@example.org"] {
            try await app.courant.rights.erase(.address(EmailAddress(address), by: .host))
        }
        try await app.move("email,confirmed_at\ncy@example.org,2025-01-01\n", evidence: "another")
        let id = try await app.upload("email\n", evidence: "never accepted").id
        try await app.courant.imports.abandon(id, by: TestApp.keeper)
        let hash = ConsentEvidence(TestApp.evidence, since: .now).hash
        let (old, new) = try await app.courant.store.read {
            (try $0.consentEvidence(hash), try $0.consentEvidence(ConsentEvidence("another", since: .now).hash))
        }
        #expect(old == nil && new?.text == "another")
    }

    @Test func `with the last who rests on it the evidence goes, wherever it stood`() async throws {
        let app = try await TestApp.start()
        try await app.move("email,confirmed_at\ncy@example.org,2025-01-01\n", evidence: "Form in our shop")
        try await app.courant.imports.work()
        #expect(try await !app.courant.store.read { try $0.hasUnusedEvidence() })
        try await app.courant.rights.erase(.address(EmailAddress("cy@example.org"), by: .host))
        #expect(try await app.courant.store.read { try $0.hasUnusedEvidence() })
        try await app.courant.imports.work()
        let hash = ConsentEvidence("Form in our shop", since: .now).hash
        let (kept, isLeft) = try await app.courant.store.read {
            (try $0.consentEvidence(hash), try $0.hasUnusedEvidence())
        }
        #expect(kept == nil && !isLeft)
        #expect(try await app.courant.imports.show(1).plan.elsewhere?.evidence == "")
    }

    @Test func `what stays readable holds no address`() async throws {
        let app = try await TestApp.start()
        for (source, evidence) in [("ask ann@example.org", TestApp.evidence), ("our fair", "ann@example.org said so")] {
            await #expect(throws: Refusal.self) { try await app.upload("", source: source, evidence: evidence) }
        }
        let opened = try await app.upload("", evidence: TestApp.evidence)
        let file = "email,confirmed_at,evidence\nbo@example.org,2025-06-01,ask bo@example.org\n"
        let part = try await app.courant.imports.take(Array(file.utf8), part: 1, of: opened.id, by: "Eva")
        #expect(part.problems.lines.map(\.fault) == [.consentText])
    }

    @Test func `when they were asked is said only where it is known`() async throws {
        let app = try await TestApp.start()
        try await app.move(
            "email,confirmed_at,asked_at\nann@example.org,2025-01-02,2025-01-01\nbo@example.org,2025-01-02,\n")
        for (address, isKnown) in [("ann@example.org", true), ("bo@example.org", false)] {
            let consent = try await app.find(address).subscriptions[0].subscription.consent
            #expect((consent?.knownAskedAt != nil) == isKnown, "\(address)")
        }
    }

    private static let bad: [(String, ImportFault)] = [
        ("email\nann@example.org\n", .noConsentDay), ("email,confirmed_at\nann@example.org,\n", .noConsentDay),
        ("email,confirmed_at\nann@example.org,2026-02-01\n", .consentFuture),
        ("email,confirmed_at\nann@example.org,03.04.2025\n", .consentDay),
        ("email,confirmed_at\nann@example.org,2024-01-01\n", .consentTooOld),
        ("email,confirmed_at,state\nann@example.org,2025-06-01,pending\n", .state),
        ("email,confirmed_at,policy\nann@example.org,2025-06-01,\(String(repeating: "1", count: 41))\n", .consentText),
    ]

    @Test(arguments: bad) func `a line without a day that can be shown is refused`(
        _ file: String, _ fault: ImportFault
    ) async throws {
        let app = try await TestApp.start()
        try await app.keep(RetentionRules(terms: [.subscriber: 700]))
        let opened = try await app.upload("", evidence: TestApp.evidence)
        let part = try await app.courant.imports.take(Array(file.utf8), part: 1, of: opened.id, by: "Eva")
        #expect(part.problems.lines.map(\.fault) == [fault] && part.rows == 0)
        await #expect(throws: Refusal.self) {
            try await app.courant.imports.accept(opened.id, expecting: 0, by: TestApp.keeper)
        }
    }

    @Test func `who has done something since is kept by that, as the term counts`() async throws {
        let app = try await TestApp.start()
        try await app.keep(RetentionRules(terms: [.subscriber: 365]))
        let counts = try await app.move("email,confirmed_at,last_contact\nann@example.org,2020-01-01,2025-12-01\n")
        #expect(counts.imported == 1)
        app.passDays(320)
        #expect(try await app.courant.retention.sweep().ended == 0)
        app.passDays(20)
        #expect(try await app.courant.retention.sweep().ended == 1)
    }

    @Test func `who left, or is on the list, is passed over; who is restricted stays so`() async throws {
        let app = try await TestApp.start()
        try await app.subscribe("ann@example.org")
        try await app.subscribe("bob@example.org")
        try await app.unsubscribe("bob@example.org", everything: true)
        let file =
            "email,confirmed_at,state\nann@example.org,2025-04-03,\nbob@example.org,2025-04-03,active\n"
            + "cy@example.org,2025-04-03,restricted\n"
        let counts = try await app.move(file)
        #expect(counts == ImportCounts(rows: 3, imported: 1, known: 1, blocked: 1))
        #expect(try await app.find("ann@example.org").subscriptions[0].subscription.consent?.isFromElsewhere == false)
        #expect(try await app.find("cy@example.org").subscriptions[0].subscription.state == .restricted)
        #expect(try await app.active() == 1)
    }

    @Test func `whoever accepts says how many, and a second person where two must agree`() async throws {
        let app = try await TestApp.start { $0.approval = .secondPerson }
        let (imports, id) = (app.courant.imports, try await app.upload(Self.file, evidence: TestApp.evidence).id)
        for rows in [nil, 3] {
            await #expect(throws: Refusal.rowsChanged(expected: rows, actual: 2)) {
                try await imports.accept(id, expecting: rows, by: TestApp.keeper)
            }
        }
        #expect(try await imports.accept(id, expecting: 2, by: TestApp.keeper).state == .proposed)
        try await imports.work()
        #expect(try await app.active() == 0)
        await #expect(throws: Refusal.ownImport(from: [])) {
            try await imports.approve(id, expecting: 2, by: TestApp.keeper)
        }
        let pia = StaffMember(
            name: "Pia", role: .privacy, createdAt: .distantPast, expiresAt: .distantFuture, lastUsed: nil)
        await #expect(throws: Refusal.self) { try await imports.approve(id, expecting: 1, by: pia) }
        #expect(try await imports.approve(id, expecting: 2, by: pia).approvedBy == "Pia")
        try await imports.work()
        #expect(try await app.active() == 2)
        #expect(try await app.audited(.approveImport).map(\.actor) == ["staff:Pia"])
        let brought = try await app.audited(.importSubscribers)
        #expect(
            brought.count == 1 && brought[0].result.contains("consent=elsewhere")
                && brought[0].result.hasSuffix("proposed"))
    }

    @Test func `what nobody agrees to within a week is thrown away`() async throws {
        let app = try await TestApp.start { $0.approval = .secondPerson }
        let id = try await app.upload(Self.file, evidence: TestApp.evidence).id
        _ = try await app.courant.imports.accept(id, expecting: 2, by: TestApp.keeper)
        app.passDays(6)
        try await app.courant.imports.work()
        #expect(try await app.courant.imports.show(id).state == .proposed)
        app.passDays(1, and: .seconds(1))
        try await app.courant.imports.work()
        await #expect(throws: Refusal.notFound(.import)) { try await app.courant.imports.show(id) }
    }

    @Test func `those whom staff put on the list void an approval, whatever they consented to`() async throws {
        let app = try await TestApp.start()
        let before = app.clock.wall.now()
        app.clock.advance(.seconds(1))
        try await app.move(Self.file)
        let slug = try #require(Slug("news"))
        let list = try await app.courant.lists.show(slug).list
        let newcomers = try await app.courant.store.read { try $0.countNewcomers(on: list, since: before) }
        #expect(newcomers == Newcomers(all: 2, putIn: 2))
    }

    @Test func `they may go onto a list of legitimate interest, and leave it without a trace`() async throws {
        let app = try await TestApp.start()
        try await app.createList("partners", basis: .legitimateInterest)
        try await app.move("email,confirmed_at\nann@example.org,2025-12-01\n", onto: "partners")
        let ann = try await app.find("ann@example.org").subscriptions[0].subscription
        #expect(ann.basis == .consent && ann.state == .active && !ann.leavesFingerprint)
        await #expect(throws: Refusal.self) {
            try await app.upload("", onto: "partners", basis: .legitimateInterest, evidence: "x")
        }
    }
}

/// A file in parts, whatever is in it.
@Suite struct UploadTests {
    @Test func `a part that is sent twice counts once, and none may be missing`() async throws {
        let app = try await TestApp.start()
        let imports = app.courant.imports
        let id = try await app.upload("email\nann@example.org\nbob@example.org\n").id
        let again = try await imports.take(Array("email\nann@example.org\nx\n".utf8), part: 1, of: id, by: "Eva")
        #expect(again.rows == 0 && again.problems.total == 1)
        await #expect(throws: Refusal.self) { try await imports.take([], part: 3, of: id, by: "Eva") }
        let second = try await imports.take(
            Array("email\nANN@example.org\ncy@example.org\n".utf8), part: 2, of: id, by: "Eva")
        #expect(second.rows == 1 && second.duplicates == 1)
        let seen = try await imports.look(id, by: "Eva").counts
        #expect(seen == ImportCounts(rows: 3, duplicates: 1, imported: 3))
        await #expect(throws: Refusal.notFound(.import)) {
            try await imports.take(Array("email\ndi@example.org\n".utf8), part: 3, of: id, by: "Bob")
        }
    }

    @Test func `the same key finds what was begun, and what was done`() async throws {
        let app = try await TestApp.start()
        let first = try await app.upload("email\nann@example.org\n", key: "k")
        let again = try await app.upload("", key: "k")
        #expect(again.id == first.id && again.parts == 1)
        await #expect(throws: Refusal.idempotencyKeyReused) { try await app.upload("", source: "another", key: "k") }
        _ = try await app.courant.imports.accept(first.id, expecting: nil, by: TestApp.keeper)
        try await app.courant.imports.work()
        #expect(try await app.upload("", key: "k").state == .done)
        app.passDays(1, and: .seconds(1))
        #expect(try await app.upload("", key: "k").id != first.id)
    }

    @Test func `bad lines are left out where that is asked for, and counted`() async throws {
        let app = try await TestApp.start()
        let file = "email\nann@example.org\nnonsense\nbob@example.org\n"
        let strict = try await app.upload(file).id
        await #expect(throws: Refusal.self) {
            try await app.courant.imports.accept(strict, expecting: 2, by: TestApp.keeper)
        }
        let lenient = try await app.upload(file, skipsBad: true).id
        let accepted = try await app.courant.imports.accept(lenient, expecting: 2, by: TestApp.keeper)
        #expect(accepted.counts.invalid == 1)
        try await app.courant.imports.work()
        #expect(try await app.courant.imports.show(lenient).counts.imported == 2)
        #expect(try await app.audited(.importSubscribers).last?.result.contains("skipped=1") == true)
    }

    @Test func `an upload that nobody goes on with is thrown away, an hour after its latest part`() async throws {
        let app = try await TestApp.start()
        let id = try await app.upload("email\nann@example.org\n").id
        app.clock.advance(.seconds(3_000))
        _ = try await app.courant.imports.take(Array("email\nbob@example.org\n".utf8), part: 2, of: id, by: "Eva")
        app.clock.advance(.seconds(3_000))
        try await app.courant.imports.work()
        #expect(try await app.courant.imports.show(id).parts == 2)
        app.clock.advance(.seconds(601))
        try await app.courant.imports.work()
        await #expect(throws: Refusal.notFound(.import)) { try await app.courant.imports.show(id) }
    }

    @Test func `two imports at once each bring their own`() async throws {
        let app = try await TestApp.start()
        let one = try await app.upload("email\nann@example.org\nbob@example.org\n").id
        let two = try await app.upload("email\nbob@example.org\ncy@example.org\n", source: "the other fair").id
        for id in [two, one] { _ = try await app.courant.imports.accept(id, expecting: 2, by: TestApp.keeper) }
        try await app.courant.imports.work()
        let counts = [
            try await app.courant.imports.show(one).counts, try await app.courant.imports.show(two).counts,
        ]
        #expect(counts[0].imported == 2 && counts[1].imported == 1 && counts[1].known == 1)
    }

    @Test func `by HTTP it is the same, and bad input has its answer`() async throws {
        let web = try await WebApp.start()
        var staff = try await web.token("Pia", .privacy)
        let order =
            #"{"list":"news","basis":"consent","source":"x","confirmed":true,"evidence":"y","confirmed_at":"2025-05-01"}"#
        #expect(try await web.json("/api/v1/uploads", order, staff).status == .badRequest)
        staff[.idempotencyKey] = "k"
        for wrong in [
            order.replacing("2025-05-01", with: "1.5.2025"), order.replacing("\"y\"", with: "\" \""),
            order.replacing("2025-05-01", with: "2027-05-01"), order.replacing("news", with: "none"),
        ] {
            let status = try await web.json("/api/v1/uploads", wrong, staff).status
            #expect(status == .unprocessableContent || status == .notFound, "\(wrong)")
        }
        let opened: ImportInfo = try await web.json("/api/v1/uploads", order, staff).decoded()
        let path = "/api/v1/uploads/\(opened.id ?? "")"
        staff[.contentType] = "text/csv"
        let part: PartInfo = try await web.ask(
            .put, "\(path)/parts/1", staff, Array("email\nann@example.org\nx\n".utf8)
        ).decoded()
        #expect(part.rows == 1 && part.problems.map(\.field) == ["line 3"])
        #expect(try await web.ask(.put, "\(path)/parts/0", staff, []).status == .notFound)
        let tooLong = Array(repeating: UInt8(ascii: "x"), count: UploadRoutes.longestPart + 1)
        #expect(try await web.ask(.put, "\(path)/parts/2", staff, tooLong).status == .contentTooLarge)
        #expect(try await web.json("\(path)/accept", #"{"expect_rows":1}"#, staff).status == .unprocessableContent)
        let seen: ImportInfo = try await web.ask(.get, path, staff).decoded()
        #expect(seen.state == "reading" && seen.rows == 1 && seen.invalid == 1 && seen.evidence == "y")
        #expect(try await web.ask(.delete, path, staff).status == .noContent)
        #expect(try await web.ask(.get, path, staff).status == .notFound)
    }
}
