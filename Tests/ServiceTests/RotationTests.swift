import CourantTesting
import Foundation
import GRDB
import Mail
import Newsletter
import SQLStore
import Testing
import Wiring

/// New keys while everything goes on.
@Suite(.ofTheFile) struct RotationTests {
    private static func rotate(_ app: TestApp) async throws -> Courant.Resealed {
        try await Courant.rotateKeys(settings: app.courant.settings, pause: .zero)
    }

    private static func keys(_ app: TestApp) throws -> Set<String> {
        Set(
            try DatabaseQueue(path: #require(app.courant.settings.databaseFile)).read {
                try String.fetchAll(
                    $0,
                    sql: """
                        SELECT hex(substr(person, 1, 1)) FROM subscription
                        UNION SELECT hex(substr(mail, 1, 1)) FROM outbox
                        """)
            })
    }

    @Test func `everything alive is sealed anew while the service runs, and links go on working`() async throws {
        let app = try await TestApp.start()
        try await app.subscribe("ann@example.org", name: "Ann")
        let link = try app.unsubscribeLink("ann@example.org")
        try await app.signUp("bo@example.org")
        #expect(try Self.keys(app) == ["01"])
        let resealed = try await Self.rotate(app)
        #expect(resealed.persons == 2 && resealed.mails == 1 && resealed.key == 2)
        #expect(try Self.keys(app) == ["02"])
        // The running service reads and writes on, by the new key alone.
        try await app.deliverAllMail()
        #expect(app.relay.mails(to: "bo@example.org").count == 1)
        try await app.subscribe("cy@example.org")
        #expect(try Self.keys(app) == ["02"] && app.courant.keyring.sealingNumbers == [2])
        try await app.courant.subscriptions.unsubscribe(link, everything: false)
        #expect(try await app.courant.subscriptions.subscribed(link) == nil)
        let next = try await app.restart()
        #expect(next.courant.subscriptions.link(link.text) != nil)
    }

    @Test func `whoever signs up right after a rotation is let in`() async throws {
        let app = try await TestApp.start()
        try await app.subscribe("ann@example.org")
        _ = try await Self.rotate(app)
        try await app.subscribe("bo@example.org")
        #expect(try await app.active() == 2)
    }

    @Test func `older copies cannot be read any more, nor restored`() async throws {
        let app = try await TestApp.start()
        try await app.subscribe("ann@example.org", name: "Ann")
        let backup = app.directory.appending(path: "backup").path
        _ = try await app.backup(to: backup)
        let keys = try Data(contentsOf: URL(filePath: app.courant.settings.keysFile))
        let old = try #require(
            (try JSONSerialization.jsonObject(with: keys) as? [String: Any])?["sealing"] as? [String: String])["1"]
        _ = try await Self.rotate(app)
        for file in try app.files() { #expect(try file.range(of: Data(#require(old).utf8)) == nil) }
        #expect(await BackupTests.refusal(app, backup).contains("before the keys were rotated"))
        // An old copy of the key file is told apart as well.
        try keys.write(to: URL(filePath: app.courant.settings.keysFile))
        let answer = try await LedgerTests.restarted(app) { _ in }
        #expect(answer.contains("before the keys were rotated: put the newest one back"), "\(answer)")
    }

    /// How far it comes before the process dies.
    @Test(arguments: 0...5) func `whoever is killed in the middle can run it again`(_ steps: Int) async throws {
        let app = try await TestApp.start()
        try await app.fill(1200)
        let file = app.courant.settings.keysFile
        do {
            let keyring = try KeyFile.existing(file)
            let settings = app.courant.settings
            let store = try SQLiteStore(
                path: #require(settings.databaseFile), keyring: keyring,
                terms: settings.terms(serves: false), logger: StoreTests.logger)
            defer { try? store.close() }
            let rotation = Rotation(store: store, keyring: keyring)
            if steps > 0 { try KeyFile.replace(file, with: #require(keyring.withNextSealingKey())) }
            keyring.refresh()
            if steps > 1 { try await rotation.begin() }
            if steps > 2 { _ = try await rotation.reseal() }
            if steps > 3 { try KeyFile.replace(file, with: keyring.withNewestSealingKeyAlone()) }
            if steps > 4 { try await rotation.end(0, by: .host, at: .now) }
        }
        let next = try await app.restart()
        try await next.signUp("ann@example.org")
        let resealed = try await Self.rotate(next)
        #expect(resealed.key == (steps == 5 ? 3 : 2))
        #expect(try Self.keys(next) == [steps == 5 ? "03" : "02"])
        try await next.launch()
        #expect(try await next.deliverAllMail() == 1201)
    }

    @Test func `in the middle of a campaign everyone gets it once`() async throws {
        let app = try await TestApp.start()
        try await app.fill(3000)
        let id = try await app.launch().campaign.id
        async let delivering = app.deliverAllMail()
        for _ in 1...3 { _ = try await Self.rotate(app) }
        _ = try await delivering
        _ = try await app.deliverAllMail()
        let progress = try await app.courant.campaigns.show(id).progress
        #expect(progress.accepted == 3000 && progress.left == 0)
        #expect(Set(app.relay.mails.map(\.recipient)).count == 3000 && app.relay.mails.count == 3000)
        #expect(try Self.keys(app) == ["04"])
    }

    @Test func `what an old key sealed is not kept once there is a new one`() async throws {
        let app = try await TestApp.start()
        try await app.subscribe("ann@example.org")
        let link = try app.unsubscribeLink("ann@example.org")
        let stale = try await app.courant.store.read { try $0.subscription(link.subscription)?.person }
        _ = try await Self.rotate(app)
        let sealed = try #require(stale)
        await #expect(throws: StoreFailure.self) {
            try await app.courant.store.write { try $0.insertOutbox(sealed, subscription: nil, due: .now, link: nil) }
        }
    }
}
