import CourantTesting
import Foundation
import GRDB
import Logging
import Newsletter
import SQLStore
import Synchronization
import Testing

/// What the promises rest on: durable commits that are shared, one server for a file, its own keys, its own schema.
@Suite struct StoreTests {
    static let logger = Logger(label: "store") { _ in SwiftLogNoOpLogHandler() }

    struct Place {
        let directory: URL
        let keys = Keyring.random()
        var path: String { directory.appending(path: "courant.db").path }

        init() throws { directory = try .temporary() }

        func open(_ keys: Keyring? = nil, exclusively: Bool = true) throws -> SQLiteStore {
            var terms = StoreOpeningTerms(ledger: SQLiteStore.ledger(of: path))
            terms.serves = exclusively
            return try SQLiteStore(path: path, keyring: keys ?? self.keys, terms: terms, logger: logger)
        }

        func look<Value>(_ sql: String, as type: Value.Type = Value.self) throws -> [Value]
        where Value: DatabaseValueConvertible {
            try DatabaseQueue(path: path).read { try Value.fetchAll($0, sql: sql) }
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

    // MARK: Group commit

    /// Waits at a gate inside a write, so that what comes meanwhile shares the next commits.
    private func queueing<Value: Sendable>(
        _ count: Int, on store: SQLiteStore, _ change: @escaping @Sendable (any Transaction, Int) throws -> Value
    ) async throws -> [Result<Value, any Error>] {
        let gate = Gate()
        let begun = Count()
        async let held: Void = store.write { _ in gate.wait() }
        let results = await withTaskGroup(of: Result<Value, any Error>.self) { group in
            for number in 0..<count {
                group.addTask {
                    begun.number.add(1, ordering: .relaxed)
                    do { return .success(try await store.write { try change($0, number) }) } catch {
                        return .failure(error)
                    }
                }
            }
            while begun.number.load(ordering: .relaxed) < count { await Task.yield() }
            gate.open()
            return await group.reduce(into: []) { $0.append($1) }
        }
        try await held
        return results
    }

    private struct Wanted: Error {}

    private final class Count: Sendable {
        let number = Atomic(0)
    }

    @Test func `500 concurrent writers share few commits, and what throws undoes only itself`() async throws {
        let place = try Place()
        let store = try place.open()
        #expect(await store.scrub())
        let results = try await queueing(500, on: store) { tx, number in
            try tx.insertFingerprint(
                Data(repeating: UInt8(number % 250), count: 31) + [UInt8(number / 250)], on: nil, at: .now)
            if number % 5 == 0 { throw Wanted() }
        }
        #expect(results.count { (try? $0.get()) == nil } == 100)
        #expect(try place.look("SELECT COUNT(*) FROM fingerprint") == [400])
        #expect(try place.commits() <= 20)
    }

    @Test func `what breaks the schema's rules fails alone, as the store's failure`() async throws {
        let place = try Place()
        let results = try await queueing(50, on: place.open()) { tx, number in
            try tx.insertFingerprint(
                Data(repeating: UInt8(number), count: number % 2 == 0 ? 32 : 31), on: nil, at: .now)
        }
        for case .failure(let error) in results { #expect(error is StoreFailure) }
        #expect(try place.look("SELECT COUNT(*) FROM fingerprint") == [25])
    }

    @Test func `changes run one after the other, in the order in which they came`() async throws {
        let store = try Place().open()
        let order = Mutex<[Int]>([])
        for number in 0..<20 { try await store.write { _ in order.withLock { $0.append(number) } } }
        #expect(order.withLock { $0 } == Array(0..<20))
    }

    @Test func `more writers than can wait are told at once, and the others are served`() async throws {
        let store = try Place().open()
        let results = try await queueing(21_000, on: store) { _, _ in }
        let refused = results.compactMap { result -> StoreFailure? in
            if case .failure(let error) = result { error as? StoreFailure } else { nil }
        }
        #expect(refused.count > 0 && refused.allSatisfy { $0 == .overloaded })
        #expect(results.count - refused.count >= 19_999)
        try await store.write { try $0.touch() }
    }

    // MARK: Opening

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

    @Test func `a keyring of another database is refused, also after the first time`() throws {
        let place = try Place()
        try place.open().close()
        #expect(throws: StoreOpening.wrongKeys) { try place.open(.random()) }
        try place.open().close()
    }

    @Test func `a later version's database is refused`() throws {
        let place = try Place()
        try place.open().close()
        try DatabaseQueue(path: place.path).write { try $0.execute(sql: "INSERT INTO migration VALUES ('telepathy')") }
        #expect(throws: StoreOpening.newerSchema("telepathy")) { try place.open() }
    }

    @Test func `migrations run once`() async throws {
        let place = try Place()
        let store = try place.open()
        try await store.write { try $0.insertFingerprint(Data(count: 32), on: nil, at: .now) }
        try store.close()
        let (steps, schema) = (try place.look("SELECT name FROM migration", as: String.self), try place.schema())
        try place.open().close()
        #expect(try place.look("SELECT name FROM migration") == steps && place.schema() == schema)
        #expect(try place.look("SELECT COUNT(*) FROM fingerprint") == [1] && !steps.isEmpty)
    }

    @Test(arguments: ["/dev/null/x/courant.db", "/proc/courant.db"])
    func `where it cannot be, it says what to do`(_ path: String) {
        do {
            _ = try SQLiteStore(path: path, keyring: .random(), logger: Self.logger)
            Issue.record("opened")
        } catch StoreOpening.unusable(let what) {
            #expect(what.contains("check"))
        } catch {
            Issue.record("\(error)")
        }
    }

    // MARK: The schema

    @Test func `nothing is kept but what is listed here`() throws {
        let place = try Place()
        try place.open().close()
        let tables = try place.look(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'", as: String.self)
        #expect(Set(tables) == Set(Schema.columns.keys))
        for table in tables {
            #expect(
                try place.look("SELECT name FROM pragma_table_info('\(table)')", as: String.self)
                    == Schema.columns[table]
            )
        }
    }
}

extension StoreTests.Place {
    func schema() throws -> [String] { try look("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name") }

    /// In the write-ahead log: frames that end a transaction name the database's size
    /// (https://www.sqlite.org/fileformat2.html#walformat).
    func commits() throws -> Int {
        let log = try Data(contentsOf: URL(filePath: path + "-wal"))
        return stride(from: 32, to: log.count, by: 24 + 4096).count { log[($0 + 4)..<($0 + 8)].contains { $0 != 0 } }
    }
}
