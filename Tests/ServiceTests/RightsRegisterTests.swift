import CourantTesting
import Foundation
import Mail
import Newsletter
import SQLStore
import Testing
import Wiring

@Suite struct RightsRegisterTests {
    private static func day(_ text: String) throws -> Date { try Date(text + "T12:00:00Z", strategy: .iso8601) }

    @Test(arguments: [
        ("2026-01-15", "2026-02-15"), ("2026-01-31", "2026-02-28"), ("2028-01-31", "2028-02-29"),
        ("2026-03-31", "2026-04-30"), ("2026-12-31", "2027-01-31"), ("2026-02-28", "2026-03-28"),
    ])
    func `an answer is due one calendar month later`(_ received: String, _ due: String) throws {
        #expect(RightsRequest.due(try Self.day(received)) == (try Self.day(due)))
    }

    @Test func `what staff do by an address is on the register and in the audit, without the address`() async throws {
        let app = try await TestApp.start()
        try await app.subscribe("ann@example.org")
        let (rights, who) = (app.courant.rights, try app.staff(for: "ann@example.org"))
        _ = try await app.find("ann@example.org")
        _ = try await rights.export(EmailAddress("ann@example.org"), by: .staff("Pia"))
        try await rights.rectify(who, name: PersonName("Ann"))
        try await rights.restrict(who)
        try await rights.unrestrict(who)
        try await rights.erase(who)
        let register = try await rights.requests()
        #expect(register.map(\.kind) == [.erasure, .lifting, .restriction, .rectification, .access])
        #expect(register.allSatisfy { $0.handler == "staff:Pia" && $0.outcome == .done && $0.closedAt != nil })
        let audit = try await app.courant.store.read { try $0.auditEntries(from: 1, limit: 100) }
        #expect(
            audit.suffix(6).map(\.action) == [
                "subscriber.find", "subscriber.export", "subscriber.rectify", "subscriber.restrict",
                "subscriber.unrestrict", "subscriber.erase",
            ])
        #expect(Set(audit.suffix(6).map(\.subject)).count == 1 && audit.allSatisfy { !"\($0)".contains("ann") })
    }

    @Test func `a letter is written down, served by the verb, and then says nothing of whom it was about`() async throws
    {
        let app = try await TestApp.start()
        try await app.subscribe("ann@example.org")
        let address = try EmailAddress("ann@example.org")
        let letter = try await app.courant.rights.open(.erasure, about: address, by: .staff("Pia"))
        #expect(try await app.find("ann@example.org").requests.map(\.id) == [letter.id])
        app.clock.advance(.seconds(5 * 86_400))
        try await app.courant.rights.erase(app.staff(for: "ann@example.org"))
        let register = try await app.courant.rights.requests()
        #expect(register.map(\.id) == [letter.id] && register[0].outcome == .done)
        #expect(try await app.find("ann@example.org").isEmpty)
        #expect(await app.courant.store.scrub())
        let digest = app.courant.keyring.digest(of: address)
        #expect(try !app.files().contains { $0.range(of: digest) != nil })
    }

    @Test func `what nobody answers is overdue; it may be extended once, in time`() async throws {
        let app = try await TestApp.start()
        let rights = app.courant.rights
        let first = try await rights.open(.access, by: .staff("Pia"))
        let second = try await rights.open(.other, by: .staff("Pia"))
        #expect(try await rights.extend(second.id, by: .staff("Pia")).isExtended)
        app.clock.advance(.seconds(32 * 86_400))
        #expect(try await rights.overdue() == 1)
        for id in [first.id, second.id] {
            await #expect(throws: Refusal.self) { try await rights.extend(id, by: .staff("Pia")) }
        }
        _ = try await rights.close(first.id, .refused, by: .staff("Pia"))
        #expect(try await rights.overdue() == 0)
        await #expect(throws: Refusal.self) { try await rights.close(first.id, .done, by: .staff("Pia")) }
        await #expect(throws: Refusal.notFound(.request)) { try await rights.close(99, .done, by: .staff("Pia")) }
    }

    @Test func `what must be answered comes first, the longest due first, then the newest`() async throws {
        let app = try await TestApp.start()
        let rights = app.courant.rights
        var ids: [Int64] = []
        for kind in [RightsRequest.Kind.access, .erasure, .other, .objection] {
            ids.append(try await rights.open(kind, by: .host).id)
            app.clock.advance(.days(1))
        }
        for id in [ids[0], ids[2]] { _ = try await rights.close(id, .done, by: .host) }
        #expect(try await rights.requests().map(\.id) == [ids[1], ids[3], ids[2], ids[0]])
        #expect(try await rights.requests(limit: 2).map(\.id) == [ids[1], ids[3]])
    }

    @Test func `what was answered goes from the register after its term, what is open never`() async throws {
        let app = try await TestApp.start { $0.registerExpiresAfter = .days(100) }
        let rights = app.courant.rights
        let (closed, open) = (try await rights.open(.access, by: .host), try await rights.open(.other, by: .host))
        _ = try await rights.close(closed.id, .done, by: .host)
        try await rights.requestLink(EmailAddress("nobody@example.org"), language: .english)
        app.clock.advance(.days(99))
        #expect(try await app.courant.retention.sweep().requests == 0)
        app.clock.advance(.days(2))
        #expect(try await app.courant.retention.sweep().requests == 1)
        #expect(try await rights.requests().map(\.id) == [open.id])
        #expect(try await app.courant.store.read { try $0.requestCounts(since: .distantPast) } == [:])
    }

    @Test func `a request did not come tomorrow, nor long ago`() async throws {
        let app = try await TestApp.start()
        for days in [1.0, -400] {
            await #expect(throws: Refusal.self) {
                try await app.courant.rights.open(
                    .access, received: app.clock.wall.now().addingTimeInterval(days * 86_400), by: .host)
            }
        }
    }
}
