import CourantTesting
import Foundation
import GRDB
import Newsletter
import SQLStore
import Testing

/// What SQLite alone promises: its pragmas, its files, one server for a file.
@Suite struct SQLiteStoreTests {
    private struct Place {
        let directory: URL
        let keys = Keyring.random()
        var path: String { directory.appending(path: "courant.db").path }

        init() throws { directory = try .temporary() }

        func open(exclusively: Bool = true) throws -> SQLiteStore {
            var terms = StoreOpeningTerms(ledger: SQLiteStore.ledger(of: path))
            terms.serves = exclusively
            return try SQLiteStore(path: path, keyring: keys, terms: terms, logger: StoreTests.logger)
        }
    }

    @Test func `commits are synchronous, deletion overwrites, and there is a write-ahead log`() async throws {
        let place = try Place()
        let pragmas = try await place.open().pragmas()
        #expect(pragmas == ["synchronous": "2", "secure_delete": "1", "journal_mode": "wal"])
    }

    @Test func `nobody else may read its files`() async throws {
        let place = try Place()
        let store = try place.open()
        try await store.write { try $0.touch() }
        let names = try FileManager.default.contentsOfDirectory(atPath: place.directory.path)
        #expect(
            Set(names).isSuperset(of: [
                "courant.db", "courant.db-wal", "courant.db-shm", "courant.db.lock", "courant.db.erasures",
            ]))
        for name in names {
            let facts = try FileManager.default.attributesOfItem(atPath: place.directory.appending(path: name).path)
            #expect((facts[.posixPermissions] as? NSNumber)?.intValue == 0o600, "\(name)")
        }
    }

    @Test func `a file has one server, and the host's commands beside it`() async throws {
        let place = try Place()
        let first = try place.open()
        #expect(throws: StoreOpening.inUse(place.path + ".lock")) { try place.open() }
        let beside = try place.open(exclusively: false)
        try await beside.write { try $0.insertFingerprint(Data(count: 32), on: nil, at: .now) }
        #expect(try await first.read { try $0.hasFingerprint(Data(count: 32), on: nil) })
        try beside.close()
        try first.close()
        try place.open().close()
    }

    @Test(arguments: ["/dev/null/x/courant.db", "/proc/courant.db"])
    func `where it cannot be, it says what to do`(_ path: String) {
        do {
            _ = try SQLiteStore(path: path, keyring: .random(), logger: StoreTests.logger)
            Issue.record("opened")
        } catch StoreOpening.unusable(let what) {
            #expect(what.contains("check"))
        } catch {
            Issue.record("\(error)")
        }
    }
}
