import CourantTesting
import Foundation
import GRDB
import Newsletter
import SQLStore
import Testing
import Wiring

/// The chain of what was done, and a hand in the database that would rather have it otherwise.
@Suite(.ofTheFile) struct AuditTests {
    /// Entry 1 is the list's making; these are 2 to 7.
    private static let names = ["Ada", "Bo", "Cleo", "Dag", "Eva", "Finn"]

    private func start() async throws -> TestApp {
        let app = try await TestApp.start()
        for name in Self.names { _ = try await app.courant.staff.add(name, role: .viewer) }
        return app
    }

    private func flaw(_ app: TestApp, _ statements: String...) async throws -> AuditFlaw? {
        try app.tamper(statements)
        return try await app.courant.audit.verify().flaw
    }

    @Test func `what was done is told in its order, and proven`() async throws {
        let app = try await start()
        let entries = try await app.courant.audit.tail(from: nil, limit: 3)
        #expect(entries.map(\.number) == [5, 6, 7])
        #expect(entries.map(\.subject) == ["staff:Dag", "staff:Eva", "staff:Finn"])
        #expect(entries.allSatisfy { $0.actor == "host" && $0.action == "staff.add" && $0.result == "role=viewer" })
        #expect(try await app.courant.audit.tail(from: 1, limit: 1).map(\.action) == ["list.create"])
        let verdict = try await app.courant.audit.verify()
        #expect(verdict.flaw == nil && verdict.entries == 7 && verdict.mark?.number == 7)
    }

    @Test func `an audit that never began is whole`() async throws {
        let app = try await TestApp.start()
        #expect(
            try await flaw(app, "DELETE FROM audit", "DELETE FROM audit_head", "DELETE FROM list", "DELETE FROM staff")
                == nil)
        _ = try await app.courant.staff.add("Gro", role: .viewer)
        #expect(try await app.courant.audit.verify().flaw == nil)
    }

    @Test(arguments: ["list", "staff"])
    func `an audit that was emptied with its head is found by what it told of, also after the next entry`(
        _ gone: String
    ) async throws {
        let app = try await start()
        #expect(
            try await flaw(app, "DELETE FROM audit", "DELETE FROM audit_head", "DELETE FROM \(gone)") == .headless)
        _ = try await app.courant.staff.add("Gro", role: .viewer)
        #expect(try await app.courant.audit.verify().flaw == .changed(1))
    }

    @Test(
        arguments: [
            "at = at + 1", "actor = 'hosu'", "action = 'staff.adc'", "subject = 'staff:Cleq'", "result = 'role=vieweq'",
            "result = result || ' '", "code = CAST(substr(code, 1, 31) || X'00' AS BLOB)",
            "actor = actor || action, action = ''",
            "actor = CAST(X'FF' AS TEXT)",
        ])
    func `a byte that was edited is found at its entry`(_ edit: String) async throws {
        let app = try await start()
        #expect(try await flaw(app, "UPDATE audit SET \(edit) WHERE number = 4") == .changed(4))
        #expect(try await app.courant.audit.verify().entries == 3)
    }

    @Test func `an entry with another number is missed where it was`() async throws {
        let app = try await start()
        #expect(try await flaw(app, "UPDATE audit SET number = 90 WHERE number = 4") == .missing(4))
        #expect(try await flaw(app, "UPDATE audit SET number = 0 WHERE number = 90") == .added(0))
        #expect(try await flaw(app, "UPDATE audit SET number = -4 WHERE number = 0") == .added(-4))
        #expect(try await flaw(app, "UPDATE audit SET number = 4 WHERE number = -4") == nil)
    }

    @Test func `removing, putting in and exchanging are found where they were done`() async throws {
        #expect(try await flaw(start(), "DELETE FROM audit WHERE number = 4") == .missing(4))
        #expect(try await flaw(start(), "DELETE FROM audit WHERE number = 1") == .missing(1))
        let renumber = (-3 ... -1).map { "UPDATE audit SET number = number - 1 WHERE number = \($0 + 8)" }
        #expect(
            try await flaw(start(), "DELETE FROM audit WHERE number = 4", renumber[0], renumber[1], renumber[2])
                == .changed(4))
        let copy = "INSERT INTO audit SELECT number + 1, at, actor, action, subject, result, code FROM audit"
        #expect(try await flaw(start(), "\(copy) WHERE number = 7") == .changed(8))
        #expect(
            try await flaw(
                start(), "UPDATE audit SET number = 99 WHERE number = 3",
                "UPDATE audit SET number = 3 WHERE number = 4",
                "UPDATE audit SET number = 4 WHERE number = 99") == .changed(3))
    }

    @Test func `a cut tail is found, and what is written afterwards does not hide it`() async throws {
        let app = try await start()
        #expect(try await flaw(app, "DELETE FROM audit WHERE number > 5") == .cut(6))
        _ = try await app.courant.staff.add("Gro", role: .viewer)
        #expect(try await app.courant.audit.verify().flaw == .missing(6))
        #expect(try await app.courant.audit.tail(from: nil, limit: 1).map(\.number) == [8])
        #expect(try await flaw(start(), "DELETE FROM audit") == .cut(1))
    }

    @Test(
        arguments: [
            "DELETE FROM audit_head", "UPDATE audit_head SET number = 5",
            "UPDATE audit_head SET number = 5, code = (SELECT code FROM audit WHERE number = 5)",
            "UPDATE audit_head SET seal = X'00'", "UPDATE audit_head SET number = 9223372036854775807",
        ])
    func `a head that was taken or changed is found, also after the next entry`(_ theft: String) async throws {
        let app = try await start()
        #expect(try await flaw(app, "DELETE FROM audit WHERE number > 5", theft) == .headless)
        _ = try await app.courant.staff.add("Gro", role: .viewer)
        #expect(try await app.courant.audit.verify().flaw == .changed(6))
    }

    @Test func `an older copy that was put back is found by a mark that was kept`() async throws {
        let app = try await start()
        let older = try app.auditCopy()
        _ = try await app.courant.staff.add("Gro", role: .viewer)
        let mark = try #require(try await app.courant.audit.verify().mark)
        #expect(AuditMark(mark.text) == mark)
        #expect(try await app.courant.audit.verify(expecting: mark).flaw == nil)
        try app.tamper(["DELETE FROM audit WHERE number = 8", "DELETE FROM staff WHERE name = 'Gro'", older])
        #expect(try await app.courant.audit.verify().flaw == nil)
        #expect(try await app.courant.audit.verify(expecting: mark).flaw == .anotherPast(mark))
    }

    @Test(arguments: [
        "", "-", "7", "7-", "x-00", "0-0011223344556677", "-7-0011223344556677", "7-001122334455667", "7-0011",
    ])
    func `what is no mark is refused`(_ text: String) {
        #expect(AuditMark(text) == nil)
    }

    @Test func `thousands are walked in pages, to the last`() async throws {
        let app = try await start()
        let keyring = app.courant.keyring
        try await app.courant.store.write { tx in
            for _ in 0..<1_600 {
                try tx.audit(.editList, of: .installation, by: .service, keyring: keyring, at: .distantPast)
            }
        }
        #expect(try await app.courant.audit.verify().entries == 1_607)
        #expect(try await flaw(app, "UPDATE audit SET result = '' WHERE number = 1501") == .changed(1501))
        #expect(try await flaw(app, "UPDATE audit SET result = 'done' WHERE number = 1501") == nil)
    }
}

extension TestApp {
    /// From outside, as whoever holds the database would.
    func tamper(_ statements: [String]) throws {
        try DatabaseQueue(path: #require(courant.settings.databaseFile)).write { database in
            for statement in statements { try database.execute(sql: statement) }
        }
    }

    /// A statement that puts the head back as it is now.
    fileprivate func auditCopy() throws -> String {
        let quoted = try DatabaseQueue(path: #require(courant.settings.databaseFile)).read { database in
            try String.fetchOne(
                database,
                sql:
                    "SELECT 'number = ' || number || ', code = ' || quote(code) || ', seal = ' || quote(seal) FROM audit_head"
            )
        }
        return "UPDATE audit_head SET \(quoted ?? "")"
    }
}
