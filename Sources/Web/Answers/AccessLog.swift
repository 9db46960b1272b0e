import Hummingbird
import Logging

/// One line for each request: what it was and how it ended. Of its path only the route's pattern is told, because paths
/// hold tokens and queries hold whatever somebody typed.
struct AccessLog: RouterMiddleware {
    func handle(
        _ request: Request, context: WebContext, next: (Request, WebContext) async throws -> Response
    ) async throws -> Response {
        let start = ContinuousClock.now
        let response = try await next(request, context)
        let milliseconds = (ContinuousClock.now - start) / .milliseconds(1)
        context.logger.info(
            "request",
            metadata: [
                "method": "\(request.method.known)", "route": "\(context.endpointPath ?? "-")",
                "status": "\(response.status.code)", "milliseconds": "\((milliseconds * 10).rounded() / 10)",
            ])
        return response
    }
}

extension HTTPRequest.Method {
    /// A method that nobody has heard of is somebody's own text.
    fileprivate var known: String {
        let known: [HTTPRequest.Method] = [.get, .head, .post, .put, .patch, .delete, .options, .trace, .connect]
        return known.contains(self) ? rawValue : "-"
    }
}
