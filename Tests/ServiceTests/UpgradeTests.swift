import CourantTesting
import Foundation
import GRDB
import Logging
import Mail
import Newsletter
import Testing

@testable import SQLStore

/// A database that an earlier version of Courant has made. Steps are never edited, so the first of them are that version's.
@Suite struct UpgradeTests {
    private let directory: URL
    private let keys = Keyring.random()
    private var path: String { directory.appending(path: "courant.db").path }

    init() throws { directory = try .temporary() }

    /// With a list in it.
    private func make(steps count: Int) throws {
        let queue = try DatabaseQueue(path: path)
        try queue.writeWithoutTransaction { database in
            try database.execute(sql: "PRAGMA journal_mode = WAL")
            try database.execute(sql: "CREATE TABLE migration (name TEXT NOT NULL PRIMARY KEY) STRICT")
            for step in Migrations.steps.prefix(count) {
                for statement in step.statements { try database.execute(sql: Dialect.sqlite.schema(statement)) }
                try database.execute(sql: "INSERT INTO migration (name) VALUES (?)", arguments: [step.name])
                guard step.name == Migrations.steps[0].name else { continue }
                try database.execute(
                    sql: """
                        INSERT INTO list (slug, title, description, sender_name, sender_address, basis, language, is_public, created_at)
                        VALUES ('news', 'News', '', 'Ann', 'ann@example.org', 'consent', 'en', 1, 0)
                        """)
            }
        }
        try queue.close()
    }

    private func open(_ upgrade: StoreOpeningTerms.Upgrade, serves: Bool = true) throws -> SQLiteStore {
        var terms = StoreOpeningTerms(ledger: SQLiteStore.ledger(of: path))
        (terms.serves, terms.upgrade) = (serves, upgrade)
        return try SQLiteStore(path: path, keyring: keys, terms: terms, logger: StoreTests.logger)
    }

    private func steps(of file: String) throws -> Int? {
        try DatabaseQueue(path: file).read { try Int.fetchOne($0, sql: "SELECT COUNT(*) FROM migration") }
    }

    @Test(arguments: 1..<Migrations.steps.count)
    func `each earlier schema is copied, and becomes this one with what is in it`(_ count: Int) async throws {
        try make(steps: count)
        let store = try open(.copied)
        let list = try await store.read { try $0.list(try #require(Slug("news"))) }
        #expect(list?.title == "News")
        try store.close()
        #expect(try steps(of: path) == Migrations.steps.count)
        let copies = SetAside.all(of: path)
        #expect(copies.count == 1)
        #expect(try steps(of: try #require(copies.first).path) == count)
        let facts = try FileManager.default.attributesOfItem(atPath: try #require(copies.first).path)
        #expect((facts[.posixPermissions] as? NSNumber)?.intValue == 0o600)
        try open(.copied).close()
        #expect(SetAside.all(of: path).count == 1, "nothing more to copy")
    }

    @Test func `a login of before there were programs' works on, and a program gets one`() async throws {
        try make(steps: Migrations.steps.firstIndex { $0.name == "logins of programs" } ?? 0)
        try await DatabaseQueue(path: path).write {
            try $0.execute(
                sql: """
                    INSERT INTO staff (name, role, token_id, token_hash, created_at, expires_at, seal)
                    VALUES ('Eva', 'sender', 'ab', zeroblob(32), 5000, 7000, x'01')
                    """)
        }
        let store = try open(.copied)
        let login = try #require(try await store.read { try $0.login(tokenID: "ab") })
        #expect(login.member.name == "Eva" && login.member.role == .sender && login.member.lists.isEmpty)
        #expect(login.tokenHash == Data(count: 32) && login.seal == Data([1]))
        #expect(login.member.createdAt == Date(timeIntervalSince1970: 5))
        let lists = ["news", "events"].compactMap { Slug($0) }
        let shop = StaffMember(
            name: "shop", role: .integration, createdAt: .now, expiresAt: .now, lastUsed: nil, lists: lists)
        try await store.write {
            try $0.insert(StaffLogin(member: shop, tokenID: "cd", tokenHash: Data(count: 32), seal: nil))
        }
        #expect(try await store.read { try $0.staff(named: "shop")?.lists } == lists)
        try store.close()
    }

    @Test func `one that is new is not copied`() throws {
        try open(.copied).close()
        #expect(SetAside.all(of: path).isEmpty)
        #expect(try steps(of: path) == Migrations.steps.count)
    }

    @Test func `the host's commands leave it as it is, and a backup is of what is there`() async throws {
        let count = Migrations.steps.count - 3
        try make(steps: count)
        #expect(throws: StoreOpening.olderSchema(3)) { try open(.refused, serves: false) }
        #expect(throws: StoreOpening.olderSchema(3)) { try open(.refused) }
        let copy = directory.appending(path: "copy.db").path
        let backup = try await SQLiteStore.backup(ofOlder: path, to: copy)
        #expect(backup.lists == 1)
        #expect(try steps(of: copy) == count && steps(of: path) == count)
    }

    @Test func `what it will do is said without doing it`() throws {
        #expect(try SQLiteStore.upgradeForecast(path: path) == nil)
        let count = Migrations.steps.count - 2
        try make(steps: count)
        let forecast = try #require(try SQLiteStore.upgradeForecast(path: path))
        #expect(forecast.steps == Migrations.steps.suffix(2).map(\.name))
        #expect(forecast.rows["subscription"] == 0)
        #expect(try #require(forecast.copyBytes) > 4096 && #require(forecast.freeBytes) > 0)
        #expect(try steps(of: path) == count && SetAside.all(of: path).isEmpty)
        try open(.withoutCopy).close()
        #expect(try SQLiteStore.upgradeForecast(path: path)?.steps == [])
        #expect(SetAside.all(of: path).isEmpty)
    }

    @Test func `one of a later version is not looked into`() throws {
        try open(.copied).close()
        try DatabaseQueue(path: path).write { try $0.execute(sql: "INSERT INTO migration VALUES ('telepathy')") }
        #expect(throws: StoreOpening.newerSchema("telepathy")) { try SQLiteStore.upgradeForecast(path: path) }
    }
}
