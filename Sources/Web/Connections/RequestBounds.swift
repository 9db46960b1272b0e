import HTTPTypes
import Hummingbird

/// Refuses requests that no visitor's browser and no mail program sends: the parser alone would take 80 KB of either.
/// Bodies have their own limits, where they are read.
struct RequestBounds: RouterMiddleware {
    static let longestAddress = 2 * 1024
    static let largestHeaders = 16 * 1024

    func handle(
        _ request: Request, context: WebContext, next: (Request, WebContext) async throws -> Response
    ) async throws -> Response {
        guard request.uri.string.utf8.count <= Self.longestAddress else { throw DoorFailure.addressTooLong }
        let size = request.headers.reduce(0) { $0 + $1.name.rawName.utf8.count + $1.value.utf8.count + 4 }
        guard size <= Self.largestHeaders else { throw DoorFailure.headersTooLarge }
        // Calls without a socket, as tests make them, have none either.
        guard context.peer == nil || request.head.authority?.isEmpty == false else { throw DoorFailure.hostMissing }
        return try await next(request, context)
    }
}
