import CourantTesting
import Foundation
import GRDB
import Newsletter
import SQLStore
import Testing

@testable import Wiring

/// The database's own files are read through SQLite alone, and the whole of them.
@Suite(.ofTheFile, .timeLimit(.minutes(20))) struct SQLiteFilesTests {
    /// The locks that this process has on the file, as the kernel counts them.
    static func locks(on path: String) throws -> Int {
        let facts = try FileManager.default.attributesOfItem(atPath: path)
        let number = try #require(facts[.systemFileNumber] as? NSNumber)
        let own = ProcessInfo.processInfo.processIdentifier
        return try String(contentsOfFile: "/proc/locks", encoding: .utf8).split(separator: "\n").count { line in
            let fields = line.split(separator: " ")
            return fields.count > 5 && fields[1] == "POSIX" && fields[4] == "\(own)"
                && fields[5].hasSuffix(":\(number)")
        }
    }

    @Test(.enabled(if: FileManager.default.fileExists(atPath: "/proc/locks"), "Linux counts locks"))
    func `every promise is looked at, and SQLite keeps its locks`() async throws {
        let app = try await TestApp.start { $0.captcha.provider = .proofOfWork }
        let path = try #require(app.courant.settings.databaseFile)
        // A copy by a hard link is the file as well.
        let copy = app.directory.appending(path: "snapshot.db").path
        #expect(link(path, copy) == 0)
        try await app.subscribe("zoe@example.org", name: "Zoe")
        let before = try (Self.locks(on: path), Self.locks(on: path + "-shm"))
        #expect(before.0 > 0 && before.1 > 0)
        let book = try app.courant.promiseBook()
        // Whatever it finds.
        _ = try? await app.courant.refuseToBreak(book.required)
        #expect(try (Self.locks(on: path), Self.locks(on: path + "-shm")) == before)
        _ = await Inspection(courant: app.courant, webServices: "http://127.0.0.1:1", isServed: false).inspect(
            book.promises)
        #expect(try (Self.locks(on: path), Self.locks(on: path + "-shm")) == before)
    }

    @Test func `a word is found in the log and in the database`() async throws {
        let app = try await TestApp.start()
        let path = try #require(app.courant.settings.databaseFile)
        #expect(try await app.courant.store.places(holding: ["Quuxworth"]).isEmpty)
        try await DatabaseQueue(path: path).write {
            try $0.execute(sql: "UPDATE list SET description = 'Zoe Quuxworth'")
        }
        #expect(try await app.courant.store.places(holding: ["Quuxworth"]) == ["courant.db-wal"])
        #expect(await app.courant.store.scrub())
        #expect(try await app.courant.store.places(holding: ["Quuxworth"]) == ["courant.db"])
        try await DatabaseQueue(path: path).write { try $0.execute(sql: "UPDATE list SET description = ''") }
        #expect(await app.courant.store.scrub())
        #expect(try await app.courant.store.places(holding: ["Quuxworth"]).isEmpty)
    }

    /// What `quick_check` does not see.
    private static func spoilIndex(_ path: String) async throws {
        let queue = try DatabaseQueue(path: path)
        try await queue.writeWithoutTransaction {
            try $0.execute(
                sql: """
                    PRAGMA writable_schema = ON;
                    UPDATE sqlite_master SET sql = replace(sql, '''pending''', '''active''')
                    WHERE name = 'subscription_unconfirmed';
                    PRAGMA writable_schema = OFF;
                    """)
        }
        try queue.close()
        let checked = try await DatabaseQueue(path: path).read { try String.fetchOne($0, sql: "PRAGMA quick_check(1)") }
        #expect(checked == "ok")
    }

    @Test func `an index that lacks its rows is damage: doctor and the promise say so, and it is not served`()
        async throws
    {
        let app = try await TestApp.start()
        try await app.fill(20)
        let path = try #require(app.courant.settings.databaseFile)
        #expect(try await app.courant.store.isWhole())
        try await app.stop()
        try await Self.spoilIndex(path)
        #expect(app.opening(of: app.courant.settings.store).contains("damaged: restore a backup"))
        let doctor = await Doctor(app.courant.settings).examine()
        #expect(doctor.contains { $0.subject == "integrity" && $0.verdict == .wrong })
        let beside = try Courant(app.courant.settings, exclusively: false, logger: StoreTests.logger)
        defer { try? beside.store.close() }
        let promise = Promise(id: "S19", sentence: "", check: "files-are-private")
        let found = await Inspection(courant: beside, webServices: "", isServed: false).inspect([promise])
        #expect(found.first?.evidence.words.contains("is damaged") == true, "\(found)")
    }
}
