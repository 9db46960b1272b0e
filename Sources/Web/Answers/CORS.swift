import HTTPTypes
import Hummingbird

/// Lets the scripts of the sites that we know send forms and read the answers, failures as well (Fetch §3.3, without
/// credentials: there are none). For all other sites it is as if this were not here.
struct CORS: RouterMiddleware {
    private let origins: Set<String>
    private static let paths: Set = ["/subscribe", "/confirm", "/captcha/challenge"]

    init(origins: Set<String>) {
        self.origins = origins
    }

    func handle(
        _ request: Request, context: WebContext, next: (Request, WebContext) async throws -> Response
    ) async throws -> Response {
        var response = try await next(request, context)
        guard Self.paths.contains(request.uri.path) else { return response }
        response.headers[values: .vary] += ["Origin"]
        guard let origin = request.headers[.origin], origins.contains(origin) else { return response }
        response.headers[.accessControlAllowOrigin] = origin
        if request.method == .options {
            response.headers[.accessControlAllowMethods] = response.headers[.allow]
            response.headers[.accessControlAllowHeaders] = "Content-Type"
            response.headers[.accessControlMaxAge] = "86400"
        } else {
            response.headers[.accessControlExposeHeaders] = "Retry-After"
        }
        return response
    }
}
