import CourantAPI
import CourantTesting
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Newsletter
import Testing
import Wiring

@testable import Web

/// Everything that staff do leaves one entry, whoever does it; what they may not do, and what they only look at, none.
@Suite struct WebAuditTests {
    /// A call that changes something, in an order in which each succeeds. `DIGEST` is the campaign's.
    private static let calls: [(HTTPRequest.Method, String, String)] = [
        (.post, "lists", #"{"slug":"events","title":"Events"}"#),
        (.patch, "lists/events", #"{"title":"Meetings"}"#),
        (.post, "lists/events/export", "{}"),
        (.post, "lists/events/close", "{}"),
        (.post, "campaigns", #"{"source":"---\nsubject: Hello\n---\n# Hello\n\nAll.","list":"news"}"#),
        (.patch, "campaigns/1", #"{"source":"---\nsubject: Hello\n---\n# Hello\n\nAll of you."}"#),
        (.post, "campaigns/1/test", #"{"to":"canary@zebedee.example","name":"Canary"}"#),
        (.post, "campaigns/1/plan", ""),
        (.post, "campaigns/1/approve", #"{"digest":"DIGEST"}"#),
        (.post, "campaigns/1/send", #"{"digest":"DIGEST"}"#),
        (.post, "campaigns/1/pause", ""),
        (.post, "campaigns/1/retry", #"{"in_doubt":true}"#),
        (.post, "campaigns/1/resume", ""),
        (.post, "campaigns/1/cancel", ""),
        (.post, "requests", #"{"kind":"erasure","address":"canary@zebedee.example"}"#),
        (.post, "requests/1/extend", ""),
        (.post, "requests/1/close", #"{"outcome":"withdrawn"}"#),
        (.post, "policies", #"{"source":"---\nversion: \"2\"\n---\nWe keep little.","effective":"2026-12-01"}"#),
        (.post, "policies/2/notify", "{}"),
        (.post, "subscribers/find", #"{"address":"canary@zebedee.example","in_full":true}"#),
        (.post, "subscribers/rectify", #"{"address":"canary@zebedee.example","name":"Canary Zebedee"}"#),
        (.post, "subscribers/export", #"{"address":"canary@zebedee.example","format":"csv"}"#),
        (.post, "consents/show", #"{"address":"canary@zebedee.example"}"#),
        (.post, "bounces/release", "{}"), (.post, "bounces/erase", "{}"),
        (.post, "subscribers/restrict", #"{"address":"canary@zebedee.example"}"#),
        (.post, "subscribers/unrestrict", #"{"address":"canary@zebedee.example"}"#),
        (.post, "subscribers/contact", #"{"address":"canary@zebedee.example"}"#),
        (.post, "subscribers/classify", #"{"address":"canary@zebedee.example","class":"partner"}"#),
        (.post, "subscribers/erase", #"{"address":"canary@zebedee.example"}"#),
        (.post, "subscribers/object", #"{"address":"canary@zebedee.example"}"#),
        (.post, "subscribers/forgive", #"{"address":"canary@zebedee.example"}"#),
        (.post, "retention/run", #"{"dry_run":false}"#),
        (.post, "retention/attest", ""),
        (.post, "staff", #"{"name":"Ås O'Neil","role":"viewer","days":30}"#),
        (.post, "staff/review", ""),
        (.post, "staff/%C3%85s%20O'Neil/renew", "{}"),
        (.post, "staff/%C3%85s%20O'Neil/revoke", ""),
    ]

    /// They look at what they are given, and keep nothing.
    private static let looks: [(HTTPRequest.Method, String, String)] = [
        (.post, "campaigns/lint", #"{"source":"canary@zebedee.example"}"#),
        (.post, "campaigns/preview", #"{"source":"---\nsubject: Hello\n---\nAll.","list":"news","name":"Canary"}"#),
        (.post, "retention/run", #"{"dry_run":true}"#), (.get, "retention", ""),
        // Refused: nothing waits for a word, and the campaign has begun.
        (.post, "retention/release", #"{"list":"news","expect":7}"#),
        (.post, "campaigns/1/reschedule", #"{"at":"2026-12-01T09:00:00Z"}"#),
        // No receipt stands in it.
        (.post, "consents/verify", #"{"receipt":"canary@zebedee.example"}"#), (.get, "bounces", ""),
        // No CSV: refused before anything is read. Nothing is begun, so that nothing goes on or is accepted.
        (.post, "imports", ""), (.post, "uploads", "{}"), (.put, "uploads/1/parts/1", ""), (.delete, "uploads/1", ""),
        (.post, "uploads/1/accept", "{}"), (.post, "uploads/1/approve", "{}"), (.post, "blocks", "{}"),
        (.put, "blocks/1/parts/1", ""), (.delete, "blocks/1", ""), (.post, "blocks/1/accept", "{}"),
        (.get, "audit", ""), (.get, "audit/verify", ""), (.get, "staff", ""), (.get, "lists", ""),
    ]

    private static func ask(
        _ web: WebApp, _ call: (HTTPRequest.Method, String, String), _ who: HTTPFields
    ) async throws -> TestResponse {
        var headers = who
        headers[.contentType] = "application/json"
        headers[.idempotencyKey] = "k"
        var body = call.2
        if body.contains("DIGEST") {
            body = body.replacing("DIGEST", with: try await web.app.courant.campaigns.show(1).campaign.digest)
        }
        return try await web.ask(call.0, "/api/v1/\(call.1)", headers, Array(body.utf8))
    }

    private static func count(_ web: WebApp) async throws -> Int64 {
        try await web.app.courant.audit.verify().entries
    }

    @Test(arguments: Role.allCases)
    func `each call that changes something is one entry, and no other is`(_ role: Role) async throws {
        let web = try await WebApp.start()
        try await web.app.subscribe("canary@zebedee.example", name: "Canary")
        let (admin, who) = (try await web.token("Root", .admin), try await web.token("Eva", role))
        for call in Self.calls {
            let before = try await Self.count(web)
            let answer = try await Self.ask(web, call, who)
            #expect(answer.status.kind == .successful || answer.status == .forbidden, "\(call.1): \(answer.text)")
            let isAllowed = answer.status.kind == .successful
            #expect(try await Self.count(web) == before + (isAllowed ? 1 : 0), "\(role) \(call.1)")
            if !isAllowed { #expect(try await Self.ask(web, call, admin).status.kind == .successful, "\(call.1)") }
        }
        for call in Self.looks {
            let before = try await Self.count(web)
            _ = try await Self.ask(web, call, who)
            #expect(try await Self.count(web) == before, "\(role) \(call.1)")
        }
        let verdict = try await web.app.courant.audit.verify()
        #expect(verdict.flaw == nil)
        let text = try await web.app.courant.audit.tail(from: 1, limit: 1000)
            .map { "\($0.actor) \($0.action) \($0.subject) \($0.result)" }.joined(separator: "\n").lowercased()
        #expect(!text.contains("canary") && !text.contains("zebedee") && !text.contains("@"))
    }

    @Test func `no call that changes something is forgotten above`() async throws {
        let web = try await WebApp.start()
        func path(_ text: String) -> String {
            text.replacing(/campaigns\/1/, with: "campaigns/{id}").replacing(/lists\/events/, with: "lists/{slug}")
                .replacing(/(uploads|blocks)\/1/) { "\($0.1)/{id}" }.replacing(/parts\/1/, with: "parts/{part}")
                .replacing(/requests\/1/, with: "requests/{id}").replacing(/policies\/2/, with: "policies/{version}")
                .replacing(/staff\/%[^\/]+/, with: "staff/{name}")
        }
        let known = Set((Self.calls + Self.looks).filter { $0.0 != .get }.map { "\($0.0) /api/v1/\(path($0.1))" })
        let routes = web.router().routes.filter {
            $0.path.description.hasPrefix("/api/v1/") && $0.method != .get && $0.method != .head
        }
        // A program's, which nobody else may make: see `IntegrationTests`.
        let programs: Set = ["POST /api/v1/subscriptions", "DELETE /api/v1/subscriptions"]
        #expect(Set(routes.map { "\($0.method) \($0.path)" }) == known.union(programs))
    }

    @Test(.ofTheFile) func `the audit is told and proven over HTTP`() async throws {
        let web = try await WebApp.start()
        let pia = try await web.token("Pia", .privacy)
        let tail: AuditInfo = try await web.ask(.get, "/api/v1/audit?limit=1", pia).decoded()
        #expect(tail.entries.map(\.subject) == ["staff:Pia"] && tail.entries.first?.number == 2)
        let all: AuditInfo = try await web.ask(.get, "/api/v1/audit?from=1", pia).decoded()
        #expect(all.entries.map(\.action) == ["list.create", "staff.add"])
        let whole: AuditVerdictInfo = try await web.ask(.get, "/api/v1/audit/verify", pia).decoded()
        let mark = try #require(whole.mark)
        #expect(whole.isWhole && whole.entries == 2)
        try web.app.tamper(["UPDATE audit SET actor = 'person' WHERE number = 2"])
        let broken: AuditVerdictInfo = try await web.ask(.get, "/api/v1/audit/verify?mark=\(mark)", pia).decoded()
        #expect(!broken.isWhole && broken.entry == 2 && broken.problem?.contains("Entry 2") == true)
        for query in ["?limit=0", "?limit=1001", "?limit=x", "?from=0", "?from=-1", "/verify?mark=x"] {
            #expect(try await web.ask(.get, "/api/v1/audit\(query)", pia).status == .unprocessableContent, "\(query)")
        }
    }

    @Test func `a token is shown once, and works until it is revoked`() async throws {
        let web = try await WebApp.start()
        let root = try await web.token("Root", .admin)
        let added: AddedStaff = try await web.json("/api/v1/staff", #"{"name":"Bo","role":"sender"}"#, root).decoded()
        let bo: HTTPFields = [.authorization: "Bearer \(added.token)"]
        #expect(added.member.permissions == ["see", "edit", "send"])
        #expect(try await web.ask(.get, "/api/v1/whoami", bo).status == .ok)
        let listed = try await web.ask(.get, "/api/v1/staff", root)
        #expect(try listed.decoded(StaffListInfo.self).staff.map(\.name) == ["Bo", "Root"])
        #expect(!listed.has(added.token))
        #expect(try await web.ask(.post, "/api/v1/staff/Bo/revoke", root).status == .noContent)
        #expect(try await web.ask(.get, "/api/v1/whoami", bo).status == .unauthorized)
        #expect(try await web.ask(.post, "/api/v1/staff/Bo/revoke", root).problem?.word == "not-found")
        #expect(try await web.ask(.post, "/api/v1/staff/Root/revoke", root).problem?.word == "last-admin")
    }

    @Test(
        arguments: [
            (#"{"name":"a@b","role":"sender"}"#, "name"), (#"{"name":"Bo","role":"king"}"#, "role"),
            (#"{"name":"Bo","role":"sender","days":366}"#, "days"),
            (#"{"name":"Bo","role":"sender","days":0}"#, "days"),
            (#"{"name":"Bo","role":"sender","days":-9223372036854775808}"#, "days"), (#"{"role":"sender"}"#, "name"),
        ])
    func `a bad login is refused with its field`(_ body: String, _ field: String) async throws {
        let web = try await WebApp.start()
        let answer = try await web.json("/api/v1/staff", body, web.token("Root", .admin))
        #expect(answer.status == .unprocessableContent && answer.problem?.errors?.first?.field == field)
    }
}
