import CourantTesting
import Foundation
import GRDB
import Mail
import Newsletter
import SQLStore
import Testing
import Wiring

/// Backups that forget.
@Suite(.ofTheFile) struct BackupTests {
    /// Stops the service; the files stay.
    static func restore(
        _ app: TestApp, _ file: String, replacing: Bool = true, withoutLedger: Bool = false
    ) async throws -> Restoring.Outcome {
        _ = await app.courant.store.scrub()
        try app.courant.store.close()
        return try Courant.restore(
            file, replacing: replacing, withoutLedger: withoutLedger, settings: app.courant.settings)
    }

    static func refusal(_ app: TestApp, _ file: String, replacing: Bool = true, withoutLedger: Bool = false) async
        -> String
    {
        do {
            _ = try await restore(app, file, replacing: replacing, withoutLedger: withoutLedger)
            return "restored"
        } catch {
            return "\(error)"
        }
    }

    private static func backup(_ app: TestApp, _ name: String = "backup") async throws -> String {
        let file = app.directory.appending(path: name).path
        _ = try await app.backup(to: file)
        return file
    }

    @Test func `who left after the backup stays away after its restore, down to the bytes`() async throws {
        let app = try await TestApp.start()
        try await app.subscribe("zebedee@canary-domain.example", name: "Zebedee Quuxworth")
        try await app.subscribe("ann@example.org")
        let (link, ann) = (
            try app.unsubscribeLink("zebedee@canary-domain.example"), try app.unsubscribeLink("ann@example.org")
        )
        let row = try await app.courant.store.read { try $0.subscription(link.subscription) }
        let sealed = try #require(row?.person.bytes)
        let file = try await Self.backup(app)
        try await app.unsubscribe("zebedee@canary-domain.example")
        let outcome = try await Self.restore(app, file)
        #expect(outcome.subscriptions == 1 && outcome.erasures == 1 && outcome.erasedAgain == 1)
        try FileManager.default.removeItem(atPath: file)
        let next = try await app.restart()
        #expect(try await next.courant.subscriptions.subscribed(link) == nil)
        #expect(try await next.courant.subscriptions.subscribed(ann) != nil)
        try next.expectNothingReadable(["zebedee", "canary-domain", "Quuxworth"])
        #expect(try !next.files().contains { $0.range(of: sealed) != nil })
        // And the link goes on saying that they are gone, as often as it is pressed.
        let again = try #require(next.courant.subscriptions.link(link.text))
        try await next.courant.subscriptions.unsubscribe(again, everything: false)
        #expect(try LedgerTests.lines(next).count == 1)
    }

    @Test func `who asked never to be written to again is remembered too`() async throws {
        let app = try await TestApp.start()
        try await app.createList("customers", title: "Customers", basis: .legitimateInterest)
        try await app.subscribe("ann@example.org")
        try await app.bringIn("email\nbo@example.org\n", onto: "customers", basis: .legitimateInterest)
        try await app.deliverAllMail()
        let file = try await Self.backup(app)
        try await app.unsubscribe("ann@example.org", everything: true)
        try await app.unsubscribe("bo@example.org")
        _ = try await Self.restore(app, file)
        let next = try await app.restart()
        let keyring = next.courant.keyring
        let prints = try await next.courant.store.read { tx in
            let lists = try tx.lists()
            return try [
                tx.hasFingerprint(keyring.fingerprint(of: .init("ann@example.org")), on: nil),
                tx.hasFingerprint(keyring.fingerprint(of: .init("bo@example.org")), on: lists.last),
                tx.hasFingerprint(keyring.fingerprint(of: .init("bo@example.org")), on: nil),
            ]
        }
        #expect(prints == [true, true, false])
    }

    @Test func `a campaign that was going out when the backup was made waits for a person`() async throws {
        let app = try await TestApp.start()
        try await app.subscribe("ann@example.org")
        let id = try await app.launch().campaign.id
        let later = try await app.launch(at: app.clock.wall.now() + .seconds(60)).campaign.id
        let file = try await Self.backup(app)
        _ = try await Self.restore(app, file)
        let next = try await app.restart()
        #expect(try await next.deliverAllMail() == 0)
        let standing = try await next.courant.campaigns.show(id)
        #expect(standing.campaign.state == .paused && standing.campaign.reason?.contains("backup") == true)
        #expect(try await next.courant.campaigns.show(later).campaign.state == .planned)
        let last = try await next.courant.store.read { try $0.lastAuditEntry() }
        #expect(last?.action == "backup.restore" && last?.actor == "host")
    }

    @Test func `a backup is taken in the midst of sign-ups, whole and for its owner's eyes`() async throws {
        let app = try await TestApp.start()
        try await app.fill(500)
        async let writing: Void = { for number in 0..<50 { try await app.signUp("new\(number)@example.org") } }()
        let file = try await Self.backup(app)
        try await writing
        let facts = try FileManager.default.attributesOfItem(atPath: file)
        #expect((facts[.posixPermissions] as? NSNumber)?.intValue == 0o600)
        #expect(!FileManager.default.fileExists(atPath: file + ".part"))
        let checked = try await DatabaseQueue(path: file).read {
            try String.fetchOne($0, sql: "PRAGMA integrity_check")
        }
        #expect(checked == "ok")
        await #expect(throws: BackupFailure.exists) { try await app.backup(to: file) }
    }

    @Test func `the database that was there is kept aside, and nothing is replaced unasked`() async throws {
        let app = try await TestApp.start()
        try await app.subscribe("ann@example.org")
        let file = try await Self.backup(app)
        #expect(await Self.refusal(app, file, replacing: false).contains("--replace"))
        let outcome = try await Self.restore(app, file)
        let aside = try #require(outcome.replaced)
        #expect(FileManager.default.fileExists(atPath: aside.path))
        #expect(!FileManager.default.fileExists(atPath: aside.path + "-wal"))
    }

    @Test func `nothing is restored while the service runs`() async throws {
        let app = try await TestApp.start()
        let file = try await Self.backup(app)
        do {
            _ = try Courant.restore(file, replacing: true, withoutLedger: false, settings: app.courant.settings)
            Issue.record("restored")
        } catch {
            #expect("\(error)".contains("stop it first"))
        }
    }

    // MARK: Damaged, foreign, missing

    @Test func `a truncated, empty or missing backup is refused, and what is there goes on`() async throws {
        let app = try await TestApp.start()
        try await app.fill(200)
        let file = try await Self.backup(app)
        let whole = try Data(contentsOf: URL(filePath: file))
        let broken = app.directory.appending(path: "broken")
        for length in [0, 99, 4096, whole.count / 2, whole.count - 4096] {
            try whole.prefix(length).write(to: broken)
            let answer = await Self.refusal(app, broken.path)
            #expect(answer.contains("no backup of Courant's, or not a whole one"), "\(length): \(answer)")
        }
        try Data("hello".utf8).write(to: broken)
        #expect(await Self.refusal(app, broken.path).contains("no backup"))
        #expect(await Self.refusal(app, "/nowhere/backup").contains("There is no file"))
        let next = try await app.restart()
        #expect(try await next.courant.lists.all()[0].active == 200)
    }

    @Test func `another installation's backup is refused`() async throws {
        let (app, other) = (try await TestApp.start(), try await TestApp.start())
        let answer = await Self.refusal(app, try await Self.backup(other))
        #expect(answer.contains("another key file"), "\(answer)")
    }

    @Test func `without its key file nothing is restored, and none is made`() async throws {
        let app = try await TestApp.start()
        let file = try await Self.backup(app)
        try FileManager.default.removeItem(atPath: app.courant.settings.keysFile)
        #expect(await Self.refusal(app, file).contains("There is no key file"))
        #expect(!FileManager.default.fileExists(atPath: app.courant.settings.keysFile))
    }

    @Test func `a ledger that is truncated, edited, foreign or missing is refused at a restore`() async throws {
        let app = try await LedgerTests.start(leaving: 3)
        // What the database has not yet let go of would mend the file.
        #expect(await app.courant.store.scrub())
        let file = try await Self.backup(app)
        let ledger = LedgerTests.ledger(app)
        let whole = try Data(contentsOf: ledger)
        let neighbour = try await LedgerTests.start(leaving: 3)
        let foreign = try Data(contentsOf: LedgerTests.ledger(neighbour))
        try whole.prefix(300).write(to: ledger)
        let refusal = await Self.refusal(app, file)
        #expect(refusal.contains("lost its end"), "\(refusal)")
        var edited = whole
        edited[340] ^= 1
        for bytes in [edited, foreign] {
            try bytes.write(to: ledger)
            #expect(await Self.refusal(app, file).contains("another installation's, or was edited"))
        }
        try FileManager.default.removeItem(at: ledger)
        #expect(await Self.refusal(app, file).contains("is missing"))
        #expect(await Self.refusal(app, file, withoutLedger: true) == "restored")
        _ = try await app.restart()
    }

    @Test func `a backup that the ledger does not reach back to is refused`() async throws {
        let app = try await TestApp.start { $0.backupsExpireAfter = .seconds(86_400) }
        let file = try await Self.backup(app)
        for number in 0..<3 {
            try await app.subscribe("reader\(number)@example.org")
            try await app.unsubscribe("reader\(number)@example.org")
            app.clock.advance(.seconds(2 * 86_400))
            _ = try await app.courant.retention.sweep()
            #expect(await app.courant.store.scrub())
        }
        #expect(await Self.refusal(app, file).contains("reaches back"))
    }

    @Test func `a restore that was interrupted is not served, and can be begun again`() async throws {
        let app = try await TestApp.start()
        let file = try await Self.backup(app)
        let draft = try #require(app.courant.settings.databaseFile) + ".restoring"
        let answer = try await LedgerTests.restarted(app) { _ in try Data("half".utf8).write(to: URL(filePath: draft)) }
        #expect(answer.contains("was interrupted"), "\(answer)")
        #expect(await Self.refusal(app, file) == "restored")
        _ = try await app.restart()
    }
}
