import CourantAPI
import CourantTesting
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Mail
import NIOCore
import Newsletter
import SQLStore
import Testing
import Wiring

@testable import Web

/// A web shop, till or CRM, with a login of its own.
@Suite struct IntegrationTests {
    private static let bodies = [
        "nobody", "pending", "active", "restricted", "fingerprinted",
    ].map { #"{"email":"\#($0)@example.org","name":"Ann","list":"news","source":"the till in Bergen"}"# }

    private static let requested = #"{"status":"confirmation-requested"}"# + "\n"

    private static func shop(_ web: WebApp) async throws -> HTTPFields {
        try await web.token("shop", .integration)
    }

    private static func post(
        _ web: WebApp, _ body: String, _ shop: HTTPFields, key: String = UUID().uuidString
    ) async throws -> TestResponse {
        var headers = shop
        headers[.idempotencyKey] = key
        return try await web.json("/api/v1/subscriptions", body, headers)
    }

    private static func delete(_ web: WebApp, _ email: String, _ shop: HTTPFields, list: String = "news") async throws
        -> TestResponse
    {
        var headers = shop
        headers[.contentType] = "application/json"
        let body = Array(#"{"email":"\#(email)","list":"\#(list)"}"#.utf8)
        return try await web.ask(.delete, "/api/v1/subscriptions", headers, body)
    }

    /// One address in each standing.
    private static func fill(_ app: TestApp) async throws {
        for name in ["active", "restricted", "fingerprinted"] { try await app.subscribe("\(name)@example.org") }
        try await app.signUp("pending@example.org")
        try await app.deliverAllMail()
        try await app.courant.rights.restrict(.address(EmailAddress("restricted@example.org"), by: .host))
        try await app.courant.rights.object(.address(EmailAddress("fingerprinted@example.org"), by: .host))
        app.clock.advance(.seconds(3600))
    }

    @Test func `who is brought confirms by mail, and reads where they asked`() async throws {
        let web = try await WebApp.start()
        let shop = try await Self.shop(web)
        let answer = try await Self.post(web, Self.bodies[0], shop)
        #expect(answer.status == .accepted && answer.text == Self.requested)
        #expect(try await web.app.courant.lists.all().map { [$0.pending, $0.active] } == [[1, 0]])
        let path = try await web.confirmPath("nobody@example.org")
        let mail = try #require(web.app.relay.mails.last?.text)
        #expect(mail.contains("was given this address") && !mail.contains("sign-up page") && !mail.contains("Bergen"))
        #expect(try await web.ask(.get, path).text.contains("the till in Bergen"))
        #expect(try await web.form(path, "").status == .ok)
        #expect(try await web.app.courant.lists.all().map { [$0.pending, $0.active] } == [[0, 1]])
    }

    @Test func `the answer is the same for every address`() async throws {
        let web = try await WebApp.start()
        try await Self.fill(web.app)
        let shop = try await Self.shop(web)
        let before = web.app.relay.mails.count
        for body in Self.bodies {
            let answer = try await Self.post(web, body, shop)
            #expect(answer.status == .accepted && answer.text == Self.requested, "\(body)")
        }
        try await web.app.deliverAllMail()
        #expect(web.app.relay.mails.count == before + 2, "who is on the list already has asked nothing")
        for name in ["nobody", "pending", "active", "restricted", "fingerprinted", "stranger"] {
            let answer = try await Self.delete(web, "\(name)@example.org", shop)
            #expect(answer.status == .noContent && answer.text.isEmpty, "\(name)")
        }
        #expect(try await web.app.courant.lists.all().map { [$0.pending, $0.active] } == [[0, 0]])
        let entries = try await web.app.courant.audit.tail(from: 1, limit: 1000).filter { $0.actor == "staff:shop" }
        #expect(entries.count { $0.action == "subscription.request" } == 5)
        #expect(entries.count { $0.action == "subscription.remove" } == 6)
    }

    @Test func `a key does one thing once`() async throws {
        let web = try await WebApp.start()
        let shop = try await Self.shop(web)
        try await Application(router: web.router(), logger: web.logger).test(.router) { client in
            func post(_ body: String, key: String?) async throws -> TestResponse {
                var headers = shop
                headers[.contentType] = "application/json"
                headers[.idempotencyKey] = key
                return try await client.execute(
                    uri: "/api/v1/subscriptions", method: .post, headers: headers, body: ByteBuffer(string: body))
            }
            #expect(try await post(Self.bodies[0], key: nil).problem?.word == "idempotency-key-missing")
            #expect(try await post(Self.bodies[0], key: "a").status == .accepted)
            try await web.app.deliverAllMail()
            web.app.clock.advance(.seconds(3600))
            #expect(try await post(Self.bodies[0], key: "a").status == .accepted)
            #expect(try await post(Self.bodies[1], key: "a").problem?.word == "idempotency-key-reused")
            try await web.app.deliverAllMail()
            #expect(web.app.relay.mails.count == 1)
            #expect(try await post(Self.bodies[0], key: "b").status == .accepted)
            try await web.app.deliverAllMail()
            #expect(web.app.relay.mails.count == 2)
        }
    }

    @Test func `it is for its lists alone, and what is bad is said and changes nothing`() async throws {
        let web = try await WebApp.start()
        try await web.app.createList("events", title: "Events")
        try await web.app.subscribe("ann@example.org", lists: ["events"])
        let shop = try await Self.shop(web)
        let before = try await web.records()
        for list in ["events", "none", "NO NE"] {
            let body = #"{"email":"bo@example.org","list":"\#(list)","source":"x"}"#
            let answers = [
                try await Self.post(web, body, shop),
                try await Self.delete(web, "ann@example.org", shop, list: list),
            ]
            for answer in answers {
                #expect(answer.status == .forbidden && answer.text.contains("other lists: news"), "\(answer.text)")
            }
        }
        for (body, field) in [
            (#"{"email":"bo","list":"news","source":"x"}"#, "email"),
            (#"{"email":"bo@example.org","list":"news"}"#, "source"),
            (#"{"email":"bo@example.org","list":"news","source":""}"#, "source"),
            (#"{"email":"bo@example.org","list":"news","source":"form"}"#, "source"),
            (#"{"email":"bo@example.org","list":"news","source":"for eve@example.org"}"#, "source"),
            (#"{"email":"bo@example.org","list":"news","source":"x","name":"see https://x.example"}"#, "name"),
        ] {
            let answer = try await Self.post(web, body, shop)
            #expect(answer.status == .unprocessableContent && answer.problem?.errors?.first?.field == field, "\(body)")
        }
        #expect(try await Self.delete(web, "bo", shop).problem?.errors?.first?.field == "email")
        #expect(try await web.records() == before)
    }

    @Test func `its login does nothing else, and the words say so`() async throws {
        let web = try await WebApp.start()
        let shop = try await Self.shop(web)
        let answer = try await web.ask(.get, "/api/v1/lists", shop)
        #expect(answer.status == .forbidden && answer.text.contains("The role integration does not have"))
        let admin = try await web.token("Root", .admin)
        let refused = try await Self.post(web, Self.bodies[0], admin)
        #expect(refused.status == .forbidden && refused.text.contains("integration has it"))
    }

    @Test func `each login has the form's limit for itself`() async throws {
        let web = try await WebApp.start(limits: Limits(clientPerMinute: 2))
        let shop = try await Self.shop(web)
        let lists = ["news"].compactMap { Slug($0) }
        let token = try await web.app.courant.staff.add("till", role: .integration, lists: lists).token
        for _ in 1...2 { #expect(try await Self.post(web, Self.bodies[0], shop).status == .accepted) }
        let refused = try await Self.post(web, Self.bodies[0], shop)
        #expect(refused.status == .tooManyRequests && refused.headers[.retryAfter] != nil)
        let till: HTTPFields = [.authorization: "Bearer \(token.text)"]
        #expect(try await Self.post(web, Self.bodies[0], till).status == .accepted)
        #expect(try await Self.delete(web, "nobody@example.org", shop).status == .noContent)
    }

    @Test func `a program's login names its lists, and nobody else's does`() async throws {
        let web = try await WebApp.start()
        let admin = try await web.token("Root", .admin)
        for body in [
            #"{"name":"shop","role":"integration"}"#, #"{"name":"shop","role":"integration","lists":["none"]}"#,
            #"{"name":"Eva","role":"sender","lists":["news"]}"#,
        ] {
            let answer = try await web.json("/api/v1/staff", body, admin)
            #expect(answer.problem?.errors?.first?.field == "lists", "\(answer.text)")
        }
        let made = try await web.json(
            "/api/v1/staff", #"{"name":"shop","role":"integration","lists":["news"]}"#, admin)
        let added: AddedStaff = try made.decoded()
        #expect(added.member.lists == ["news"] && added.member.permissions == ["subscribe"])
        let renewed: StaffInfo = try await web.json("/api/v1/staff/shop/renew", "{}", admin).decoded()
        #expect(renewed.lists == ["news"])
    }

    @Test func `lists that somebody writes into the database let nobody in`() async throws {
        let app = try await TestApp.start()
        let lists = ["news"].compactMap { Slug($0) }
        let token = try await app.courant.staff.add("shop", role: .integration, lists: lists).token
        #expect(try await app.courant.staff.signIn(token)?.lists == lists)
        try await app.courant.store.write { tx in
            guard let login = try tx.login(tokenID: token.id) else { return }
            let more = StaffMember(
                name: "shop", role: .integration, createdAt: login.member.createdAt,
                expiresAt: login.member.expiresAt, lastUsed: nil, lists: lists + ["events"].compactMap { Slug($0) })
            try tx.deleteStaff("shop")
            try tx.insert(
                StaffLogin(member: more, tokenID: login.tokenID, tokenHash: login.tokenHash, seal: login.seal))
        }
        #expect(try await app.courant.staff.signIn(token) == nil)
    }

    @Test(.enabled(if: Engine.usual == .postgresql, "SQLite's is among the earlier schemas"))
    func `a database of before there were programs' logins becomes this one`() async throws {
        let database = try await PostgresCluster.shared.database()
        let app = try await TestApp.start { $0.store = try database.address }
        let token = try await app.courant.staff.add("Eva", role: .sender).token
        let former = "'viewer', 'editor', 'sender', 'privacy', 'admin'"
        try await database.psql("ALTER TABLE staff DROP COLUMN lists")
        // The table that was there had the plain name when this one was made.
        try await database.psql("ALTER TABLE staff DROP CONSTRAINT staff_role_check1")
        try await database.psql("ALTER TABLE staff ADD CONSTRAINT staff_role_check CHECK (role IN (\(former)))")
        try await database.psql("DELETE FROM migration WHERE name = 'logins of programs'")
        let next = try await app.restart()
        #expect(try await next.courant.staff.signIn(token)?.role == .sender)
        let lists = ["news"].compactMap { Slug($0) }
        let shop = try await next.courant.staff.add("shop", role: .integration, lists: lists).token
        #expect(try await next.courant.staff.signIn(shop)?.lists == lists)
        try next.courant.store.close()
    }
}
