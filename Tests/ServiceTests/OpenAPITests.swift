import CourantAPI
import CourantTesting
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Newsletter
import Testing
import Wiring
import Yams

@testable import Web

@Suite struct OpenAPITests {
    private static func document(_ web: WebApp) async throws -> Node.Mapping {
        let answer = try await web.ask(.get, "/api/openapi.yaml")
        #expect(answer.status == .ok && answer.headers[.contentType] == "application/yaml")
        return try #require(try Yams.compose(yaml: answer.text)?.mapping)
    }

    @Test func `the description has exactly the routes that there are`() async throws {
        let web = try await WebApp.start()
        var described: Set<String> = []
        for (path, methods) in try #require(try await Self.document(web)["paths"]?.mapping) {
            for (method, _) in try #require(methods.mapping) where method.string != "parameters" {
                described.insert("\(method.string?.uppercased() ?? "") \(path.string ?? "")")
            }
        }
        let routes = Set(web.router().routes.filter { $0.method != .head }.map { "\($0.method) \($0.path)" })
        #expect(described == routes, "\(described.symmetricDifference(routes).sorted())")
    }

    @Test func `staff routes, and they alone, ask for a token`() async throws {
        let web = try await WebApp.start()
        for (path, methods) in try #require(try await Self.document(web)["paths"]?.mapping) {
            let isStaff = path.string?.hasPrefix("/api/v1/") == true
            for (method, call) in try #require(methods.mapping) where method.string != "parameters" {
                #expect((call["security"] != nil) == isStaff, "\(method) \(path)")
                #expect(call["operationId"] != nil && call["responses"] != nil)
            }
        }
    }

    /// A sweep that is held, and released.
    private static func held(_ web: WebApp, _ staff: HTTPFields) async throws -> TestResponse {
        let slug = try #require(Slug("news"))
        try await web.app.courant.store.write { tx in
            guard let list = try tx.list(slug) else { return }
            try tx.hold(HeldSweep(list: slug, due: 60, population: 70), on: list)
        }
        return try await web.json("/api/v1/retention/release", #"{"list":"news","expect":60}"#, staff)
    }

    @Test func `answers are of the described shape`() async throws {
        let web = try await WebApp.start()
        let schemas = try #require(try await Self.document(web)["components"]?["schemas"]?.mapping)
        var staff = try await web.token("Eva", .admin)
        staff[.idempotencyKey] = "k"
        var file = staff
        file[.contentType] = "text/csv"
        let issue = String(
            decoding: try JSON.encode(CampaignSource(source: TestApp.issue, list: "news")), as: UTF8.self)
        let answers: [(String, TestResponse)] = [
            ("Requested", try await web.json("/subscribe", #"{"email":"ann@example.org"}"#)),
            ("Problem", try await web.json("/subscribe", #"{"email":"x"}"#)),
            ("Whoami", try await web.ask(.get, "/api/v1/whoami", staff)),
            ("Lists", try await web.ask(.get, "/api/v1/lists", staff)),
            ("List", try await web.ask(.get, "/api/v1/lists/news", staff)),
            ("Campaign", try await web.json("/api/v1/campaigns", issue, staff)),
            ("Preview", try await web.json("/api/v1/campaigns/preview", issue, staff)),
            ("Plan", try await web.json("/api/v1/campaigns/1/plan", "", staff)),
            ("Holdings", try await web.ask(.get, "/api/v1/retention", staff)),
            ("Bounces", try await web.ask(.get, "/api/v1/bounces", staff)),
            ("Changed", try await web.json("/api/v1/bounces/release", "{}", staff)),
            ("Sweep", try await web.json("/api/v1/retention/run", #"{"dry_run":true}"#, staff)),
            ("HeldSweep", try await Self.held(web, staff)),
            ("Attestation", try await web.ask(.post, "/api/v1/retention/attest", staff)),
            (
                "Import",
                try await web.ask(
                    .post, "/api/v1/imports?list=news&basis=consent&source=x&dry_run=true",
                    file, Array("email\nann@example.org\n".utf8))
            ),
            (
                "Import",
                try await web.json("/api/v1/uploads", #"{"list":"news","basis":"consent","source":"x"}"#, staff)
            ),
            ("Block", try await web.json("/api/v1/blocks", #"{"source":"x"}"#, staff)),
            ("Part", try await web.ask(.put, "/api/v1/uploads/2/parts/1", file, Array("email\nx\n".utf8))),
            ("Changed", try await web.json("/api/v1/subscribers/contact", #"{"address":"ann@example.org"}"#, staff)),
            ("Audit", try await web.ask(.get, "/api/v1/audit", staff)),
            ("AuditVerdict", try await web.ask(.get, "/api/v1/audit/verify", staff)),
            ("Subscriber", try await web.json("/api/v1/subscribers/find", #"{"address":"ann@example.org"}"#, staff)),
            (
                "Consents",
                try await web.json("/api/v1/consents/show", #"{"address":"ann@example.org"}"#, staff)
            ),
            (
                "Receipt",
                try await web.json(
                    "/api/v1/consents/verify",
                    #"{"receipt":"Courant consent receipt, version 1\nSignature: AA"}"#, staff)
            ),
            ("Request", try await web.json("/api/v1/requests", #"{"kind":"access"}"#, staff)),
            ("Requests", try await web.ask(.get, "/api/v1/requests?open=true", staff)),
            ("StaffList", try await web.ask(.get, "/api/v1/staff", staff)),
            ("AddedStaff", try await web.json("/api/v1/staff", #"{"name":"Bo","role":"sender"}"#, staff)),
            ("Staff", try await web.json("/api/v1/staff/Bo/renew", "{}", staff)),
            ("Policies", try await web.ask(.get, "/api/v1/policies", staff)),
            (
                "Policy",
                try await web.json(
                    "/api/v1/policies", ##"{"source":"---\nversion: x\n---\n# T","effective":"2030-01-01"}"##, staff)
            ),
            ("Report", try await web.ask(.get, "/api/v1/campaigns/1/report", staff)),
        ]
        for (name, answer) in answers {
            let body = try #require(
                try JSONSerialization.jsonObject(with: Data(answer.text.utf8)) as? [String: Any], "\(name)")
            let schema = try #require(schemas[Node(name)]?.mapping)
            let required = Set(schema["required"]?.sequence?.compactMap(\.string) ?? [])
            let known = Set(schema["properties"]?.mapping?.keys.compactMap(\.string) ?? [])
            #expect(required.isSubset(of: body.keys), "\(name): \(required.subtracting(body.keys))")
            #expect(Set(body.keys).isSubset(of: known), "\(name): \(Set(body.keys).subtracting(known))")
        }
    }
}
