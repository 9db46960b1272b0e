import Hummingbird
import Newsletter
import Rendering

/// The confirm mail's two links: "yes, subscribe me", and "this wasn't me". A link that is dead, for whatever reason, gets
/// 410 and a way to ask again; text that is no link at all gets 404.
struct ConfirmationRoutes: Sendable {
    let subscriptions: Subscriptions
    let pages: Pages

    func add(to router: Router<WebContext>) {
        router.get("/confirm/{token}", use: show)
        router.post("/confirm/{token}", use: confirm)
        router.get("/confirm/{token}/refuse", use: showRefusal)
        router.post("/confirm/{token}/refuse", use: refuse)
    }

    @Sendable private func show(_ request: Request, _ context: WebContext) async throws -> Response {
        try await show(.confirm, context, path: "")
    }

    @Sendable private func showRefusal(_ request: Request, _ context: WebContext) async throws -> Response {
        try await show(.refuse, context, path: "/refuse")
    }

    private func show(_ page: Page, _ context: WebContext, path: String) async throws -> Response {
        let token = try token(context)
        guard let asked = try await subscriptions.confirmable(token) else { return gone(context) }
        let here = "/confirm/\(token.text)"
        return pages.page(
            page, context, at: here + path, in: pages.language(context, for: asked.lists.first?.language),
            [
                "action": pages.href(here + context.localeQuery),
                "refuse_action": pages.href("\(here)/refuse\(context.localeQuery)"),
                "lists": asked.lists.map { ["title": $0.title] }, "imported": asked.source != nil,
                "source": asked.source ?? "", "wordings": asked.wordings.map { ["text": $0] },
            ]
        ).keptFromRobots()
    }

    @Sendable private func confirm(_ request: Request, _ context: WebContext) async throws -> Response {
        let token = try token(context)
        let isAskedByUs = try await subscriptions.confirmable(token)?.source != nil
        guard case .confirmed(let lists) = try await subscriptions.confirm(token) else { return gone(context) }
        return pages.page(
            .confirmed, context, at: "/confirm/\(token.text)", in: pages.language(context, for: lists.first?.language),
            ["lists": lists.map { ["title": $0.title] }, "imported": isAskedByUs]
        ).keptFromRobots()
    }

    @Sendable private func refuse(_ request: Request, _ context: WebContext) async throws -> Response {
        let token = try token(context)
        let neverAgain = try await request.form(isTypeOptional: true).single("never") == "yes"
        guard try await subscriptions.refuse(token, neverAgain: neverAgain) != .gone else { return gone(context) }
        return pages.page(.refused, context, at: "/confirm/\(token.text)/refuse", ["blocked": neverAgain])
            .keptFromRobots()
    }

    private func token(_ context: WebContext) throws -> Token {
        guard let token = Token(context.parameters.get("token") ?? "") else { throw DoorFailure.linkUnknown }
        return token
    }

    private func gone(_ context: WebContext) -> Response {
        pages.page(.expired, context, at: "/", status: .gone).keptFromRobots()
    }
}
