import HTTPTypes
import Hummingbird
import Newsletter
import Rendering

/// The link at the end of every mail. A mail program presses it by a POST of its own (RFC 8058 §3.2), a person by the
/// page's button; both end here, and a genuine link gets the same 200 however often it is pressed.
struct UnsubscribeRoutes: Sendable {
    let subscriptions: Subscriptions
    let pages: Pages

    func add(to router: Router<WebContext>) {
        router.get("/unsubscribe/{token}", use: show)
        router.post("/unsubscribe/{token}", use: unsubscribe)
    }

    @Sendable private func show(_ request: Request, _ context: WebContext) async throws -> Response {
        try await page(link(context), context)
    }

    @Sendable private func unsubscribe(_ request: Request, _ context: WebContext) async throws -> Response {
        let link = try link(context)
        let wish: Wish?
        do {
            wish = Wish(try await request.form(isTypeOptional: true))
        } catch FormFailure.malformed {
            wish = nil
        }
        // Neither button was pressed: a scanner that posts, or a program of its own mind. Ask.
        guard let wish else { return try await page(link, context, status: .badRequest) }
        try await subscriptions.unsubscribe(link, everything: wish == .everything)
        let variant = wish == .everything ? "everything" : "list"
        return pages.page(.unsubscribed, variant, context, at: "/unsubscribe/\(link.text)") {
            ["everything": wish == .everything]
        }.keptFromRobots()
    }

    private enum Wish {
        case thisList
        case everything

        init?(_ sent: SentForm) {
            if sent.form.all("everything").contains("yes") {
                self = .everything
            } else if sent.form.all("unsubscribe").contains("yes")
                || sent.form.all("List-Unsubscribe").contains(where: { $0.lowercased() == "one-click" })
            {
                self = .thisList
            } else {
                return nil
            }
        }
    }

    private func page(
        _ link: UnsubscribeLink, _ context: WebContext, status: HTTPResponse.Status = .ok
    ) async throws -> Response {
        let list = try await subscriptions.subscribed(link)
        let here = "/unsubscribe/\(link.text)"
        var values: [String: Any] = ["action": pages.href(here + context.localeQuery)]
        if let list { values["list"] = list.title }
        return pages.page(
            .unsubscribe, context, at: here, in: pages.language(context, for: list?.language), status: status, values
        ).keptFromRobots()
    }

    private func link(_ context: WebContext) throws -> UnsubscribeLink {
        guard let link = subscriptions.link(context.parameters.get("token") ?? "") else {
            throw DoorFailure.linkUnknown
        }
        return link
    }
}
