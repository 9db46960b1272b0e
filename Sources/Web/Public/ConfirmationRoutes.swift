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
        let language = pages.language(context, ofMail: asked.language)
        let query = pages.query(language, context)
        return pages.page(
            page, context, at: here + path, in: language,
            [
                "action": pages.href(here + query), "refuse_action": pages.href("\(here)/refuse\(query)"),
                "lists": asked.lists.map { ["title": $0.title] }, "imported": asked.source != nil,
                "source": asked.source ?? "", "done": asked.isDone,
                "wordings": asked.wordings.map { ["text": $0.text, "lang": $0.language.code] },
            ]
        ).keptFromRobots()
    }

    @Sendable private func confirm(_ request: Request, _ context: WebContext) async throws -> Response {
        let token = try token(context)
        guard let asked = try await subscriptions.confirmable(token) else { return gone(context) }
        let outcome = try await subscriptions.confirm(token)
        guard outcome != .gone else { return gone(context) }
        return pages.confirmed(
            outcome, context, at: "/confirm/\(token.text)", in: pages.language(context, ofMail: asked.language),
            isAskedByUs: asked.source != nil)
    }

    @Sendable private func refuse(_ request: Request, _ context: WebContext) async throws -> Response {
        let token = try token(context)
        let neverAgain = try await request.form(isTypeOptional: true).single("never") == "yes"
        let language = try await subscriptions.confirmable(token)?.language
        guard let stays = try await subscriptions.refuse(token, neverAgain: neverAgain) else { return gone(context) }
        return pages.page(
            .refused, context, at: "/confirm/\(token.text)/refuse", in: pages.language(context, ofMail: language),
            ["blocked": neverAgain, "fingerprint": stays == .fingerprint]
        ).keptFromRobots()
    }

    private func token(_ context: WebContext) throws -> Token {
        guard let token = Token(context.parameters.get("token") ?? "") else { throw DoorFailure.linkUnknown }
        return token
    }

    private func gone(_ context: WebContext) -> Response {
        pages.page(.expired, context, at: "/", status: .gone).keptFromRobots()
    }
}

extension Pages {
    /// What a pressed link or a typed code has done.
    func confirmed(
        _ outcome: Confirmation, _ context: WebContext, at path: String, in language: Language, isAskedByUs: Bool
    ) -> Response {
        let lists = outcome.lists
        return page(
            .confirmed, context, at: path, in: language,
            [
                "lists": lists.map { ["title": $0.title] }, "imported": isAskedByUs,
                "before": outcome == .confirmedBefore(lists), "asks_company": lists.contains(where: \.asksCompany),
            ]
        ).keptFromRobots()
    }
}
