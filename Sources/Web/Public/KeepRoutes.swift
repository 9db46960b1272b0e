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

    private func page(_ page: Page, _ link: KeepLink, _ list: MailingList?, _ context: WebContext) -> Response {
        let here = "/keep/\(link.text)"
        guard let list else {
            return pages.page(.keep, context, at: here, status: .gone, ["gone": true]).keptFromRobots()
        }
        var values: [String: Any] = ["list": list.title]
        if page == .keep { values.merge(["action": pages.href(here + context.localeQuery), "gone": false]) { $1 } }
        return pages.page(page, context, at: here, in: pages.language(context, for: list.language), values)
            .keptFromRobots()
    }

    private func link(_ context: WebContext) throws -> KeepLink {
        guard let link = retention.link(context.parameters.get("token") ?? "") else { throw DoorFailure.linkUnknown }
        return link
    }
}
