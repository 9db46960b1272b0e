package import Hummingbird
package import Mail
import Synchronization

/// The router as it is reached below the public address's path: see `PublicURL.route`.
package struct BelowPath: HTTPResponderBuilder {
    private let router: Router<WebContext>
    private let publicURL: PublicURL

    package init(_ publicURL: PublicURL, _ router: Router<WebContext>) {
        self.publicURL = publicURL
        self.router = router
    }

    package func buildResponder() -> Entrance {
        Entrance(publicURL: publicURL, inside: router.buildResponder())
    }

    package struct Entrance: HTTPResponder {
        fileprivate let publicURL: PublicURL
        fileprivate let inside: RouterResponder<WebContext>

        package func respond(to request: Request, context: WebContext) async throws -> Response {
            guard !publicURL.path.isEmpty, let asked = request.head.path else {
                return try await inside.respond(to: request, context: context)
            }
            var head = request.head
            head.path = publicURL.route(asked)
            return try await inside.respond(to: Request(head: head, body: request.body), context: context)
        }
    }
}

extension BelowPath {
    /// The first pieces of our own routes: a public address whose path begins with one could not be told from them.
    package static let taken: Set<String> = [
        "address", "api", "archive", "assets", "captcha", "confirm", "embed.js", "hooks", "keep", "livez", "mailbox",
        "media", "metrics", "policy", "privacy", "readyz", "subscribe", "unsubscribe",
    ]
}

/// Answers with the router that it was given last; requests under way end with the one that they began with.
package final class Doors: HTTPResponderBuilder, HTTPResponder {
    private let current: Mutex<BelowPath.Entrance>

    package init(_ router: BelowPath) { current = Mutex(router.buildResponder()) }

    package func exchange(_ router: BelowPath) {
        let entrance = router.buildResponder()
        current.withLock { $0 = entrance }
    }

    package func buildResponder() -> Doors { self }

    package func respond(to request: Request, context: WebContext) async throws -> Response {
        try await current.withLock(\.self).respond(to: request, context: context)
    }
}
