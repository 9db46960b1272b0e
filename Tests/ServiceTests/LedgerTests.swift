import CourantTesting
import Foundation
import GRDB
import Logging
import Mail
import Newsletter
import SQLStore
import Testing
import Wiring

/// The file of erasures: none missed, none that did not happen, and nothing in it that is not ours.
@Suite(.ofTheFile) struct LedgerTests {
    static func ledger(_ app: TestApp) -> URL { app.directory.appending(path: "courant.db.erasures") }

    static func lines(_ app: TestApp) throws -> [String] {
        try String(contentsOf: ledger(app), encoding: .utf8).split(separator: "\n").dropFirst().map(String.init)
    }

    /// With so many who have left.
    static func start(leaving count: Int) async throws -> TestApp {
        let app = try await TestApp.start()
        for number in 0..<count {
            try await app.subscribe("reader\(number)@example.org")
            try await app.unsubscribe("reader\(number)@example.org")
        }
        return app
    }

    @Test func `an erasure stands in the ledger when it is acknowledged, by a random id`() async throws {
        let app = try await TestApp.start()
        try await app.subscribe("ann@example.org", name: "Ann")
        let link = try app.unsubscribeLink("ann@example.org")
        try await app.unsubscribe("ann@example.org")
        let lines = try Self.lines(app)
        #expect(lines.count == 1 && lines[0].contains(link.subscription.hex) && lines[0].contains(" - "))
        #expect(lines[0].hasPrefix("000000000001 2026-01-06T12:00:00Z "), "\(lines[0])")
        let facts = try FileManager.default.attributesOfItem(atPath: Self.ledger(app).path)
        #expect((facts[.posixPermissions] as? NSNumber)?.intValue == 0o600)
    }

    @Test func `a wish never to be written to is noted by its fingerprint, and so is its end`() async throws {
        let app = try await TestApp.start()
        try await app.subscribe("ann@example.org")
        try await app.unsubscribe("ann@example.org", everything: true)
        let ann = try EmailAddress("ann@example.org")
        let print = app.courant.keyring.fingerprint(of: ann).base64URL
        #expect(try Self.lines(app).map { $0.dropFirst(13).prefix(1) } == ["+", "2"])
        _ = try await app.courant.rights.forgive(ann, by: .staff("Eva"))
        // There is none any more.
        _ = try await app.courant.rights.forgive(ann, by: .staff("Eva"))
        let lines = try Self.lines(app)
        let wishes = lines.filter { $0.contains(print) }
        #expect(wishes.map { $0.dropFirst(13).prefix(1) } == ["+", "~"], "\(lines)")
    }

    @Test func `each kind of line is read as it was written, also those of older versions`() throws {
        let seal = LedgerSeal(.random())
        let (id, at) = (SubscriptionID.random(), Date(timeIntervalSince1970: 1_790_000_000))
        let print = Data((0..<32).map { UInt8(255 - $0) })
        let facts: [LedgerEntry.Fact] =
            LedgerEntry.Kept.allCases.map { .erasure(id, $0) } + [
                .wish(print, list: 0), .wish(print, list: 46_655), .lifting(print, list: 0), .lifting(print, list: 3),
            ]
        for fact in facts {
            let entry = LedgerEntry(number: 17, at: at, fact)
            var line = seal.line(entry)
            #expect(line.count == LedgerSeal.lineLength && seal.entry(line) == entry, "\(fact)")
            line[40] ^= 1
            #expect(seal.entry(line) == nil)
        }
        let old = seal.line(LedgerEntry(number: 17, at: at, .erasure(id, .forEverything)))
        #expect(String(decoding: old, as: UTF8.self).hasPrefix("000000000017 2026-09-21T14:13:20Z \(id.hex) e "))
    }

    @Test func `what is written after another process has let go of old lines stands in the file that has its name`()
        async throws
    {
        let app = try await TestApp.start { $0.backupsExpireAfter = .seconds(30 * 86_400) }
        let path = try #require(app.courant.settings.databaseFile)
        let terms = app.courant.settings.terms(serves: false)
        let beside = try SQLiteStore(path: path, keyring: app.courant.keyring, terms: terms, logger: StoreTests.logger)
        for day in 0..<3 {
            try await app.subscribe("reader\(day)@example.org")
            try await app.unsubscribe("reader\(day)@example.org")
            app.clock.advance(.seconds(20 * 86_400))
            #expect(await app.courant.store.scrub())
        }
        try await app.subscribe("ann@example.org")
        let link = try app.unsubscribeLink("ann@example.org")
        _ = try await beside.write { [now = app.clock.wall.now()] in try $0.erase(link.subscription, at: now) }
        #expect(await beside.scrub())
        try beside.close()
        let lines = try Self.lines(app)
        #expect(lines.last?.contains(link.subscription.hex) == true, "\(lines)")
    }

    @Test func `what is thrown undoes its line as well`() async throws {
        let app = try await TestApp.start()
        try await app.subscribe("ann@example.org")
        let link = try app.unsubscribeLink("ann@example.org")
        await #expect(throws: Refusal.noRecipients) {
            try await app.courant.store.write { tx in
                _ = try tx.erase(link.subscription, at: .now)
                throw Refusal.noRecipients
            }
        }
        #expect(try Self.lines(app).isEmpty)
        try await app.unsubscribe("ann@example.org")
        #expect(try Self.lines(app).count == 1)
    }

    @Test func `a thousand at once are each written down once, in order`() async throws {
        let app = try await TestApp.start()
        try await app.fill(1000)
        let ids = try await DatabaseQueue(path: #require(app.courant.settings.databaseFile)).read {
            try Data.fetchAll($0, sql: "SELECT id FROM subscription")
        }.compactMap { SubscriptionID(bytes: $0) }
        try await withThrowingTaskGroup { group in
            for id in ids { group.addTask { _ = try await app.courant.store.write { try $0.erase(id, at: .now) } } }
            try await group.waitForAll()
        }
        let lines = try Self.lines(app)
        #expect(lines.map { Int($0.prefix(12)) ?? 0 } == Array(1...1000))
        #expect(Set(lines.map { $0.split(separator: " ")[2] }) == Set(ids.map { Substring($0.hex) }))
        #expect(await app.courant.store.scrub())
        let left = try await app.courant.store.read { try $0.entriesUnderWay().count }
        #expect(left == 0)
    }

    @Test func `what a crash kept from the file is brought over at the start`() async throws {
        let app = try await Self.start(leaving: 3)
        // As it is when the process dies between the commit and the file's writing.
        let file = try FileHandle(forUpdating: Self.ledger(app))
        try file.truncate(atOffset: 250)
        let next = try await app.restart()
        #expect(try Self.lines(next).count == 3)
        let left = try await next.courant.store.read { try ($0.entriesUnderWay().count, $0.ledgerHead().number) }
        #expect(left == (0, 3))
    }

    // MARK: What does not belong together

    /// Stops, does something to the files, and starts again.
    static func restarted(_ app: TestApp, _ change: (URL) throws -> Void) async throws -> String {
        _ = await app.courant.store.scrub()
        try app.courant.store.close()
        try change(Self.ledger(app))
        do {
            let courant = try Courant(
                app.courant.settings, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            try courant.store.close()
            return "served"
        } catch {
            return "\(error)"
        }
    }

    @Test func `a missing ledger is told`() async throws {
        let answer = try await Self.restarted(Self.start(leaving: 2)) { try FileManager.default.removeItem(at: $0) }
        #expect(answer.contains("is missing") && answer.contains("Put its newest copy back"), "\(answer)")
    }

    @Test(arguments: [100, 199, 150, 0, 37]) func `a truncated ledger is told`(_ length: Int) async throws {
        let answer = try await Self.restarted(Self.start(leaving: 2)) { file in
            try Data(contentsOf: file).prefix(length).write(to: file)
        }
        #expect(answer.contains(length < 100 ? "another installation's" : "has lost"), "\(answer)")
    }

    @Test func `another installation's ledger is told`() async throws {
        let neighbour = try await Self.start(leaving: 2)
        let other = try Data(contentsOf: Self.ledger(neighbour))
        let answer = try await Self.restarted(Self.start(leaving: 2)) { try other.write(to: $0) }
        #expect(answer.contains("another installation's"), "\(answer)")
    }

    @Test func `an edited last line is told at the start, any line at a restore`() async throws {
        for place in [150, 250] {
            let app = try await Self.start(leaving: 2)
            let answer = try await Self.restarted(app) { file in
                var bytes = try Data(contentsOf: file)
                bytes[place] ^= 1
                try bytes.write(to: file)
            }
            #expect(answer.contains(place == 150 ? "served" : "was edited"), "\(answer)")
        }
    }

    @Test func `a database that is older than its ledger is not served`() async throws {
        let app = try await Self.start(leaving: 1)
        let old = app.directory.appending(path: "old.db").path
        let path = try #require(app.courant.settings.databaseFile)
        _ = try await app.backup(to: old)
        for name in ["ann", "bo"] {
            try await app.subscribe("\(name)@example.org")
            try await app.unsubscribe("\(name)@example.org")
        }
        let answer = try await Self.restarted(app) { _ in
            try FileManager.default.removeItem(atPath: path)
            try FileManager.default.copyItem(atPath: old, toPath: path)
        }
        #expect(answer.contains("2 who have left since would come back"), "\(answer)")
        #expect(answer.contains("courantd restore FILE --replace"))
    }

    @Test func `a new database beside an old ledger is not served either`() async throws {
        let app = try await Self.start(leaving: 1)
        let path = try #require(app.courant.settings.databaseFile)
        let answer = try await Self.restarted(app) { _ in try FileManager.default.removeItem(atPath: path) }
        #expect(answer.contains("would come back"), "\(answer)")
    }

    @Test func `the ledger lets go of what is older than any backup`() async throws {
        let app = try await TestApp.start { $0.backupsExpireAfter = .seconds(30 * 86_400) }
        for day in 0..<5 {
            try await app.subscribe("reader\(day)@example.org")
            try await app.unsubscribe("reader\(day)@example.org")
            app.clock.advance(.seconds(20 * 86_400))
            _ = try await app.courant.retention.sweep()
            #expect(await app.courant.store.scrub())
        }
        let lines = try Self.lines(app)
        #expect(lines.map { Int($0.prefix(12)) } == [4, 5])
        let next = try await app.restart()
        try await next.subscribe("ann@example.org")
        try await next.unsubscribe("ann@example.org")
        #expect(try Self.lines(next).last?.hasPrefix("000000000006 ") == true)
    }
}
