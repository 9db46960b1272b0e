import CourantTesting
import Foundation
import GRDB
import Newsletter
import SQLStore
import Testing
import Wiring

/// What is not moved, what is not served, and who stays away.
@Suite(.ofTheFile) struct MoveRefusalTests {
    @Test(arguments: MoveTests.ways) func `what has moved away is not served again, nor moved, nor moved onto`(
        _ here: Engine, _ there: Engine
    ) async throws {
        let app = try await TestApp.start(on: here)
        try await app.subscribe("ann@example.org")
        let (old, new) = (app.courant.settings.store, try await app.place(on: there))
        try await app.move(to: new)
        let words = app.opening(of: old)
        #expect(words.contains("have moved to") && words.contains("point store.url there"), "\(words)")
        #expect(await app.refusal(to: try app.place(on: there)).contains("have moved to"))
        let onto = await app.refusal(to: old, from: new)
        #expect(onto.contains("is the old copy") && onto.contains("then run courantd move again"), "\(onto)")
        try await app.restart(at: new).stop()
    }

    @Test(arguments: MoveTests.ways) func `nothing is moved that is served, or onto anything`(
        _ here: Engine, _ there: Engine
    ) async throws {
        let (app, other) = (try await TestApp.start(on: here), try await TestApp.start(on: there))
        let (settings, place) = (app.courant.settings, other.courant.settings.store)
        func refusal(to place: StoreAddress) async -> String {
            do {
                _ = try await Courant.move(from: settings.store, to: place, settings: settings)
                return "moved"
            } catch {
                return "\(error)"
            }
        }
        let free = try await app.place(on: there)
        let served = await refusal(to: free)
        #expect(served.contains("stop it first") || served.contains("stop every one"), "\(served)")
        try await app.stop()
        if there == .sqlite { #expect(await refusal(to: place).contains("stop it first")) }
        try await other.stop()
        #expect(await refusal(to: place).contains("holds records already"))
        #expect(await refusal(to: settings.store).contains("both where the records are"))
        #expect(await refusal(to: free) == "moved")
    }

    @Test func `nothing comes of nothing`() async throws {
        let app = try await TestApp.start()
        let nowhere = StoreAddress.sqlite(path: app.directory.appending(path: "nowhere.db").path)
        let (place, empty) = (try await app.place(on: .sqlite), try await app.place(on: .postgresql))
        #expect(await app.refusal(to: place, from: nowhere).contains("There is no database of Courant's"))
        #expect(await app.refusal(to: place, from: empty).contains("There is no database of Courant's"))
        let foreign = app.directory.appending(path: "foreign.db").path
        try await DatabaseQueue(path: foreign).write { try $0.execute(sql: "CREATE TABLE cat (name TEXT)") }
        #expect(
            await app.refusal(to: place, from: .sqlite(path: foreign)).contains("There is no database of Courant's"))
        #expect(await app.refusal(to: .sqlite(path: foreign)).contains("other tables (cat)"))
    }

    @Test func `another's keys, a later version's schema and a ledger of others are told`() async throws {
        let app = try await TestApp.start()
        let stranger = try await TestApp.start()
        try await app.stop()
        let place = try await app.place(on: .postgresql)
        let keys = await stranger.refusal(to: place, from: app.courant.settings.store)
        #expect(keys.contains("is not this database's"), "\(keys)")
        let path = try #require(app.courant.settings.databaseFile)
        let ledger = app.directory.appending(path: "courant.erasures")
        try FileManager.default.copyItem(atPath: stranger.courant.settings.ledger, toPath: ledger.path)
        #expect(await app.refusal(to: place).contains("another ledger of erasures"))
        try FileManager.default.removeItem(at: ledger)
        try await DatabaseQueue(path: path).write { try $0.execute(sql: "INSERT INTO migration VALUES ('telepathy')") }
        #expect(await app.refusal(to: place).contains("a later version of Courant"))
    }

    @Test func `what differs at the end is named, and is not served`() async throws {
        let app = try await TestApp.start()
        try await app.subscribe("ann@example.org")
        let database = try await PostgresCluster.shared.database()
        let refusal = await app.refusal(to: try database.address) { progress in
            guard progress.isCheck, progress.table == "policy" else { return }
            let gone = DispatchSemaphore(value: 0)
            Task {
                try await database.psql("UPDATE subscription SET language = 'sv'")
                gone.signal()
            }
            gone.wait()
        }
        #expect(refusal.contains("The table subscription is not the same"), "\(refusal)")
        #expect(app.opening(of: try database.address).contains("was interrupted"))
    }

    // MARK: Who has left

    @Test func `who left before the move stays away when an older backup is put back after it`() async throws {
        let app = try await TestApp.start()
        try await app.subscribe("ann@example.org")
        try await app.subscribe("bo@example.org")
        let backup = app.directory.appending(path: "backup").path
        _ = try await app.backup(to: backup)
        try await app.unsubscribe("ann@example.org")
        let (there, back) = (try await app.place(on: .postgresql), try await app.place(on: .sqlite))
        try await app.move(to: there)
        // At the old place it is refused: the ledger has gone on.
        let old = await BackupTests.refusal(app, backup)
        #expect(old.contains("has gone from"), "\(old)")
        try await app.move(to: back, from: there)
        let next = try await app.restart(at: back)
        let outcome = try await BackupTests.restore(next, backup)
        #expect(outcome.erasedAgain == 1 && outcome.subscriptions == 1)
        #expect(try await !next.restart().isThere("ann@example.org"))
    }

    @Test func `what was left behind can be restored at the new place, without those who have left since`() async throws
    {
        let app = try await TestApp.start()
        try await app.subscribe("ann@example.org")
        try await app.subscribe("bo@example.org")
        let (old, place) = (try #require(app.courant.settings.databaseFile), try await app.place(on: .sqlite))
        try await app.move(to: place)
        let next = try await app.restart(at: place)
        try await next.courant.subscriptions.unsubscribe(app.unsubscribeLink("ann@example.org"), everything: false)
        let outcome = try await BackupTests.restore(next, old)
        #expect(outcome.erasedAgain == 1 && outcome.subscriptions == 1)
        let again = try await next.restart()
        #expect(try await again.isThere("bo@example.org"))
    }

    @Test func `half of a move is no backup`() async throws {
        let app = try await TestApp.start()
        try await app.subscribe("ann@example.org")
        let half = app.directory.appending(path: "half.db").path
        await #expect(throws: MoveTests.Stop.self) {
            try await app.move(to: .sqlite(path: half), watch: MoveTests.stopping(at: 3))
        }
        #expect(await BackupTests.refusal(app, half).contains("not a whole one"))
    }

    @Test func `who left before the move stays away when an older dump is put back after it`() async throws {
        let database = try await PostgresCluster.shared.database()
        let app = try await TestApp.start { $0.store = try database.address }
        try await app.subscribe("ann@example.org")
        try await app.subscribe("bo@example.org")
        let dump = try await database.dump()
        try await app.unsubscribe("ann@example.org")
        let (there, back) = (try await app.place(on: .sqlite), try await app.place(on: .postgresql))
        try await app.move(to: there)
        try await app.move(to: back, from: there)
        let older = try await PostgresCluster.shared.database()
        try await older.restore(dump)
        let next = try await app.restart(at: older.address)
        #expect(try await !next.isThere("ann@example.org"))
        #expect(try await next.isThere("bo@example.org"))
    }
}
