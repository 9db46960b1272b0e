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

/// Never-again people of another tool.
@Suite struct BlockTests {
    private static func stage(
        _ app: TestApp, _ file: String, from slug: String? = nil, skipsBad: Bool = false,
        key: String = UUID().uuidString
    ) async throws -> Block {
        let order = BlockOrder(list: slug.flatMap { Slug($0) }, source: "Mailchimp, those who left", skipsBad: skipsBad)
        let opened = try await app.courant.blocks.open(order, by: "Eva", key: key)
        _ = try await app.courant.blocks.take(Array(file.utf8), part: 1, of: opened.id, by: "Eva")
        return try await app.courant.blocks.show(opened.id)
    }

    private static func block(
        _ app: TestApp, _ file: String, from slug: String? = nil, leaving: Int? = nil
    ) async throws -> BlockCounts {
        let staged = try await stage(app, file, from: slug)
        _ = try await app.courant.blocks.accept(
            staged.id, expecting: staged.counts.rows, leaving: leaving, by: TestApp.keeper)
        try await app.courant.blocks.work()
        return try await app.courant.blocks.show(staged.id).counts
    }

    @Test func `they become fingerprints, leave every list, and come back by no file or form`() async throws {
        let app = try await TestApp.start()
        try await app.createList("events")
        try await app.subscribe("ann@example.org", lists: ["news", "events"])
        try await app.subscribe("bob@example.org")
        let counts = try await Self.block(app, "email\nANN@example.org\ncy@example.org\nann@example.org\n")
        #expect(counts == BlockCounts(rows: 2, duplicates: 1, blocked: 2, leaving: 2))
        #expect(try await !app.isThere("ann@example.org"))
        #expect(try await app.isThere("bob@example.org"))
        let sent = app.relay.mails.count
        try await app.signUp("ann@example.org")
        try await app.deliverAllMail()
        #expect(app.relay.mails.count == sent)
        let file = "email,confirmed_at\nann@example.org,2025-12-01\ncy@example.org,2025-12-01\n"
        #expect(try await app.move(file) == ImportCounts(rows: 2, blocked: 2))
        #expect(try await app.courant.rights.forgive(EmailAddress("ann@example.org"), by: .host))
        #expect(try await app.move(file).imported == 1)
    }

    @Test func `from one list alone, the others stay`() async throws {
        let app = try await TestApp.start()
        try await app.createList("events")
        try await app.subscribe("ann@example.org", lists: ["news", "events"])
        #expect(try await Self.block(app, "email\nann@example.org\n", from: "news").leaving == 1)
        let left = try await app.find("ann@example.org")
        #expect(left.subscriptions.map(\.subscription.list.slug.text) == ["events"])
        #expect(left.fingerprints.map { $0.list?.text } == ["news"])
        let again = try await Self.block(app, "email\nann@example.org\n", from: "news")
        #expect(again == BlockCounts(rows: 1, known: 1))
    }

    @Test func `nothing has happened before somebody says how many, and twice where many leave`() async throws {
        let app = try await TestApp.start()
        try await app.fill(100)
        let file = "email\n" + (0..<20).map { "reader\($0)@example.org\n" }.joined()
        let (blocks, staged) = (app.courant.blocks, try await Self.stage(app, file))
        let forecast = try await blocks.look(staged.id, by: "Eva").1
        #expect(forecast == BlockForecast(known: 0, leaving: 20, population: 100) && forecast.isMany)
        try await blocks.work()
        #expect(try await app.active() == 100)
        await #expect(throws: Refusal.rowsChanged(expected: 19, actual: 20)) {
            try await blocks.accept(staged.id, expecting: 19, leaving: nil, by: TestApp.keeper)
        }
        for leaving in [nil, 19] {
            await #expect(throws: Refusal.manyLeave(expected: leaving, actual: 20, of: 100)) {
                try await blocks.accept(staged.id, expecting: 20, leaving: leaving, by: TestApp.keeper)
            }
        }
        _ = try await blocks.accept(staged.id, expecting: 20, leaving: 20, by: TestApp.keeper)
        try await blocks.work()
        #expect(try await app.active() == 80)
        let entries = try await app.audited(.blockSubscribers)
        #expect(
            entries.count == 1 && entries[0].result == "block=1 rows=20 leaving=20" && entries[0].actor == "staff:Eva")
    }

    @Test func `who is blocked while a campaign goes out gets none of it`() async throws {
        let app = try await TestApp.start()
        try await app.subscribe("ann@example.org")
        try await app.subscribe("bob@example.org")
        let sent = app.relay.mails.count
        try await app.launch()
        _ = try await Self.block(app, "email\nann@example.org\n")
        try await app.deliverAllMail()
        #expect(app.relay.mails.count == sent + 1 && app.relay.mails.last?.recipient == "bob@example.org")
    }

    @Test func `a bad line stops it unless it is left out, and what nobody accepts is thrown away`() async throws {
        let app = try await TestApp.start()
        let file = "email,name\nann@example.org,Ann\nnonsense,\n"
        let strict = try await Self.stage(app, file)
        #expect(strict.counts == BlockCounts(rows: 1, invalid: 1))
        await #expect(throws: Refusal.self) {
            try await app.courant.blocks.accept(strict.id, expecting: 1, leaving: nil, by: TestApp.keeper)
        }
        let lenient = try await Self.stage(app, file, skipsBad: true)
        _ = try await app.courant.blocks.accept(lenient.id, expecting: 1, leaving: nil, by: TestApp.keeper)
        app.clock.advance(.seconds(3_601))
        try await app.courant.blocks.work()
        #expect(try await app.courant.blocks.show(lenient.id).state == .done)
        await #expect(throws: Refusal.notFound(.block)) { try await app.courant.blocks.show(strict.id) }
    }

    @Test func `a crash only interrupts it`() async throws {
        let app = try await TestApp.start()
        let file = "email\n" + (0..<500).map { "p\($0)@example.org\n" }.joined()
        let staged = try await Self.stage(app, file)
        _ = try await app.courant.blocks.accept(staged.id, expecting: 500, leaving: nil, by: TestApp.keeper)
        let half = Task { try await app.courant.blocks.work() }
        half.cancel()
        _ = try? await half.value
        let next = try await app.restart()
        try await next.courant.blocks.work()
        let done = try await next.courant.blocks.show(staged.id)
        #expect(done.state == .done && done.counts.blocked + done.counts.known == 500)
    }

    @Test func `by HTTP it is the same`() async throws {
        let web = try await WebApp.start()
        try await web.app.subscribe("ann@example.org")
        var staff = try await web.token("Pia", .privacy)
        staff[.idempotencyKey] = "k"
        let opened: BlockInfo = try await web.json("/api/v1/blocks", #"{"source":"x","list":"news"}"#, staff).decoded()
        let path = "/api/v1/blocks/\(opened.id)"
        #expect(
            try await web.json("/api/v1/blocks", #"{"source":"y","list":"news"}"#, staff).status
                == .unprocessableContent)
        staff[.contentType] = "text/csv"
        #expect(try await web.ask(.put, "\(path)/parts/1", staff, Array("email\nann@example.org\n".utf8)).status == .ok)
        let seen: BlockInfo = try await web.ask(.get, path, staff).decoded()
        #expect(seen.leaving == 1 && seen.population == 1 && seen.isMany == false && seen.blocked == 1)
        #expect(try await web.json("\(path)/accept", #"{"expect_rows":2}"#, staff).problem?.word == "rows-changed")
        #expect(try await web.json("\(path)/accept", #"{"expect_rows":1}"#, staff).status == .accepted)
        try await web.app.courant.blocks.work()
        let done: BlockInfo = try await web.ask(.get, path, staff).decoded()
        #expect(done.state == "done" && done.leaving == 1)
        #expect(try await web.ask(.delete, path, staff).status == .notFound)
    }
}
