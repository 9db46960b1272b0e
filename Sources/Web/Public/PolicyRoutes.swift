import Hummingbird
import Rendering

/// `GET /policy`: the privacy policy in force.
struct PolicyRoutes: Sendable {
    let pages: Pages

    func add(to router: Router<WebContext>) {
        router.get("/policy", use: show)
    }

    @Sendable private func show(_ request: Request, _ context: WebContext) -> Response {
        var values: [String: Any] = ["earlier": [[String: Any]]()]
        if let policy = pages.site.policy {
            values["text"] = policy.html
            values["effective"] = policy.effective
            values["version"] = policy.version
        }
        return pages.page(.policy, context, at: "/policy", values).with(.cacheControl, "no-cache")
    }
}
