import CourantAPI
import CourantTesting
import Foundation
import HTTPTypes
import HummingbirdTesting
import Mail
import Newsletter
import Rendering
import SQLStore
import Testing
import Wiring

@testable import Web

/// Versions of the policy, and telling everybody of them.
@Suite struct PolicyTests {
    static func text(_ version: String, _ effective: String, _ body: String = "## What we store") throws -> PolicyText {
        try PolicyText("---\nversion: \"\(version)\"\neffective: \(effective)\n---\n\(body)\n")
    }

    /// The clock stands at 2026-01-06; the seed is for November.
    static func publish(_ app: TestApp, _ version: String, _ effective: String) async throws {
        _ = try await app.courant.policies.publish(text(version, effective), isMaterial: true, by: .staff("Eva"))
    }

    @Test func `the settings' file is the first version, once`() async throws {
        let app = try await TestApp.start()
        try await app.courant.begin()
        let board = try await app.courant.policies.board()
        #expect(board.inForce?.version == "1" && board.all.count == 1 && board.inForce?.hash.count == 64)
    }

    @Test func `each day has its version in force, the earlier and the coming ones`() async throws {
        let app = try await TestApp.start()
        try await Self.publish(app, "2", "2026-12-01")
        try await Self.publish(app, "3", "2027-01-01")
        for (day, current, upcoming, earlier) in [
            ("2026-11-30", "1", ["2", "3"], []), ("2026-12-01", "2", ["3"], ["1"]),
            ("2027-06-01", "3", [], ["2", "1"]),
        ] {
            app.clock.set(try Date("\(day)T00:00:01Z", strategy: .iso8601))
            let board = try await app.courant.policies.board()
            #expect(board.inForce?.version == current, "\(day)")
            #expect(board.upcoming.map(\.version) == upcoming && board.earlier.map(\.version) == earlier)
        }
    }

    @Test func `a policy of the past or of a known version is refused with what to do`() async throws {
        let app = try await TestApp.start()
        await #expect(throws: Refusal.taken(.policy, "1")) { try await Self.publish(app, "1", "2026-12-01") }
        do {
            try await Self.publish(app, "2", "2026-01-05")
            Issue.record("published")
        } catch Refusal.invalid(let field, let problem) {
            #expect(field == "effective" && problem.contains("Name a later day"))
        }
        try await Self.publish(app, "2", "2026-01-06")
    }

    @Test(
        arguments: [
            ("", nil, PolicyText.Problem.frontMatter), ("# Text", nil, .frontMatter),
            ("---\nversion: \"2\"\n---\nText", nil, .frontMatter),
            ("---\neffective: 2026-12-01\n---\nText", nil, .version),
            ("---\nversion: a/b\neffective: 2026-12-01\n---\nText", nil, .version),
            ("---\nversion: \"2\"\neffective: 2026-02-30\n---\nText", nil, .day("2026-02-30")),
            ("---\nversion: \"2\"\neffective: soon\n---\nText", nil, .day("soon")),
            ("---\nversion: \"2\"\n---\nText", "1.12.2026", .day("1.12.2026")),
            ("---\nversion: \"2\"\neffective: 2026-12-01\n---\n  \n", nil, .empty),
            (
                "---\nversion: \"2\"\neffective: 2026-12-01\n---\nText", "2026-12-02",
                .otherDay(file: "2026-12-01", asked: "2026-12-02")
            ),
            ("---\n" + String(repeating: "x", count: 300_000), nil, .tooLong),
        ] as [(String, String?, PolicyText.Problem)])
    func `a file that is none says why`(_ source: String, _ effective: String?, _ problem: PolicyText.Problem) {
        #expect(throws: problem) { try PolicyText(source, effective: effective) }
    }

    // MARK: Telling

    @Test func `everybody active is told once, in their language, with a way to leave`() async throws {
        let app = try await TestApp.start()
        try await app.createList("events", title: "Events")
        try await app.subscribe("ann@example.org", lists: ["news", "events"])
        try await app.subscribe("bo@example.org", lists: ["events"])
        try await app.signUp("pending@example.org")
        try await app.deliverAllMail()
        try await Self.publish(app, "2", "2026-12-01")
        let before = app.relay.mails.count
        let standing = try await app.courant.policies.notify(nil, expectReaders: 2, by: .staff("Eva"))
        #expect(standing.notice?.progress.recipients == 3 && standing.policy.version == "2")
        #expect(try await app.deliverAllMail() == 2)
        let told = app.relay.mails.dropFirst(before)
        #expect(Set(told.map(\.recipient)) == ["ann@example.org", "bo@example.org"])
        for mail in told {
            #expect(mail.text.contains("https://news.example.org/policy/2") && mail.text.contains("1 December 2026"))
            #expect(mail.header("List-Unsubscribe-Post") != nil)
        }
        let notice = try #require(try await app.courant.policies.all().policies[0].notice)
        #expect(notice.campaign.state == .sent && notice.progress.recipients == 2 && notice.progress.accepted == 2)
        // Asking again tells nobody twice.
        _ = try await app.courant.policies.notify("2", expectReaders: nil, by: .staff("Eva"))
        #expect(try await app.deliverAllMail() == 0)
    }

    @Test func `who leaves all lists meanwhile gets none; who leaves one still gets one`() async throws {
        let app = try await TestApp.start()
        try await app.createList("events", title: "Events")
        try await app.subscribe("ann@example.org", lists: ["news", "events"])
        try await app.subscribe("bo@example.org", lists: ["news", "events"])
        let (ann, bo) = (try app.unsubscribeLink("ann@example.org"), try app.unsubscribeLink("bo@example.org"))
        try await Self.publish(app, "2", "2026-12-01")
        let before = app.relay.mails.count
        app.relay.hold()
        let id = try #require(
            try await app.courant.policies.notify(nil, expectReaders: nil, by: .host).notice?.campaign.id)
        async let delivering = app.deliverAllMail()
        try await app.until { app.relay.isHolding }
        try await app.courant.subscriptions.unsubscribe(ann, everything: true)
        try await app.courant.subscriptions.unsubscribe(bo, everything: false)
        app.relay.release()
        _ = try await delivering
        _ = try await app.deliverAllMail()
        let told = app.relay.mails.dropFirst(before)
        #expect(told.map(\.recipient) == ["bo@example.org"])
        let progress = try await app.courant.campaigns.show(id).progress
        #expect(progress.accepted == 1 && progress.withdrawn == 1 && progress.recipients == 2 && progress.left == 0)
    }

    @Test func `who has got it and leaves that list is not told again on the other`() async throws {
        let app = try await TestApp.start()
        try await app.createList("events", title: "Events")
        try await app.subscribe("ann@example.org", lists: ["news", "events"])
        try await app.fill(1500)
        let seqs = try await app.courant.store.read { try $0.countReaders() }
        #expect(seqs == 1501)
        try await Self.publish(app, "2", "2026-12-01")
        _ = try await app.courant.policies.notify(nil, expectReaders: nil, by: .host)
        try await app.deliverAllMail()
        try await app.unsubscribe("ann@example.org")
        try await app.deliverAllMail()
        let told = app.relay.mails(to: "ann@example.org").filter { $0.text.contains("/policy/2") }
        #expect(told.count == 1)
    }

    @Test func `after a crash it goes on with nobody missed, and sign-ups are not held up`() async throws {
        let app = try await TestApp.start()
        try await app.fill(2000)
        try await Self.publish(app, "2", "2026-12-01")
        _ = try await app.courant.policies.notify(nil, expectReaders: nil, by: .host)
        app.relay.hold()
        let first = Task { try? await app.deliverAllMail() }
        try await app.until { app.relay.isHolding }
        // The process dies with a window's mails claimed and unanswered.
        let next = try await app.restart()
        try await next.signUp("new@example.org")
        _ = try await next.deliverAllMail()
        let mails = next.relay.mails
        #expect(mails.filter { $0.text.contains("/policy/2") }.count == 2000)
        #expect(Set(mails.map(\.recipient)).count == 2001)
        let place = try #require(mails.firstIndex { $0.recipient == "new@example.org" })
        #expect(place < 512)
        app.relay.release()
        first.cancel()
    }

    @Test func `with nobody on any list there is nobody to tell`() async throws {
        let app = try await TestApp.start()
        await #expect(throws: Refusal.noRecipients) {
            try await app.courant.policies.notify(nil, expectReaders: nil, by: .host)
        }
        await #expect(throws: Refusal.notFound(.policy)) {
            try await app.courant.policies.notify("7", expectReaders: nil, by: .host)
        }
        try await app.subscribe("ann@example.org")
        await #expect(throws: Refusal.recipientsChanged(expected: 7, actual: 1)) {
            try await app.courant.policies.notify(nil, expectReaders: 7, by: .host)
        }
    }

    // MARK: On the page

    @Test func `pages show the one in force, the earlier and the coming ones`() async throws {
        let web = try await WebApp.start()
        try await Self.publish(web.app, "2", "2026-12-01")
        #expect(try await web.ask(.get, "/policy").has("href=\"/policy/2\""))
        let coming = try await web.ask(.get, "/policy/2?locale=nb")
        #expect(coming.has("gjelder ikke ennå") && coming.has("href=\"/policy?locale=nb\""))
        #expect(try await web.ask(.get, "/").has("(version 1 of 1\u{A0}November\u{A0}2026)"))
        web.app.clock.set(try Date("2026-12-01T00:00:01Z", strategy: .iso8601))
        #expect(try await web.ask(.get, "/policy/1").has("no longer counts"))
        #expect(try await web.ask(.get, "/").has("(version 2 of 1\u{A0}December\u{A0}2026)"))
        for path in ["/policy/9", "/policy/..", "/policy/%00", "/policy/" + String(repeating: "x", count: 300)] {
            #expect(try await web.ask(.get, path).status == .notFound, "\(path)")
        }
    }

    @Test func `staff publish, look and tell by the API`() async throws {
        let web = try await WebApp.start()
        try await web.app.subscribe("ann@example.org")
        var pia = try await web.token("Pia", .privacy)
        let source = ##"{"source":"---\nversion: \"2\"\n---\n## New","effective":"2026-12-01","is_material":true}"##
        let made = try await web.json("/api/v1/policies", source, pia)
        let policy: PolicyInfo = try made.decoded()
        #expect(made.status == .created && policy.state == "upcoming" && policy.publishedBy == "Pia")
        #expect(try await web.json("/api/v1/policies", source, pia).problem?.word == "conflict")
        let past = source.replacing("2026-12-01", with: "2020-01-01").replacing("\\\"2\\\"", with: "x")
        #expect(try await web.json("/api/v1/policies", past, pia).status == .unprocessableContent)
        pia[.idempotencyKey] = "k"
        let told: PolicyInfo = try await web.json("/api/v1/policies/2/notify", #"{"expect_readers":1}"#, pia).decoded()
        #expect(told.notice?.state == "sending")
        try await web.app.deliverAllMail()
        let all: PoliciesInfo = try await web.ask(.get, "/api/v1/policies", pia).decoded()
        #expect(
            all.readers == 1 && all.policies.map(\.version) == ["2", "1"] && all.policies[0].notice?.state == "sent")
        let entries = try await web.app.courant.store.read { try $0.auditEntries(from: 1, limit: 100) }
        #expect(
            entries.map(\.action).filter { $0.hasPrefix("policy.") } == [
                "policy.publish", "policy.notify",
            ])
    }
}
