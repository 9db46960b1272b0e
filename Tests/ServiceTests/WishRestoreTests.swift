import CourantTesting
import Foundation
import Mail
import Newsletter
import SQLStore
import Testing
import Wiring

/// A restore remembers who asked since its backup never to be written to, whether or not the backup knows them.
@Suite struct WishRestoreTests {
    /// An installation whose records can be put back to how they were.
    private struct House {
        let app: TestApp
        private let database: PostgresDatabase?

        init() async throws {
            let database = Engine.usual == .postgresql ? try await PostgresCluster.shared.database() : nil
            self.database = database
            app = try await TestApp.start { if let database { $0.store = try database.address } }
        }

        /// As the engine's operator does it; `change` happens after the copy was made.
        func goingBack(_ change: () async throws -> Void) async throws -> TestApp {
            guard let database else {
                let file = app.directory.appending(path: "backup").path
                _ = try await app.backup(to: file)
                try await change()
                _ = try await BackupTests.restore(app, file)
                return try await app.restart()
            }
            let dump = try await database.dump()
            try await change()
            try await app.stop()
            return try await app.restart(at: Self.another(with: dump))
        }

        /// Rotates the keys, and says what a service says at an older copy.
        func rotateAndGoBack() async throws -> String {
            guard let database else {
                let path = try #require(app.courant.settings.databaseFile)
                let copy = app.directory.appending(path: "copy").path
                _ = try await app.backup(to: copy)
                _ = try await Courant.rotateKeys(settings: app.courant.settings, pause: .zero)
                try await app.stop()
                try FileManager.default.removeItem(atPath: path)
                try FileManager.default.moveItem(atPath: copy, toPath: path)
                return app.opening(of: app.courant.settings.store)
            }
            let dump = try await database.dump()
            _ = try await Courant.rotateKeys(settings: app.courant.settings, pause: .zero)
            return app.opening(of: try await Self.another(with: dump))
        }

        private static func another(with dump: Data) async throws -> StoreAddress {
            let place = try await PostgresCluster.shared.database()
            try await place.restore(dump)
            return try place.address
        }
    }

    private static func isBarred(_ address: String, _ app: TestApp) async throws -> Bool {
        let fingerprint = app.courant.keyring.fingerprint(of: try EmailAddress(address))
        return try await app.courant.store.read { try $0.hasFingerprint(fingerprint, on: nil) }
    }

    @Test func `who asked since the backup is written to by nobody, also where it has no row of theirs`() async throws {
        let house = try await House()
        let app = house.app
        try await app.subscribe("early@example.org")
        let next = try await house.goingBack {
            try await app.courant.rights.object(app.staff(for: "nobody@example.org"))
            try await app.subscribe("late@example.org")
            try await app.unsubscribe("late@example.org", everything: true)
            try await app.unsubscribe("early@example.org", everything: true)
        }
        let before = next.relay.mails.count
        for name in ["nobody", "late", "early"] {
            #expect(try await Self.isBarred("\(name)@example.org", next), "\(name)")
            try await next.signUp("\(name)@example.org")
        }
        try await next.deliverAllMail()
        #expect(next.relay.mails.count == before)
    }

    @Test func `who took the wish back since the backup may be written to again`() async throws {
        let house = try await House()
        let app = house.app
        try await app.courant.rights.object(app.staff(for: "ann@example.org"))
        let next = try await house.goingBack {
            let isLifted = try await app.courant.rights.forgive(EmailAddress("ann@example.org"), by: .staff("Eva"))
            #expect(isLifted)
        }
        #expect(try await !Self.isBarred("ann@example.org", next))
    }

    @Test func `a database from before its keys were rotated is not served, and the doctor says so`() async throws {
        let house = try await House()
        try await house.app.subscribe("ann@example.org")
        let answer = try await house.rotateAndGoBack()
        #expect(answer.contains("older than the key file") && answer.contains("key 1"), "\(answer)")
        guard Engine.usual == .sqlite else { return }
        let doctor = await Doctor(house.app.courant.settings).examine()
        #expect(doctor.contains { $0.subject == "store" && $0.verdict == .wrong && $0.words == answer })
    }
}
