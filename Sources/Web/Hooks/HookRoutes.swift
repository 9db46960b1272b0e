import Crypto
import Foundation
import HTTPTypes
import Hummingbird
import Newsletter

/// `POST /hooks/{provider}/{secret}`: what mail providers report.
///
/// A wrong provider or secret is 404 like any path that is none, whatever is sent; a call that is not the provider's
/// own is 401 where it has a password and 403 where it signs, and nothing is made of it. All that is authentic gets
/// 200, known or not, once it is written down; while the store is away 429, for some providers throw an event away at
/// anything else.
struct HookRoutes: Sendable {
    let hooks: [Hook]
    let inbox: Inbox
    let clock: WallClock
    let sns: SNSClient
    private let seen = SeenCalls()

    static let largestBody = 4 * 1024 * 1024

    init(_ services: WebServices) {
        (hooks, inbox, clock, sns) = (services.hooks, services.inbox, services.clock, services.sns)
    }

    func add(to router: Router<WebContext>) {
        router.post("/hooks/{provider}/{secret}", use: take)
    }

    @Sendable private func take(_ request: Request, _ context: WebContext) async throws -> Response {
        guard let hook = try hook(context) else { throw DoorFailure.notFound }
        let body = try await request.bytes(upTo: Self.largestBody)
        do {
            try await take(HookCall(headers: request.headers, body: body, now: clock.now(), sns: sns), by: hook)
            return Response(status: .ok)
        } catch let failure as HookFailure {
            return Self.answer(failure)
        } catch is StoreFailure {
            return Self.answer(.later)
        }
    }

    private func take(_ call: HookCall, by hook: Hook) async throws {
        let opened = try await hook.open(call)
        guard !seen.has(opened.receipt) else { return }
        try await inbox.take(hook.reports(opened), through: hook.provider.door)
        seen.note(opened.receipt, at: call.now)
    }

    private static func answer(_ failure: HookFailure) -> Response {
        switch failure {
        case .unauthorized(let scheme):
            // Some send a password only to those who ask for it.
            Response(status: .unauthorized, headers: [.wwwAuthenticate: "\(scheme.rawValue) realm=\"hooks\""])
        case .forged: Response(status: .forbidden)
        case .malformed: Response(status: .badRequest)
        case .later: Response(status: .tooManyRequests, headers: [.retryAfter: "30"])
        }
    }

    /// Digests are compared in constant time.
    private func hook(_ context: WebContext) throws -> Hook? {
        let provider = HookProvider(rawValue: try context.parameters.require("provider"))
        let secret = SHA256.hash(data: Data(try context.parameters.require("secret").utf8))
        return hooks.first { $0.provider == provider && SHA256.hash(data: Data($0.secret.utf8)) == secret }
    }
}
