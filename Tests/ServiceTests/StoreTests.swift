import CourantTesting
import Foundation
import GRDB
import Logging
import Mail
import Newsletter
import SQLStore
import Synchronization
import Testing

/// What the promises rest on, whichever engine it is: durable commits that are shared, its own keys, its own schema.
@Suite struct StoreTests {
    static let logger = Logger(label: "store") { _ in SwiftLogNoOpLogHandler() }

    struct Place {
        let keys = Keyring.random()
        let address: StoreAddress
        private let ledger: String
        let database: PostgresDatabase?

        init(_ engine: Engine) async throws {
            let directory = try URL.temporary()
            database = engine == .postgresql ? try await PostgresCluster.shared.database() : nil
            address = try database?.address ?? .sqlite(path: directory.appending(path: "courant.db").path)
            ledger = directory.appending(path: database == nil ? "courant.db.erasures" : "courant.erasures").path
        }

        func open(_ keys: Keyring? = nil) throws -> any ServedStore {
            try address.open(keys ?? self.keys, StoreOpeningTerms(ledger: ledger), logger: logger)
        }

        /// From outside, as whoever holds the database would; one line a row.
        @discardableResult func sql(_ statement: String) async throws -> [String] {
            if let database { return try await database.psql(statement).split(separator: "\n").map(String.init) }
            guard case .sqlite(let path) = address else { return [] }
            return try await DatabaseQueue(path: path).write {
                try Row.fetchAll($0, sql: statement).map { $0.databaseValues.map { "\($0)" }.joined(separator: "|") }
            }
        }
    }

    // MARK: Group commit

    /// Waits at a gate inside a write, so that what comes meanwhile shares the next commits.
    private func queueing<Value: Sendable>(
        _ count: Int, on store: any ServedStore, about: @escaping @Sendable (Int) -> BlindIndex? = { _ in nil },
        _ change: @escaping @Sendable (any Transaction, Int) throws -> Value
    ) async throws -> [Result<Value, any Error>] {
        let gate = Gate()
        let begun = Count()
        async let held: Void = store.write { _ in gate.wait() }
        let results = try await withThrowingTaskGroup(of: Result<Value, any Error>.self) { group in
            for number in 0..<count {
                group.addTask {
                    begun.number.add(1, ordering: .relaxed)
                    do { return .success(try await store.write(about: about(number)) { try change($0, number) }) } catch
                    {
                        return .failure(error)
                    }
                }
            }
            try await eventually("all have begun") { begun.number.load(ordering: .relaxed) == count }
            gate.open()
            return try await group.reduce(into: []) { $0.append($1) }
        }
        try await held
        return results
    }

    private struct Wanted: Error {}

    private final class Count: Sendable {
        let number = Atomic(0)
    }

    @Test(arguments: Engine.allCases)
    func `500 concurrent writers share few commits, and what throws undoes only itself`(_ engine: Engine) async throws {
        let place = try await Place(engine)
        let store = try place.open()
        #expect(await store.scrub())
        let insert: @Sendable (any Transaction, Int) throws -> Void = { tx, number in
            try tx.insertFingerprint(
                Data(repeating: UInt8(number % 250), count: 31) + [UInt8(number / 250)], on: nil, at: .now)
        }
        _ = try await queueing(500, on: store, insert)
        #expect(try await (1...20).contains(place.commits()))
        let results = try await queueing(500, on: store) { tx, number in
            try insert(tx, 500 + number)
            if number % 5 == 0 { throw Wanted() }
        }
        #expect(results.count { (try? $0.get()) == nil } == 100)
        #expect(try await place.sql("SELECT COUNT(*) FROM fingerprint") == ["900"])
    }

    @Test(arguments: Engine.allCases)
    func `what breaks the schema's rules fails alone, as the store's failure`(_ engine: Engine) async throws {
        let place = try await Place(engine)
        let results = try await queueing(50, on: place.open()) { tx, number in
            try tx.insertFingerprint(
                Data(repeating: UInt8(number), count: number % 2 == 0 ? 32 : 31), on: nil, at: .now)
        }
        for case .failure(let error) in results { #expect(error is StoreFailure) }
        #expect(try await place.sql("SELECT COUNT(*) FROM fingerprint") == ["25"])
    }

    /// On PostgreSQL most of them are asked for before the first of them runs.
    @Test(arguments: Engine.allCases)
    func `whoever shares a commit sees what the others have written in it`(_ engine: Engine) async throws {
        let place = try await Place(engine)
        let blindIndex = (0..<10).map { number in
            place.keys.blindIndex(of: EmailAddress(localPart: "reader\(number)", domain: "example.org"))
        }
        let about: @Sendable (Int) -> BlindIndex? = { $0 % 3 == 0 ? nil : blindIndex[$0 / 10] }
        let wereThere = try await queueing(100, on: place.open(), about: about) { tx, number in
            let fingerprint = blindIndex[number / 10].fingerprint
            defer { _ = try? tx.insertFingerprint(fingerprint, on: nil, at: .now) }
            return try tx.hasFingerprint(fingerprint, on: nil)
        }
        #expect(try wereThere.map { try $0.get() }.count { !$0 } == 10)
    }

    @Test(arguments: Engine.allCases)
    func `changes run one after the other, in the order in which they came`(_ engine: Engine) async throws {
        let store = try await Place(engine).open()
        let order = Mutex<[Int]>([])
        for number in 0..<20 { try await store.write { _ in order.withLock { $0.append(number) } } }
        #expect(order.withLock { $0 } == Array(0..<20))
    }

    @Test(arguments: Engine.allCases)
    func `more writers than can wait are told at once, and the others are served`(_ engine: Engine) async throws {
        let store = try await Place(engine).open()
        let results = try await queueing(21_000, on: store) { _, _ in }
        let refused = results.compactMap { result -> StoreFailure? in
            if case .failure(let error) = result { error as? StoreFailure } else { nil }
        }
        #expect(refused.count > 0 && refused.allSatisfy { $0 == .overloaded })
        #expect(results.count - refused.count >= 19_999)
        try await store.write { try $0.touch() }
    }

    @Test(arguments: Engine.allCases)
    func `a look sees one moment, whatever is written meanwhile`(_ engine: Engine) async throws {
        let store = try await Place(engine).open()
        let (written, begun) = (Gate(), Count())
        async let counts = store.read { tx in
            let first = try tx.hasFingerprint(Data(count: 32), on: nil)
            begun.number.add(1, ordering: .relaxed)
            written.wait()
            return [first, try tx.hasFingerprint(Data(count: 32), on: nil)]
        }
        try await eventually("the reader has begun") { begun.number.load(ordering: .relaxed) > 0 }
        do {
            defer { written.open() }
            try await store.write { try $0.insertFingerprint(Data(count: 32), on: nil, at: .now) }
        }
        #expect(try await counts == [false, false])
        #expect(try await store.read { try $0.hasFingerprint(Data(count: 32), on: nil) })
    }

    // MARK: Opening

    @Test(arguments: Engine.allCases)
    func `a keyring of another database is refused, also after the first time`(_ engine: Engine) async throws {
        let place = try await Place(engine)
        try place.open().close()
        #expect(throws: StoreOpening.wrongKeys) { try place.open(.random()) }
        try place.open().close()
    }

    @Test(arguments: Engine.allCases) func `a later version's database is refused`(_ engine: Engine) async throws {
        let place = try await Place(engine)
        try place.open().close()
        try await place.sql("INSERT INTO migration VALUES ('telepathy')")
        #expect(throws: StoreOpening.newerSchema("telepathy")) { try place.open() }
    }

    @Test(arguments: Engine.allCases)
    func `sign-ups by the form that had their list's basis rest on consent`(_ engine: Engine) async throws {
        let place = try await Place(engine)
        try place.open().close()
        let list = try await place.sql(
            """
            INSERT INTO list (slug, title, description, sender_name, sender_address, basis, language, is_public, created_at)
            VALUES ('partners', '', '', '', '', 'legitimate-interest', 'en', 1, 0) RETURNING id
            """)[0]
        for (number, source) in ["form", "the fair"].enumerated() {
            func blob(_ count: Int) -> String {
                let bytes = String(repeating: "0\(number)", count: count)
                return engine == .sqlite ? "x'\(bytes)'" : "'\\x\(bytes)'"
            }
            try await place.sql(
                """
                INSERT INTO subscription (id, list_id, digest, person, language, state, basis, source, asked_at, last_activity)
                VALUES (\(blob(16)), \(list), \(blob(32)), \(blob(16)), 'en', 'pending', 'legitimate-interest', '\(source)', 0, 0)
                """)
        }
        try await place.sql("DELETE FROM migration WHERE name = 'sign-ups by the form rest on consent'")
        try place.open().close()
        for (basis, source) in [("consent", "form"), ("legitimate-interest", "the fair")] {
            let count = "SELECT COUNT(*) FROM subscription WHERE basis = '\(basis)' AND source = '\(source)'"
            #expect(try await place.sql(count) == ["1"])
        }
    }

    @Test(arguments: Engine.allCases) func `migrations run once`(_ engine: Engine) async throws {
        let place = try await Place(engine)
        let store = try place.open()
        try await store.write { try $0.insertFingerprint(Data(count: 32), on: nil, at: .now) }
        let schema = try await store.columns()
        try store.close()
        let steps = try await place.sql("SELECT name FROM migration")
        let again = try place.open()
        #expect(try await again.columns() == schema)
        try again.close()
        #expect(try await place.sql("SELECT name FROM migration") == steps && !steps.isEmpty)
        #expect(try await place.sql("SELECT COUNT(*) FROM fingerprint") == ["1"])
    }

    // MARK: The schema

    @Test(arguments: Engine.allCases) func `nothing is kept but what is listed here`(_ engine: Engine) async throws {
        let columns = try await Place(engine).open().columns()
        #expect(columns == Schema.columns)
    }
}

extension StoreTests.Place {
    /// How many transactions have brought what is there.
    func commits() async throws -> Int {
        if database != nil { return Int(try await sql("SELECT COUNT(DISTINCT xmin::text) FROM fingerprint")[0]) ?? 0 }
        guard case .sqlite(let path) = address else { return 0 }
        // In the write-ahead log: frames that end a transaction name the database's size
        // (https://www.sqlite.org/fileformat2.html#walformat).
        let log = try Data(contentsOf: URL(filePath: path + "-wal"))
        return stride(from: 32, to: log.count, by: 24 + 4096).count { log[($0 + 4)..<($0 + 8)].contains { $0 != 0 } }
    }
}
