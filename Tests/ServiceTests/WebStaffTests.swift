import Captcha
import CourantAPI
import CourantTesting
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import Newsletter
import Rendering
import SQLStore
import ServiceLifecycle
import Testing
import Wiring

@testable import Web

@Suite struct WebStaffTests {
    private static let file = CampaignSource(source: TestApp.issue, list: "news")

    private static func text(_ value: some Encodable) throws -> String {
        String(decoding: try JSON.encode(value), as: UTF8.self)
    }

    private static func keyed(_ who: HTTPFields, _ key: String) -> HTTPFields {
        var headers = who
        headers[.idempotencyKey] = key
        return headers
    }

    @Test func `who calls is known by a token`() async throws {
        let web = try await WebApp.start()
        let eva = try await web.token("Eva", .sender)
        let me: Whoami = try await web.ask(.get, "/api/v1/whoami", eva).decoded()
        #expect(me.name == "Eva" && me.role == "sender" && me.publicURL == "https://news.example.org")
        let wrong = StaffToken.random().text
        for header in [
            nil, "", "Bearer", "Bearer x", "Basic \(wrong)", "Bearer \(wrong)",
            "Bearer " + String(repeating: "x", count: 9_000),
        ] {
            var headers: HTTPFields = [:]
            headers[.authorization] = header
            let answer = try await web.ask(.get, "/api/v1/whoami", headers)
            #expect(answer.status == .unauthorized && answer.problem?.word == "not-signed-in")
            #expect(answer.headers[.wwwAuthenticate] == "Bearer realm=\"courant\"")
        }
        web.app.clock.advance(.seconds(91 * 86_400))
        #expect(try await web.ask(.get, "/api/v1/whoami", eva).status == .unauthorized)
    }

    @Test func `a token in the clear is refused`() async throws {
        let web = try await WebApp.start { $0.proxies = Proxies() }
        let answer = try await web.ask(.get, "/api/v1/whoami", web.token("Eva", .sender))
        #expect(answer.status == .forbidden && answer.problem?.word == "not-encrypted")
        #expect(answer.problem?.detail?.contains("X-Forwarded-Proto") == true)
    }

    @Test(
        arguments: [
            (nil, [:], true), ("127.0.0.1", [:], true), ("::1", [:], true),
            ("127.0.0.1", [.forwardedProto: "https"], true),
            ("127.0.0.1", [.forwardedProto: "http"], false), ("127.0.0.1", [.forwardedFor: "192.0.2.1"], false),
            ("192.0.2.1", [:], false), ("192.0.2.1", [.forwardedProto: "https"], false),
            ("10.1.2.3", [.forwardedProto: "https"], true), ("10.1.2.3", [.forwardedProto: "https, http"], false),
            ("10.1.2.3", [.forwardedProto: "http, HTTPS"], true), ("10.1.2.3", [:], false),
            ("11.1.2.3", [.forwardedProto: "https"], false),
            ("2001:db8::7", [.forwardedProto: "https"], true), ("::ffff:10.1.2.3", [.forwardedProto: "https"], true),
        ] as [(String?, HTTPFields, Bool)])
    func `a proxy's word counts only from a proxy`(_ peer: String?, _ headers: HTTPFields, _ expected: Bool) throws {
        let ranges = ["10.0.0.0/8", "2001:db8::/32"].compactMap { AddressRange($0) }
        let proxies = Proxies(trusted: ranges, trustsCallsWithoutPeer: true)
        let address = try peer.map { try SocketAddress(ipAddress: $0, port: 1) }
        #expect(proxies.isEncrypted(headers, from: address) == expected)
    }

    @Test(arguments: ["", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0/8", "::/129", "x/8", "10.0.0.0/", "example.org"])
    func `a broken range is none`(_ text: String) {
        #expect(AddressRange(text) == nil)
    }

    private static let people = Role.allCases.filter { $0 != .integration }

    /// What each role may ask; everything else is refused.
    private static let calls: [(HTTPRequest.Method, String, [Role])] = [
        (.get, "whoami", people), (.get, "lists", people), (.get, "lists/news", people),
        (.post, "lists", [.editor, .sender, .admin]), (.patch, "lists/news", [.editor, .sender, .privacy, .admin]),
        (.post, "lists/news/close", [.privacy, .admin]), (.patch, "campaigns/1", [.editor, .sender, .admin]),
        (.post, "campaigns/1/reschedule", [.sender, .admin]), (.get, "campaigns", people),
        (.post, "campaigns", [.editor, .sender, .admin]), (.post, "campaigns/lint", [.editor, .sender, .admin]),
        (.post, "campaigns/preview", [.editor, .sender, .admin]), (.get, "campaigns/1", people),
        (.get, "campaigns/1/report", people), (.get, "campaigns/1/preview", people),
        (.get, "campaigns/1/events", people),
        (.post, "campaigns/1/test", [.editor, .sender, .admin]),
        (.post, "campaigns/1/plan", [.editor, .sender, .admin]),
        (.post, "campaigns/1/approve", [.sender, .admin]), (.post, "campaigns/1/send", [.sender, .admin]),
        (.post, "campaigns/1/pause", [.sender, .admin]), (.post, "campaigns/1/resume", [.sender, .admin]),
        (.post, "campaigns/1/cancel", [.sender, .admin]), (.post, "campaigns/1/retry", [.sender, .admin]),
        (.post, "imports", [.privacy, .admin]), (.get, "imports/1", [.privacy, .admin]),
        (.post, "blocks", [.privacy, .admin]), (.get, "blocks/1", [.privacy, .admin]),
        (.delete, "blocks/1", [.privacy, .admin]), (.put, "blocks/1/parts/1", [.privacy, .admin]),
        (.post, "blocks/1/accept", [.privacy, .admin]), (.post, "lists/news/export", [.privacy, .admin]),
        (.post, "uploads", [.privacy, .admin]), (.get, "uploads/1", [.privacy, .admin]),
        (.delete, "uploads/1", [.privacy, .admin]), (.put, "uploads/1/parts/1", [.privacy, .admin]),
        (.post, "uploads/1/accept", [.privacy, .admin]), (.post, "uploads/1/approve", [.privacy, .admin]),
        (.get, "retention", people), (.post, "retention/run", [.privacy, .admin]),
        (.post, "retention/release", [.privacy, .admin]), (.get, "bounces", people),
        (.post, "bounces/release", [.privacy, .admin]), (.post, "bounces/erase", [.privacy, .admin]),
        (.post, "retention/attest", [.privacy, .admin]), (.post, "subscribers/contact", [.privacy, .admin]),
        (.post, "subscribers/classify", [.privacy, .admin]),
        (.get, "audit", [.privacy, .admin]), (.get, "audit/verify", [.privacy, .admin]),
        (.get, "staff", [.admin]), (.post, "staff", [.admin]), (.post, "staff/review", [.admin]),
        (.post, "staff/nobody/renew", [.admin]), (.post, "staff/nobody/revoke", [.admin]),
        (.get, "requests", [.privacy, .admin]), (.post, "requests", [.privacy, .admin]),
        (.post, "requests/1/extend", [.privacy, .admin]), (.post, "requests/1/close", [.privacy, .admin]),
        (.post, "subscribers/find", [.privacy, .admin]), (.post, "subscribers/rectify", [.privacy, .admin]),
        (.post, "subscribers/restrict", [.privacy, .admin]), (.post, "subscribers/unrestrict", [.privacy, .admin]),
        (.post, "subscribers/object", [.privacy, .admin]), (.post, "subscribers/erase", [.privacy, .admin]),
        (.post, "subscribers/forgive", [.privacy, .admin]), (.post, "subscribers/export", [.privacy, .admin]),
        (.post, "consents/show", [.privacy, .admin]), (.post, "consents/verify", [.privacy, .admin]),
        (.get, "policies", people), (.post, "policies", [.privacy, .admin]),
        (.post, "policies/1/notify", [.privacy, .admin]),
        (.post, "subscriptions", [.integration]), (.delete, "subscriptions", [.integration]),
    ]

    @Test func `each role may do what it may, on every route`() async throws {
        let web = try await WebApp.start()
        var known: Set<String> = []
        for role in Role.allCases {
            let who = try await web.token(role.rawValue, role)
            for (method, path, allowed) in Self.calls {
                let answer = try await web.ask(method, "/api/v1/\(path)", who)
                #expect((answer.status != .forbidden) == allowed.contains(role), "\(role) \(method) \(path)")
                #expect(answer.status != .unauthorized)
                known.insert("\(method) /api/v1/\(path)")
            }
        }
        let routes = web.router().routes.filter { $0.path.description.hasPrefix("/api/v1/") }
        #expect(
            Set(
                routes.map {
                    "\($0.method) \($0.path)".replacing("{slug}", with: "news").replacing("{id}", with: "1")
                        .replacing("{name}", with: "nobody").replacing("{part}", with: "1")
                        .replacing("{version}", with: "1")
                })
                == known)
    }

    @Test func `a list is made, shown, changed and closed`() async throws {
        let web = try await WebApp.start()
        let (eva, dag) = (try await web.token("Eva", .editor), try await web.token("Dag", .privacy))
        let made = try await web.json(
            "/api/v1/lists", #"{"slug":"events","title":"Events","sender_name":"Ann","is_public":false}"#, eva)
        let list: ListInfo = try made.decoded()
        #expect(
            made.status == .created && list.senderName == "Ann" && list.senderAddress == "news@example.org"
                && !list.isPublic)
        #expect(try await web.json("/api/v1/lists", #"{"slug":"events","title":"E"}"#, eva).problem?.word == "conflict")

        var headers = eva
        headers[.contentType] = "application/json"
        let change = Array(#"{"title":"Meetings","language":"nb","sender_address":"meet@example.org"}"#.utf8)
        let changed: ListInfo = try await web.ask(.patch, "/api/v1/lists/events", headers, change).decoded()
        #expect(
            changed.title == "Meetings" && changed.language == "nb" && changed.senderAddress == "meet@example.org"
                && changed.senderName == "Ann")
        let closed: ListInfo = try await web.ask(.post, "/api/v1/lists/events/close", dag).decoded()
        #expect(closed.closedAt != nil)
        let all: ListsInfo = try await web.ask(.get, "/api/v1/lists", eva).decoded()
        #expect(all.lists.map(\.slug) == ["news", "events"])
        #expect(try await web.ask(.get, "/api/v1/lists/none", eva).problem?.word == "not-found")
        #expect(try await web.ask(.get, "/api/v1/lists/NO%20NE", eva).problem?.word == "not-found")
    }

    @Test func `a list of legitimate interest is on the form only where that is said`() async throws {
        let web = try await WebApp.start()
        let eva = try await web.token("Eva", .editor)
        let wish = #""title":"Partners","basis":"legitimate-interest""#
        let quiet: ListInfo = try await web.json("/api/v1/lists", "{\"slug\":\"quiet\",\(wish)}", eva).decoded()
        let shown: ListInfo = try await web.json(
            "/api/v1/lists", "{\"slug\":\"shown\",\(wish),\"is_public\":true}", eva
        ).decoded()
        #expect(!quiet.isPublic && shown.isPublic)
        let form = try await web.ask(.get, "/").text
        #expect(form.contains("value=\"shown\"") && !form.contains("value=\"quiet\""))
    }

    private static let badLists: [(String, String)] = [
        (#"{"title":"x"}"#, "slug"), (#"{"slug":"Ö","title":"x"}"#, "slug"), (#"{"slug":"a","title":7}"#, "title"),
        (#"{"slug":"a","title":""}"#, "title"), (#"{"slug":"a","title":"x\r\nBcc: y"}"#, "title"),
        (#"{"slug":"a","title":"x","basis":"none"}"#, "basis"),
        (#"{"slug":"a","title":"x","language":"fr"}"#, "language"),
        (#"{"slug":"a","title":"x","language":"?"}"#, "language"),
        (#"{"slug":"a","title":"x","sender_address":"y"}"#, "sender_address"),
        (#"{"slug":"a","title":"x","sender_name":"a\r\nb"}"#, "sender_name"), ("{", "body"), ("[]", "body"),
        ("", "body"),
        (#"{"slug":"a","title":"x","is_public":"yes"}"#, "is_public"),
    ]

    @Test(arguments: badLists)
    func `a bad list is refused with its field`(_ body: String, _ field: String) async throws {
        let web = try await WebApp.start()
        let answer = try await web.json("/api/v1/lists", body, web.token("Eva", .editor))
        #expect(answer.status == .unprocessableContent && answer.problem?.word == "validation")
        let named = answer.problem?.errors?.first?.field ?? ""
        #expect(named == field || named == "isPublic")
        #expect(answer.problem?.errors?.first?.message.isEmpty == false)
    }

    @Test func `a body may not be of any type or size`() async throws {
        let web = try await WebApp.start()
        let eva = try await web.token("Eva", .editor)
        let plain = try await web.ask(.post, "/api/v1/lists", eva, Array("{}".utf8))
        #expect(plain.status == .unsupportedMediaType && plain.problem?.word == "unsupported-type")
        let large = try await web.json("/api/v1/campaigns/lint", String(repeating: " ", count: 2_100_000), eva)
        #expect(large.status == .contentTooLarge && large.problem?.word == "too-large")
    }

    @Test func `a campaign goes from file to sent`() async throws {
        let web = try await WebApp.start()
        try await web.app.subscribe("ann@example.org", name: "Ann")
        let eva = try await web.token("Eva", .sender)
        let file = try Self.text(Self.file)
        let lint: LintInfo = try await web.json("/api/v1/campaigns/lint", file, eva).decoded()
        #expect(lint.findings.allSatisfy { $0.severity == "warning" })

        let made = try await web.json("/api/v1/campaigns", file, Self.keyed(eva, "k1"))
        let campaign: CampaignInfo = try made.decoded()
        #expect(made.status == .created && campaign.state == "draft" && campaign.subject == "Sensors in spring")
        let again: CampaignInfo = try await web.json("/api/v1/campaigns", file, Self.keyed(eva, "k1")).decoded()
        #expect(again.id == campaign.id)
        let path = "/api/v1/campaigns/\(campaign.id)"
        let preview: PreviewInfo = try await web.ask(.get, path + "/preview?name=Ann+Example", eva).decoded()
        #expect(preview.text.contains("Hello Ann Example") && preview.subject == campaign.subject)
        let before = web.app.relay.mails.count
        #expect(try await web.json(path + "/test", #"{"to":"eva@example.org"}"#, eva).status == .accepted)
        try await web.app.deliverAllMail()
        #expect(web.app.relay.mails.count == before + 1)

        let plan: PlanInfo = try await web.ask(.post, path + "/plan", eva).decoded()
        #expect(
            plan.recipients == 1 && plan.from == "Example News <news@example.org>" && plan.campaign.state == "planned")
        let changed = try await web.json(
            path + "/send", Self.text(Send(digest: plan.digest, expectRecipients: 2)), Self.keyed(eva, "s"))
        #expect(changed.status == .conflict && changed.problem?.word == "recipients-changed")
        let other = try await web.json(path + "/send", #"{"digest":"x"}"#, Self.keyed(eva, "s"))
        #expect(other.problem?.word == "digest-changed")
        let sending: CampaignInfo = try await web.json(
            path + "/send", Self.text(Send(digest: plan.digest, expectRecipients: 1)), Self.keyed(eva, "s")
        ).decoded()
        #expect(sending.state == "sending" && sending.progress.recipients == 1)
        try await web.app.deliverAllMail()
        let sent: CampaignInfo = try await web.ask(.get, path, eva).decoded()
        #expect(sent.state == "sent" && sent.progress.accepted == 1)
        let paused = try await web.ask(.post, path + "/pause", eva).problem
        #expect(paused?.word == "conflict" && paused?.detail?.contains("What you can do: ") == true)
        let all: CampaignsInfo = try await web.ask(.get, "/api/v1/campaigns", eva).decoded()
        #expect(all.campaigns == [sent])
    }

    @Test func `a campaign that cannot be sent says why`() async throws {
        let web = try await WebApp.start()
        let eva = try await web.token("Eva", .sender)
        let file = try Self.text(Self.file)
        #expect(try await web.json("/api/v1/campaigns", file, eva).problem?.word == "idempotency-key-missing")
        let broken = try await web.json(
            "/api/v1/campaigns", #"{"source":"no front matter","list":"news"}"#, Self.keyed(eva, "a"))
        #expect(
            broken.status == .unprocessableContent && broken.problem?.word == "lint"
                && broken.problem?.findings?.isEmpty == false)
        let reused = try await web.json("/api/v1/campaigns", file, Self.keyed(eva, "b"))
        #expect(reused.status == .created)
        let edited = try Self.text(CampaignSource(source: TestApp.issue + "\nMore.", list: "news"))
        #expect(
            try await web.json("/api/v1/campaigns", edited, Self.keyed(eva, "b")).problem?.word
                == "idempotency-key-reused")
        #expect(
            try await web.json("/api/v1/campaigns", #"{"source":"---\nsubject: x\n---\ny"}"#, Self.keyed(eva, "c"))
                .problem?.errors?.first?.field == "list")

        let campaign: CampaignInfo = try reused.decoded()
        let path = "/api/v1/campaigns/\(campaign.id)"
        let plan: PlanInfo = try await web.ask(.post, path + "/plan", eva).decoded()
        let send = try Self.text(Send(digest: plan.digest))
        #expect(try await web.json(path + "/send", send, eva).problem?.word == "idempotency-key-missing")
        #expect(try await web.json(path + "/send", send, Self.keyed(eva, "d")).problem?.word == "no-recipients")
        #expect(try await web.json(path + "/test", #"{"to":"nobody"}"#, eva).problem?.errors?.first?.field == "to")
        #expect(
            try await web.json(path + "/test", #"{"to":"a@example.org","name":"a\u0007"}"#, eva).problem?.errors?.first?
                .field == "name")
        for id in ["0", "99", "-1", "x", "99999999999999999999"] {
            #expect(try await web.ask(.get, "/api/v1/campaigns/\(id)", eva).problem?.word == "not-found")
        }
    }

    @Test func `events begin at once and end when it is over`() async throws {
        let web = try await WebApp.start()
        try await web.app.subscribe("ann@example.org")
        let eva = try await web.token("Eva", .sender)
        let id = try await web.app.launch().campaign.id
        async let events = web.ask(.get, "/api/v1/campaigns/\(id)/events", eva)
        try await web.app.deliverAllMail()
        let answer = try await events
        #expect(answer.headers[.contentType] == "application/x-ndjson")
        let lines = try answer.text.split(separator: "\n").map {
            try JSON.decode(CampaignInfo.self, from: Data($0.utf8))
        }
        #expect(lines.last?.state == "sent" && lines.last?.progress.accepted == 1)
        #expect(lines.dropLast().allSatisfy { !$0.isOver })
        let over = try await web.ask(.get, "/api/v1/campaigns/\(id)/events", eva)
        #expect(over.text.split(separator: "\n").count == 1)
        #expect(try await web.ask(.get, "/api/v1/campaigns/99/events", eva).problem?.word == "not-found")
    }
}

/// Somebody who watches a campaign that nobody sends, while the service is told to stop.
private struct Watching: Service {
    let watch: @Sendable () async throws -> Void
    let begun: @Sendable () async -> Void

    func run() async throws {
        await begun()
        try await watch()
    }
}

@Suite struct WebStoppingTests {
    @Test func `events end, and readiness with them, when the service stops`() async throws {
        let web = try await WebApp.start()
        let eva = try await web.token("Eva", .sender)
        let file = try JSON.encode(CampaignSource(source: TestApp.issue, list: "news"))
        var headers = eva
        headers[.idempotencyKey] = "k"
        let made = try await web.json("/api/v1/campaigns", String(decoding: file, as: UTF8.self), headers)
        let id = try made.decoded(CampaignInfo.self).id
        let (began, begin) = AsyncStream.makeStream(of: Void.self)
        let watching = Watching {
            let events = try await web.ask(.get, "/api/v1/campaigns/\(id)/events", eva)
            #expect(events.text.split(separator: "\n").count == 1)
            #expect(try await web.ask(.get, "/readyz").status == .serviceUnavailable)
            #expect(try await web.ask(.get, "/livez").status == .ok)
        } begun: {
            begin.finish()
        }
        let group = ServiceGroup(services: [watching], logger: Logger(label: "stop") { _ in SwiftLogNoOpLogHandler() })
        async let running: Void = group.run()
        for await _ in began {}
        await group.triggerGracefulShutdown()
        try await running
    }
}
