import Hummingbird
import Newsletter
import Rendering

/// The link in "still interested?": a page with one button, and what the button does. Pressing it again is harmless; where
/// the row is gone, 410 says so.
struct KeepRoutes: Sendable {
    let retention: Retention
    let pages: Pages

    func add(to router: Router<WebContext>) {
        router.get("/keep/{token}", use: show)
        router.post("/keep/{token}", use: keep)
    }

    @Sendable private func show(_ request: Request, _ context: WebContext) async throws -> Response {
        let link = try link(context)
        return page(.keep, link, try await retention.kept(link), context)
    }

    @Sendable private func keep(_ request: Request, _ context: WebContext) async throws -> Response {
        let link = try link(context)
        return page(.kept, link, try await retention.keep(link), context)
    }

    private func page(
        _ page: Page, _ link: KeepLink, _ subscription: Subscription?, _ context: WebContext
    ) -> Response {
        let here = "/keep/\(link.text)"
        guard let subscription else {
            return pages.page(.keep, context, at: here, status: .gone, ["gone": true, "asks_company": false])
                .keptFromRobots()
        }
        let list = subscription.list
        let language = pages.language(context, ofMail: subscription.language)
        var values: [String: Any] =
            page == .keep
            ? ["list": list.title, "action": pages.href(here + pages.query(language, context)), "gone": false]
            : ["list": list.title, "fingerprint": subscription.leavesFingerprint]
        values["asks_company"] = list.asksCompany
        return pages.page(page, context, at: here, in: language, values).keptFromRobots()
    }

    private func link(_ context: WebContext) throws -> KeepLink {
        guard let link = retention.link(context.parameters.get("token") ?? "") else { throw DoorFailure.linkUnknown }
        return link
    }
}
