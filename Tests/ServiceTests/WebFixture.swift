import Captcha
import CourantAPI
import CourantTesting
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import Mail
import NIOCore
import Newsletter
import Rendering
import SQLStore
import Web
import Wiring

/// The web side before a whole Courant: the real router, asked without a socket.
struct WebApp: Sendable {
    let app: TestApp
    let router: @Sendable () -> Router<WebContext>
    let logger: Logger

    static func start(
        captcha: any Captcha = NoCaptcha(), logger: Logger? = nil, readiness: Readiness = .ready,
        limits: Limits = Limits(), health: RelayHealth = RelayHealth([]),
        hooks: [Hook] = [], sns: SNSClient = SNSClient { _ in nil },
        at publicURL: PublicURL = "https://news.example.org",
        _ change: (inout PublicSite) -> Void = { _ in }
    ) async throws -> WebApp {
        let app = try await TestApp.start(captcha: captcha) { $0.http.publicURL = publicURL }
        var visible = PublicSite(app.courant.settings.publisher, version: "0.1.0", language: .english)
        visible.proxies = Proxies(trustsCallsWithoutPeer: true)
        change(&visible)
        let doors = WebServices(
            subscriptions: app.courant.subscriptions, consents: app.courant.consents, lists: app.courant.lists,
            campaigns: app.courant.campaigns, policies: app.courant.policies, retention: app.courant.retention,
            bounces: app.courant.bounces, inbox: app.courant.inbox, hooks: hooks, sns: sns,
            imports: app.courant.imports, blocks: app.courant.blocks,
            export: app.courant.export,
            rights: app.courant.rights, staff: app.courant.staff, audit: app.courant.audit,
            templates: app.courant.templates, captcha: captcha, clock: app.clock.wall, site: visible, limits: limits,
            health: health,
            readiness: { readiness })
        return WebApp(
            app: app, router: { buildRouter(doors) },
            logger: logger ?? Logger(label: "web") { _ in SwiftLogNoOpLogHandler() })
    }

    func ask(
        _ method: HTTPRequest.Method = .get, _ path: String, _ headers: HTTPFields = [:], _ body: [UInt8]? = nil
    ) async throws -> TestResponse {
        try await Application(router: BelowPath(app.courant.settings.http.publicURL, router()), logger: logger).test(
            .router
        ) { client in
            try await client.execute(
                uri: path, method: method, headers: headers, body: body.map { ByteBuffer(bytes: $0) })
        }
    }

    func form(_ path: String, _ fields: String, _ headers: HTTPFields = [:]) async throws -> TestResponse {
        var headers = headers
        headers[.contentType] = "application/x-www-form-urlencoded"
        return try await ask(.post, path, headers, Array(fields.utf8))
    }

    func json(_ path: String, _ text: String, _ headers: HTTPFields = [:]) async throws -> TestResponse {
        var headers = headers
        headers[.contentType] = "application/json"
        return try await ask(.post, path, headers, Array(text.utf8))
    }

    // MARK: What was seen

    /// The newest confirm link in that mailbox, as a path.
    func confirmPath(_ address: String) async throws -> String {
        try await app.deliverAllMail()
        guard let token = app.relay.mails(to: address).last?.token(after: "/confirm/") else {
            throw TestFailure("no confirm link came for \(address)")
        }
        return "/confirm/\(token)"
    }

    func unsubscribePath(_ address: String) throws -> String {
        "/unsubscribe/\(try app.unsubscribeLink(address).text)"
    }

    /// Whatever a request could change, in short.
    func records() async throws -> [Int] {
        let standings = try await app.courant.lists.all()
        let outbox = try await app.courant.store.read { try $0.outboxCount() }
        return standings.flatMap { [$0.active, $0.pending] } + [outbox, app.relay.mails.count]
    }

    func token(_ name: String, _ role: Role) async throws -> HTTPFields {
        let lists = role == .integration ? ["news"].compactMap { Slug($0) } : []
        let token = try await app.courant.staff.add(name, role: role, lists: lists).token
        return [.authorization: "Bearer \(token.text)"]
    }
}

extension TestResponse {
    var text: String { String(buffer: body) }

    var problem: Problem? { try? JSON.decode(Problem.self, from: Data(text.utf8)) }

    func decoded<Value: Decodable>(_ type: Value.Type = Value.self) throws -> Value {
        try JSON.decode(Value.self, from: Data(text.utf8))
    }

    func has(_ words: String) -> Bool { text.utf8.firstRange(of: words.utf8) != nil }
}

/// A captcha that says what a test tells it.
struct ScriptedCaptcha: Captcha {
    let field: String? = "g-recaptcha-response"
    let verdict: CaptchaVerdict

    func verify(_ response: String, action: String?, now: Date) async -> CaptchaVerdict {
        response.isEmpty ? .refused(.missing) : verdict
    }
}
