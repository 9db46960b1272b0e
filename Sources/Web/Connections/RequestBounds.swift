import HTTPTypes
import Hummingbird
import Mail

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
        // An empty piece would be passed over, and a proxy that shuts a path by its beginning be walked around by `//`.
        guard !request.uri.path.hasEmptyPiece else { throw DoorFailure.notFound }
        // Calls without a socket, as tests make them, have no host either.
        guard context.peer == nil || request.namesItsHost || request.isHealthCheck else {
            throw DoorFailure.hostUnclear
        }
        return try await next(request, context)
    }
}

extension Request {
    /// Load balancers' checks name no host even in HTTP/1.1; what they ask for reads none.
    fileprivate var isHealthCheck: Bool {
        (head.authority ?? "").isEmpty && HealthRoutes.paths.contains(uri.path)
    }

    /// One `Host`, and one that is a host with or without a port (RFC 9112 §3.2). The first stands in the head, any further
    /// one among the fields.
    fileprivate var namesItsHost: Bool {
        guard let host = head.authority?.utf8, !host.isEmpty, headers[values: .host].isEmpty else { return false }
        if host.first == UInt8(ascii: "["), let end = host.firstIndex(of: UInt8(ascii: "]")) {
            return IPAddress(String(Substring(host[..<end].dropFirst()))) != nil
                && Self.isPort(host[end...].dropFirst())
        }
        let name = host.prefix { $0 != UInt8(ascii: ":") }
        return !name.isEmpty && name.allSatisfy(Self.mayStandInHost) && Self.isPort(host[name.endIndex...])
    }

    /// Nothing, or a colon and digits, of which there may be none (RFC 3986 §3.2.3).
    private static func isPort(_ bytes: Substring.UTF8View) -> Bool {
        bytes.isEmpty
            || (bytes.first == UInt8(ascii: ":")
                && bytes.dropFirst().allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
    }

    /// A registered name's characters (RFC 3986 §3.2.2).
    private static func mayStandInHost(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "-._~%!$&'()*+,;=".utf8.contains(byte)
        }
    }
}

extension String {
    /// Two slashes beside each other; or one at the end of a program's address. A visitor's may have one there: people type
    /// it, and mail programs add it.
    fileprivate var hasEmptyPiece: Bool {
        utf8.place(of: "//".utf8) != nil || (utf8.last == UInt8(ascii: "/") && utf8.starts(with: "/api/".utf8))
    }
}
