import CourantAPI
import CourantTesting
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import Mail
import Newsletter
import SQLStore
import Testing
import Wiring

@testable import Web

/// Logins: who has one got it from us, and one that ends ends everywhere.
@Suite struct GrantTests {
    private static func plant(
        _ name: String, _ role: Role = .admin, at now: Date, seal: Data? = nil
    ) -> (login: StaffLogin, token: StaffToken) {
        let token = StaffToken.random()
        let member = StaffMember(
            name: name, role: role, createdAt: now, expiresAt: now + .seconds(86_400), lastUsed: nil)
        return (StaffLogin(member: member, tokenID: token.id, tokenHash: token.hash, seal: seal), token)
    }

    @Test func `a login that somebody wrote into the database lets nobody in, and is named`() async throws {
        let app = try await TestApp.start()
        let (staff, now) = (app.courant.staff, app.clock.wall.now())
        let (real, _) = try await staff.add("Eva", role: .viewer)
        for seal in [nil, Data(repeating: 7, count: 32)] {
            let (login, token) = Self.plant("Mallory", at: now, seal: seal)
            try await app.courant.store.write { try $0.insert(login) }
            #expect(try await staff.signIn(token) == nil)
            // Nor at the next start.
            try await app.courant.begin()
            #expect(try await staff.signIn(token) == nil)
            #expect(try await staff.all().first { $0.member.name == "Mallory" }?.concerns.first == .notOurs)
            #expect(try await app.courant.audit.verify().flaw == .login("Mallory"))
            await #expect(throws: Refusal.notOurs("Mallory")) { try await staff.renew("Mallory", by: .host) }
            try await staff.revoke("Mallory", by: .host)
        }
        #expect(try await staff.signIn(real)?.name == "Eva")
        #expect(try await app.courant.audit.verify().flaw == nil)
    }

    @Test func `a login that was given another role or term is none`() async throws {
        let app = try await TestApp.start()
        let staff = app.courant.staff
        let (token, _) = try await staff.add("Eva", role: .viewer)
        let login = try #require(try await app.courant.store.read { try $0.logins() }.first)
        for (role, days) in [(Role.admin, 90.0), (.viewer, 364.0)] {
            let member = StaffMember(
                name: "Eva", role: role, createdAt: login.member.createdAt,
                expiresAt: login.member.createdAt.addingTimeInterval(days * 86_400), lastUsed: nil)
            try await app.courant.store.write { tx in
                try tx.deleteStaff("Eva")
                try tx.insert(
                    StaffLogin(member: member, tokenID: login.tokenID, tokenHash: login.tokenHash, seal: login.seal))
            }
            #expect((try await staff.signIn(token) != nil) == (role == .viewer && days == 90))
        }
        try await app.courant.store.write { tx in
            try tx.deleteStaff("Eva")
            try tx.insert(login)
        }
        #expect(try await staff.signIn(token)?.role == .viewer)
        _ = try await staff.renew("Eva", by: .host)
        #expect(try await staff.signIn(token) != nil)
    }

    @Test func `logins of an earlier version are adopted once, where the audit gave them`() async throws {
        let app = try await TestApp.start()
        let (staff, now) = (app.courant.staff, app.clock.wall.now())
        let (token, _) = try await staff.add("Eva", role: .sender)
        let login = try #require(try await app.courant.store.read { try $0.logins() }.first)
        func unseal(_ hash: Data? = nil) async throws {
            try await app.courant.store.write { tx in
                try tx.deleteStaff("Eva")
                try tx.insert(
                    StaffLogin(
                        member: login.member, tokenID: login.tokenID, tokenHash: hash ?? login.tokenHash, seal: nil))
            }
        }
        let (planted, other) = Self.plant("Mallory", at: now)
        try await app.courant.store.write { try $0.insert(planted) }
        try await unseal()
        #expect(try await staff.signIn(token) == nil)
        #expect(try await staff.adopt() == 1)
        #expect(try await staff.signIn(token)?.name == "Eva")
        #expect(try await staff.signIn(other) == nil)
        // Whoever takes the seal away again to put a token of theirs in Eva's place has come too late.
        try await unseal(Data(repeating: 1, count: 32))
        #expect(try await staff.adopt() == 2)
        #expect(try await app.audited(.sealStaff).map(\.result) == ["logins=1"])
    }

    @Test func `wrong tokens of a known login are counted, and the tenth within a minute is written down`() async throws
    {
        let app = try await TestApp.start()
        let staff = app.courant.staff
        let wrong = try await staff.add("Eva", role: .admin).token
        let login = try #require(try await app.courant.store.read { try $0.logins() }.first)
        // The token is another than the one that its holder has.
        let other = StaffLogin(
            member: login.member, tokenID: login.tokenID, tokenHash: StaffToken.random().hash, seal: login.seal)
        try await app.courant.store.write { tx in
            try tx.deleteStaff("Eva")
            try tx.insert(other)
        }
        for _ in 1...9 { #expect(try await staff.signIn(wrong) == nil) }
        #expect(try await app.audited(.refuseStaff).isEmpty)
        for _ in 1...20 { _ = try await staff.signIn(wrong) }
        #expect(try await app.audited(.refuseStaff).map(\.subject) == ["staff:Eva"])
        app.clock.advance(.seconds(61))
        for _ in 1...10 { _ = try await staff.signIn(wrong) }
        #expect(try await app.audited(.refuseStaff).count == 2)
        for _ in 1...20 { _ = try await staff.signIn(.random()) }
        #expect(try await app.audited(.refuseStaff).count == 2)
    }

    @Test(arguments: ["..", " ", "admin ", " admin", ".a", "a-", "a..b", "Еva", "Εva", "'", "-"])
    func `a name begins and ends with a letter or digit and is of one alphabet`(_ name: String) async throws {
        let app = try await TestApp.start()
        await #expect(throws: Refusal.self) { try await app.courant.staff.add(name, role: .viewer) }
    }

    @Test func `a name that people take for another is taken`() async throws {
        let app = try await TestApp.start()
        let staff = app.courant.staff
        _ = try await staff.add("Eva Lie", role: .viewer)
        for name in ["eva lie", "EvaLie", "Eva-Lie", "Eva  Lie", "Eva.Lie"] {
            await #expect(throws: Refusal.taken(.staff, "Eva Lie")) { try await staff.add(name, role: .viewer) }
        }
        _ = try await staff.add("cop", role: .viewer)
        await #expect(throws: Refusal.taken(.staff, "cop")) { try await staff.add("сор", role: .viewer) }
        for name in ["Eva Li", "Ørjan O'Neil-2", "Жанна", "山田たろう", "Βασίλης"] {
            _ = try await staff.add(name, role: .viewer)
        }
    }

    @Test func `a name that is given again has none of its former owner's campaigns`() async throws {
        let web = try await WebApp.start()
        let file = String(decoding: try JSON.encode(CampaignSource(source: TestApp.issue, list: "news")), as: UTF8.self)
        var ids: [String] = []
        for _ in 0..<2 {
            var ann = try await web.token("Ann", .editor)
            ann[.idempotencyKey] = "k"
            ids.append(try await web.json("/api/v1/campaigns", file, ann).decoded(CampaignInfo.self).id)
            ids.append(try await web.json("/api/v1/campaigns", file, ann).decoded(CampaignInfo.self).id)
            try await web.app.courant.staff.revoke("Ann", by: .host)
            web.app.clock.advance(.seconds(60))
        }
        #expect(ids[0] == ids[1] && ids[2] == ids[3] && ids[0] != ids[2])
    }

    @Test func `a revoked login sees no further change of what it watches`() async throws {
        let web = try await WebApp.start()
        try await web.app.fill(1)
        let id = try await web.app.launch(at: web.app.clock.wall.now() + .seconds(3600)).campaign.id
        let who = try await web.token("Vi", .viewer)
        @Sendable func watch() async throws -> TestResponse {
            let router = Router(context: WebContext.self)
            var site = PublicSite(web.app.courant.settings.publisher, version: "0.1.0", language: .english)
            site.proxies = Proxies(trustsCallsWithoutPeer: true)
            let door = StaffRouter(staff: web.app.courant.staff, site: site, router: router)
            CampaignEvents(
                campaigns: web.app.courant.campaigns, health: RelayHealth([]), clock: web.app.clock.wall,
                interval: .milliseconds(1), trust: .zero
            )
            .add(to: door)
            return try await Application(router: router, logger: web.logger).test(.router) { client in
                try await client.execute(uri: "/api/v1/campaigns/\(id)/events", method: .get, headers: who)
            }
        }
        // It is scheduled, so that the stream would not end by itself.
        async let events = watch()
        let store = web.app.courant.store
        // Vi is let in.
        try await web.app.until { try await store.read { try $0.staff(named: "Vi")?.lastUsed } != nil }
        try await web.app.courant.staff.revoke("Vi", by: .host)
        let answer = try await events
        #expect(answer.status == .ok && answer.has("scheduled"), "\(answer)")
    }

    @Test func `how long people are kept is not an editor's to say`() async throws {
        let web = try await WebApp.start()
        try await web.app.fill(40)
        var (eva, dag) = (try await web.token("Eva", .editor), try await web.token("Dag", .privacy))
        (eva[.contentType], dag[.contentType]) = ("application/json", "application/json")
        func patch(_ who: HTTPFields, _ text: String) async throws -> TestResponse {
            try await web.ask(.patch, "/api/v1/lists/news", who, Array(text.utf8))
        }
        #expect(try await patch(eva, #"{"retention":{"closed_days":0}}"#).status == .forbidden)
        #expect(try await patch(eva, #"{"title":"T","retention":{"subscriber_days":1}}"#).status == .forbidden)
        #expect(try await web.json("/api/v1/lists/news/close", "{}", eva).status == .forbidden)
        #expect(try await patch(dag, #"{"title":"T"}"#).status == .forbidden)
        #expect(try await patch(dag, #"{"retention":{"closed_days":0}}"#).status == .ok)
        let refused = try await web.json("/api/v1/lists/news/close", "{}", dag)
        #expect(refused.status == .conflict && refused.problem?.word == "erases-people" && refused.has("40 people"))
        #expect(try await web.json("/api/v1/lists/news/close", #"{"expect_erased":40}"#, dag).status == .ok)
        // A day at the least, whatever the list says.
        #expect(try await web.app.courant.retention.sweep().closed == 0)
        web.app.passDays(1)
        #expect(try await web.app.courant.retention.sweep().closed == 40)
    }

    @Test func `a shorter term counts from tomorrow on and says how many it erases`() async throws {
        let app = try await TestApp.start()
        let news = try #require(Slug("news"))
        func keep(_ days: Int?, _ expected: Int? = nil) async throws {
            _ = try await app.courant.lists.edit(news, expectErased: expected, by: .host) { list in
                list.retention.terms[.subscriber] = days
            }
        }
        try await app.put("old@example.org")
        app.passDays(20)
        try await app.put("new@example.org")
        let tomorrow = app.clock.wall.now() + .seconds(86_400)
        await #expect(throws: Refusal.erasesPeople(count: 1, from: tomorrow)) { try await keep(10) }
        await #expect(throws: Refusal.erasesPeople(count: 1, from: tomorrow)) { try await keep(10, 2) }
        try await keep(10, 1)
        #expect(try await app.courant.retention.sweep().ended == 0)
        #expect(try await app.courant.retention.show().first?.term == nil)
        // Taken back in time, nobody goes.
        try await keep(nil)
        app.passDays(2)
        #expect(try await app.courant.retention.sweep().ended == 0)
        try await keep(10, 1)
        app.passDays(1)
        #expect(try await app.courant.retention.sweep().ended == 1)
        #expect(try await app.isThere("new@example.org"))
        // A longer one counts at once, and asks nobody.
        try await keep(30)
        #expect(try await app.courant.retention.show().first?.term == 30)
    }
}
