import CourantTesting
import Foundation
import Newsletter
import SQLStore
import Testing
import Wiring

@Suite struct StaffTests {
    @Test func `a token signs its owner in until it expires`() async throws {
        let app = try await TestApp.start()
        let (token, member) = try await app.courant.staff.add("Eva Å. O'Neil-2", role: .sender)
        let known = try await app.courant.staff.signIn(#require(StaffToken(token.text)))
        #expect(known?.name == member.name && known?.role == .sender)
        app.clock.advance(Staff.lifetime)
        #expect(try await app.courant.staff.signIn(token) == nil)
        #expect(Staff.lifetime == .seconds(90 * 86_400))
    }

    @Test func `the day of the last use is noted, and not its minute`() async throws {
        let app = try await TestApp.start()
        let token = try await app.courant.staff.add("Eva", role: .viewer).token
        _ = try await app.courant.staff.signIn(token)
        let used = try await app.courant.store.read { try $0.staff(named: "Eva")?.lastUsed }
        #expect(used.map { $0.timeIntervalSince1970.truncatingRemainder(dividingBy: 86_400) } == 0)
    }

    @Test func `neither the token nor its secret is on the disk`() async throws {
        let app = try await TestApp.start()
        let token = try await app.courant.staff.add("Eva", role: .viewer).token
        let secret = token.text.split(separator: ".")[2]
        try app.expectNothingReadable([token.text, String(secret)])
        let bytes = try #require(Data(base64URL: secret))
        #expect(try !app.files().contains { $0.range(of: bytes) != nil })
    }

    @Test func `another secret under a known id is refused`() async throws {
        let app = try await TestApp.start()
        let (mine, other) = (
            try await app.courant.staff.add("Eva", role: .viewer).token,
            try await app.courant.staff.add("Bo", role: .admin).token
        )
        let parts = [mine, other].map { $0.text.split(separator: ".").map(String.init) }
        let mixed = [parts[0][0], parts[1][1], parts[0][2], parts[0][3]].joined(separator: ".")
        #expect(StaffToken(mixed) == nil)
        #expect(try await app.courant.staff.signIn(.random()) == nil)
    }

    @Test(arguments: ["", String(repeating: "x", count: 65), "a\nb", "a\0", "a/b", "a@b", "\u{202E}a", "<b>"])
    func `a bad name is refused`(_ name: String) async throws {
        let app = try await TestApp.start()
        await #expect(throws: Refusal.self) { try await app.courant.staff.add(name, role: .viewer) }
    }

    @Test func `a name is given once`() async throws {
        let app = try await TestApp.start()
        _ = try await app.courant.staff.add("Eva", role: .viewer)
        await #expect(throws: Refusal.taken(.staff, "Eva")) { try await app.courant.staff.add("Eva", role: .admin) }
    }

    @Test func `a login is renewed to a year at most, and then a new one is due`() async throws {
        let app = try await TestApp.start()
        let staff = app.courant.staff
        let (token, made) = try await staff.add("Eva", role: .sender, for: .seconds(30 * 86_400), by: .host)
        app.clock.advance(.seconds(31 * 86_400))
        #expect(try await staff.signIn(token) == nil)
        #expect(try await staff.renew("Eva", by: .host).expiresAt == app.clock.wall.now() + Staff.lifetime)
        #expect(try await staff.signIn(token)?.name == "Eva")
        app.clock.advance(.seconds(320 * 86_400))
        let last = try await staff.renew("Eva", for: .seconds(100 * 86_400), by: .host)
        #expect(last.expiresAt == made.createdAt + Staff.longestLifetime)
        app.clock.advance(.seconds(14 * 86_400))
        await #expect(throws: Refusal.tooOld("Eva")) { try await staff.renew("Eva", by: .host) }
        await #expect(throws: Refusal.notFound(.staff)) { try await staff.renew("Bo", by: .host) }
    }

    @Test(arguments: [0, -1, 366])
    func `so many days no login lasts`(_ days: Int) async throws {
        let staff = try await TestApp.start().courant.staff
        await #expect(throws: Refusal.self) {
            try await staff.add("Eva", role: .sender, for: .seconds(days * 86_400), by: .host)
        }
    }

    @Test func `a revoked token is refused at once, and the last admin stays`() async throws {
        let app = try await TestApp.start()
        let staff = app.courant.staff
        let (token, _) = try await staff.add("Eva", role: .admin)
        _ = try await staff.add("Old", role: .admin, for: .seconds(86_400), by: .host)
        app.clock.advance(.seconds(2 * 86_400))
        await #expect(throws: Refusal.lastAdmin("Eva")) { try await staff.revoke("Eva", by: .staff("Eva")) }
        #expect(try await staff.signIn(token) != nil)
        _ = try await staff.add("Dag", role: .admin)
        try await staff.revoke("Eva", by: .staff("Dag"))
        #expect(try await staff.signIn(token) == nil)
        await #expect(throws: Refusal.notFound(.staff)) { try await staff.revoke("Eva", by: .host) }
        try await staff.revoke("Dag", by: .host)
        #expect(try await staff.all().map(\.member.name) == ["Old"])
    }

    @Test func `a review says what should not go on as it is, and is written down`() async throws {
        let app = try await TestApp.start()
        let staff = app.courant.staff
        for (name, days) in [("Ada", 365), ("Bo", 100), ("Cleo", 60), ("Dag", 365)] {
            _ = try await staff.add(name, role: .editor, for: .seconds(days * 86_400), by: .host)
        }
        app.clock.advance(.seconds(50 * 86_400))
        let eva = try await staff.add("Eva", role: .viewer).token
        app.clock.advance(.seconds(42 * 86_400))
        _ = try await staff.signIn(eva)
        let review = try await staff.review(by: .staff("Eva"))
        #expect(review.map(\.concerns) == [[.unused], [.unused, .expiresSoon], [.expired, .unused], [.unused], []])
        let entry = try await app.courant.audit.tail(from: nil, limit: 1).first
        #expect(entry?.action == "staff.review" && entry?.result == "logins=5 flagged=4")
    }

    @Test func `whatever is typed for a token is survived, and one wrong character is noticed`() throws {
        let text = StaffToken.random().text
        #expect(StaffToken(text)?.text == text)
        for index in text.indices {
            var typed = text
            typed.replaceSubrange(index...index, with: text[index] == "a" ? "b" : "a")
            #expect(StaffToken(typed) == nil)
        }
        for length in 0..<text.count { #expect(StaffToken(text.prefix(length)) == nil) }
        var random = SystemRandomNumberGenerator()
        for _ in 0..<2_000 {
            let pieces = ["courant", ".", "..", "a", "-_", "é", "\u{301}", "\0", "\r\n", String(text.dropLast(2))]
            let typed = (0..<Int.random(in: 0...8, using: &random)).map { _ in
                pieces.randomElement(using: &random) ?? ""
            }.joined()
            #expect(StaffToken(typed) == nil)
        }
    }
}
