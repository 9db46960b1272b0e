import CourantTesting
import Foundation
import GRDB
import Mail
import Newsletter
import SQLStore
import Testing

@testable import Wiring

/// What a restore refuses, what it says, and what it leaves.
@Suite(.ofTheFile) struct RestoreTests {
    private static func backup(_ app: TestApp) async throws -> String {
        let file = app.directory.appending(path: "backup").path
        _ = try await app.backup(to: file)
        return file
    }

    // MARK: The ledger

    @Test func `a lost ledger is never taken for an empty one, also where the backup knows of no erasure`() async throws
    {
        let app = try await TestApp.start()
        try await app.subscribe("ann@example.org")
        let file = try await Self.backup(app)
        try await app.unsubscribe("ann@example.org")
        #expect(await app.courant.store.scrub())
        try FileManager.default.removeItem(at: LedgerTests.ledger(app))
        let answer = await BackupTests.refusal(app, file)
        #expect(answer.contains("is missing") && answer.contains("--without-ledger"), "\(answer)")
        #expect(await BackupTests.refusal(app, file, withoutLedger: true) == "restored")
    }

    @Test func `a ledger that knows less than the database that is there is an old copy`() async throws {
        let app = try await LedgerTests.start(leaving: 1)
        #expect(await app.courant.store.scrub())
        let monday = try Data(contentsOf: LedgerTests.ledger(app))
        let file = try await Self.backup(app)
        try await app.subscribe("ann@example.org")
        try await app.unsubscribe("ann@example.org")
        #expect(await app.courant.store.scrub())
        try monday.write(to: LedgerTests.ledger(app))
        let answer = await BackupTests.refusal(app, file)
        #expect(answer.contains("an older copy") && answer.contains("1 entries that it lacks"), "\(answer)")
    }

    @Test func `it says when the ledger ends, and who can sign in`() async throws {
        let app = try await TestApp.start()
        _ = try await app.courant.staff.add("Eva", role: .admin)
        try await app.subscribe("ann@example.org")
        let file = try await Self.backup(app)
        _ = try await app.courant.staff.add("Bo", role: .sender)
        app.clock.advance(.seconds(3 * 86_400))
        try await app.unsubscribe("ann@example.org")
        let outcome = try await BackupTests.restore(app, file)
        #expect(outcome.ledgerEnds == app.clock.wall.now() && outcome.logins.map(\.name) == ["Eva"])
    }

    // MARK: What is in the way

    @Test(arguments: [
        "CREATE TRIGGER spy AFTER INSERT ON subscription BEGIN DELETE FROM fingerprint; END",
        "CREATE VIEW everybody AS SELECT * FROM subscription",
    ]) func `a backup with code of its own is refused`(_ code: String) async throws {
        let app = try await TestApp.start()
        let file = try await Self.backup(app)
        try await DatabaseQueue(path: file).write { try $0.execute(sql: code) }
        let answer = await BackupTests.refusal(app, file)
        #expect(answer.contains(code.contains("VIEW") ? "view everybody" : "trigger spy"), "\(answer)")
        #expect(answer.contains("Take another backup"))
    }

    @Test func `while a command of the host's has the database open it is not moved`() async throws {
        let app = try await TestApp.start()
        let file = try await Self.backup(app)
        let path = try #require(app.courant.settings.databaseFile)
        let terms = app.courant.settings.terms(serves: false)
        let beside = try SQLiteStore(path: path, keyring: app.courant.keyring, terms: terms, logger: StoreTests.logger)
        let answer = await BackupTests.refusal(app, file)
        #expect(answer.contains("Another courantd command"), "\(answer)")
        #expect(!FileManager.default.fileExists(atPath: path + ".restoring"))
        try beside.close()
        #expect(await BackupTests.refusal(app, file) == "restored")
    }

    @Test func `the log of a database that is gone does not get into the restored one`() async throws {
        let app = try await TestApp.start()
        try await app.fill(50)
        let file = try await Self.backup(app)
        let path = try #require(app.courant.settings.databaseFile)
        try await app.fill(500, domain: "other.example")
        let log = try Data(contentsOf: URL(filePath: path + "-wal"))
        _ = await app.courant.store.scrub()
        try app.courant.store.close()
        try FileManager.default.removeItem(atPath: path)
        try log.write(to: URL(filePath: path + "-wal"))
        #expect(!log.isEmpty)
        #expect(await BackupTests.refusal(app, file, replacing: false) == "restored")
        let next = try await app.restart()
        #expect(try await next.active() == 50)
        #expect(try await next.courant.store.isWhole())
    }

    // MARK: What was moved aside

    @Test func `what was moved aside is named, and deleted with its bytes when its week is over`() async throws {
        let app = try await TestApp.start()
        try await app.subscribe("ann@example.org")
        let file = try await Self.backup(app)
        let outcome = try await BackupTests.restore(app, file)
        let (aside, path) = (try #require(outcome.replaced), try #require(app.courant.settings.databaseFile))
        #expect(SetAside.all(of: path).map(\.path) == [aside.path])
        let doctor = await Doctor(app.courant.settings).examine()
        #expect(doctor.contains { $0.subject == "copies" && $0.verdict == .well && $0.words.contains(aside.path) })
        app.clock.set(aside.until - .seconds(1))
        let sweeper = SetAsideSweeper(database: path, clock: app.clock.wall, logger: StoreTests.logger)
        sweeper.sweep()
        #expect(FileManager.default.fileExists(atPath: aside.path))
        app.clock.set(aside.until + .seconds(1))
        sweeper.sweep()
        #expect(!FileManager.default.fileExists(atPath: aside.path) && SetAside.all(of: path).isEmpty)
        #expect(await !Doctor(app.courant.settings).examine().contains { $0.subject == "copies" })
    }

    @Test func `copies in a folder are named by their time, and the oldest go`() throws {
        let directory = try URL.temporary()
        defer { try? FileManager.default.removeItem(at: directory) }
        let folder = BackupFolder(path: directory.path)
        for day in 1...4 {
            let file = folder.nextFile(at: Date(timeIntervalSince1970: TimeInterval(day * 86_400)))
            try Data().write(to: URL(filePath: file))
        }
        try Data().write(to: directory.appending(path: "mine.backup"))
        let gone = try folder.deleteOldest(keeping: 3)
        #expect(gone == ["\(directory.path)/courant-19700102T000000Z.backup"])
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path).count == 4)
    }
}
