import Hummingbird
import Newsletter
import Rendering

/// `GET /policy`, the privacy policy in force, and `GET /policy/{version}`, each one that was or will be.
struct PolicyRoutes: Sendable {
    let policies: Policies
    let pages: Pages

    func add(to router: Router<WebContext>) {
        router.get("/policy", use: showCurrent)
        router.get("/policy/{version}", use: showVersion)
    }

    @Sendable private func showCurrent(_ request: Request, _ context: WebContext) async throws -> Response {
        let board = try await policies.board()
        return try await page(board.inForce.map { ($0, .inForce) }, board, at: "/policy", context)
    }

    @Sendable private func showVersion(_ request: Request, _ context: WebContext) async throws -> Response {
        let board = try await policies.board()
        guard let found = context.parameters.get("version").flatMap({ board.find($0) }) else {
            throw DoorFailure.notFound
        }
        return try await page(found, board, at: "/policy/\(found.policy.version)", context)
    }

    private func page(
        _ shown: (policy: Policy, state: PolicyBoard.State)?, _ board: PolicyBoard, at path: String,
        _ context: WebContext
    ) async throws -> Response {
        let language = pages.language(context)
        func line(_ policy: Policy) -> [String: Any] {
            let isCurrent = policy.version == board.inForce?.version
            return [
                "version": policy.version, "effective": pages.day(policy, language),
                "href": pages.href((isCurrent ? "/policy" : "/policy/\(policy.version)") + context.localeQuery),
            ]
        }
        var values: [String: Any] = [
            "upcoming": board.upcoming.map(line), "earlier": board.earlier.map(line),
        ]
        if let (policy, state) = shown {
            values["text"] = try await policies.html(of: policy)
            values["effective"] = pages.day(policy, language)
            // Unknown where its author did not say.
            values["text_language"] = policy.language?.code ?? ""
            values["version"] = policy.version
            values["is_earlier"] = state == .earlier
            values["is_upcoming"] = state == .upcoming
            if state != .inForce { values["current"] = board.inForce.map(line) }
        }
        // The one that is shown is not offered once more.
        for key in ["upcoming", "earlier"] {
            let others = values[key] as? [[String: Any]]
            values[key] = others?.filter { $0["version"] as? String != shown?.policy.version }
        }
        return pages.page(.policy, context, at: path, values).with(.cacheControl, "no-cache")
    }
}
