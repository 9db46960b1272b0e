import CourantTesting
import Foundation
import Mail
import Newsletter
import SQLStore
import Synchronization
import Testing
import Wiring

/// From one database to another and back: everything arrives, nothing is forgotten, and there is one that is served.
@Suite struct MoveTests {
    static let ways: [(Engine, Engine)] = [
        (.sqlite, .postgresql), (.postgresql, .sqlite), (.sqlite, .sqlite), (.postgresql, .postgresql),
    ]

    @Test(arguments: ways) func `everything arrives, and old links go on working`(
        _ here: Engine, _ there: Engine
    ) async throws {
        let receiver = try ReceiverStub()
        let told = try receiver.settings()
        let app = try await TestApp.start(on: here) { $0.eventReceiver = told }
        let links = try await app.furnish()
        let place = try await app.place(on: there)
        let tables = try await app.move(to: place)
        #expect(tables.filter { $0.rows == 0 }.map(\.table) == [])
        // Whoever adds a table says in `MovedTable` how it is moved.
        let own: Set = ["installation", "ledger", "migration", "instance", "probe"]
        #expect(own.union(tables.map(\.table)) == Set(Schema.columns.keys))
        let next = try await app.restart(at: place)
        try await expectLinksWork(links, next)
        #expect(try await next.audited(.moveHouse).map(\.actor) == ["host"])
        #expect(try await next.courant.audit.verify().flaw == nil)
    }

    private func expectLinksWork(_ links: TestApp.Links, _ app: TestApp) async throws {
        let courant = app.courant
        #expect(try await courant.staff.signIn(links.staff)?.name == "Pia")
        #expect(try await courant.rights.held(links.privacy).subscriptions.count == 1)
        #expect(try await courant.retention.keep(links.keep)?.list.slug.text == "news")
        _ = try await courant.subscriptions.confirm(links.confirm)
        #expect(try await app.isThere("new@example.org"))
        #expect(try await !app.isThere("fay@example.org"))
        let unsubscribe = try #require(courant.subscriptions.link(links.unsubscribe.text))
        try await courant.subscriptions.unsubscribe(unsubscribe, everything: false)
        #expect(try await !app.isThere("ann@example.org"))
        try await courant.subscriptions.unsubscribe(links.gone, everything: false)
        let isBarred = try await courant.store.read {
            try $0.hasFingerprint(courant.keyring.fingerprint(of: .init("gus@example.org")), on: nil)
        }
        #expect(isBarred)
    }

    @Test(arguments: ways) func `a campaign that was going out goes on, and what the dead had claimed is due`(
        _ here: Engine, _ there: Engine
    ) async throws {
        let app = try await TestApp.start(on: here)
        let links = try await app.furnish()
        let place = try await app.place(on: there)
        try await app.move(to: place)
        let next = try await app.restart(at: place)
        try await next.deliverAllMail()
        let standing = try await next.courant.campaigns.show(links.campaign)
        let issues = next.relay.mails(to: "eve@example.org").count + next.relay.mails(to: "dan@example.org").count
        #expect(standing.progress.recipients == 4 && issues >= 1, "\(standing.campaign)")
        for address in ["late@example.org", "soon@example.org"] {
            #expect(next.relay.mails(to: address).count == 1, "\(address)")
        }
        let left = try await next.courant.store.read { try $0.deliveries(of: links.campaign) }
        #expect(left == [.refused: 1, .inDoubt: 1])
    }

    @Test func `there and back again it is the same, and numbers go on where they were`() async throws {
        let app = try await TestApp.start()
        _ = try await app.furnish()
        let (there, back) = (try await app.place(on: .postgresql), try await app.place(on: .sqlite))
        let first = try await app.move(to: there)
        let second = try await app.move(to: back, from: there)
        // Each move is a line of the audit.
        let own = ["audit", "audit_head"]
        #expect(first.filter { !own.contains($0.table) } == second.filter { !own.contains($0.table) })
        #expect(second.first { $0.table == "audit" }?.rows == first.first { $0.table == "audit" }.map { $0.rows + 1 })
        let next = try await app.restart(at: back)
        try await next.subscribe("zoe@example.org")
        try await next.unsubscribe("zoe@example.org")
        let last = try await next.courant.store.read { try $0.lastEntry() }
        #expect(last == 4)
        #expect(try await next.courant.audit.verify().flaw == nil)
    }

    /// The greatest number was given to somebody who has left.
    @Test(arguments: ways) func `no number is used twice`(_ here: Engine, _ there: Engine) async throws {
        let app = try await TestApp.start(on: here)
        try await app.subscribe("ann@example.org")
        try await app.subscribe("bo@example.org")
        try await app.unsubscribe("bo@example.org")
        let place = try await app.place(on: there)
        try await app.move(to: place)
        let next = try await app.restart(at: place)
        try await next.subscribe("cy@example.org")
        let places = try await next.courant.store.read { try $0.sealedPersons(after: 0, limit: 10).map(\.place) }
        #expect(places == [1, 3])
    }

    // MARK: Stopping

    struct Stop: Error {}

    /// Stops at the `count`th page, before anything behind it.
    static func stopping(at count: Int) -> Move.Watch {
        let pages = Atomic(0)
        return { _ in if pages.add(1, ordering: .relaxed).newValue >= count { throw Stop() } }
    }

    @Test(arguments: ways) func `it is stopped anywhere, and goes on where it was`(
        _ here: Engine, _ there: Engine
    ) async throws {
        let app = try await TestApp.start(on: here)
        let links = try await app.furnish()
        try await app.fill(5_100)
        let place = try await app.place(on: there)
        var (stops, tables): (Int, [MovedRows]?) = (0, nil)
        while tables == nil, stops < 40 {
            do {
                tables = try await app.move(to: place, watch: Self.stopping(at: 2 * stops + 1))
            } catch is Stop {
                stops += 1
                if stops % 5 == 1 {
                    #expect(app.opening(of: place).contains("was interrupted: run courantd move again"))
                }
            }
        }
        #expect(stops > 7 && tables?.first { $0.table == "subscription" }?.rows ?? 0 > 5_100)
        #expect(app.opening(of: app.courant.settings.store).contains("have moved to"))
        try await expectLinksWork(links, app.restart(at: place))
    }

    @Test(arguments: ways) func `where it was all but done neither side is served, and the same command ends it`(
        _ here: Engine, _ there: Engine
    ) async throws {
        let app = try await TestApp.start(on: here)
        let links = try await app.furnish()
        let (place, old) = (try await app.place(on: there), app.courant.settings.store)
        await #expect(throws: Stop.self) {
            try await app.move(to: place) { if $0.table == "installation" { throw Stop() } }
        }
        #expect(app.opening(of: place).contains("was interrupted") && app.opening(of: old).contains("have moved to"))
        let other = try await app.place(on: there)
        #expect(await app.refusal(to: other).contains("have moved to"))
        try await app.move(to: place)
        try await expectLinksWork(links, app.restart(at: place))
    }

    @Test(arguments: ways) func `what was used meanwhile is not gone on with`(
        _ here: Engine, _ there: Engine
    ) async throws {
        let app = try await TestApp.start(on: here)
        try await app.subscribe("ann@example.org")
        let place = try await app.place(on: there)
        await #expect(throws: Stop.self) { try await app.move(to: place, watch: Self.stopping(at: 4)) }
        let between = try await app.restart()
        try await between.courant.subscriptions.unsubscribe(
            app.unsubscribeLink("ann@example.org"), everything: false)
        #expect(await between.refusal(to: place).contains("was used since the move began"))
        // It may still be served, or be moved somewhere else.
        let free = try await between.place(on: there)
        try await between.move(to: free)
        #expect(try await !between.restart(at: free).isThere("ann@example.org"))
    }
}
