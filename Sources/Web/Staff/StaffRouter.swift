import CourantAPI
import Foundation
import HTTPTypes
import Hummingbird
import Mail
import Newsletter

/// The staff's entrance: every route below `/api/v1` is registered here with the permission it needs, so none can be
/// forgotten. Who calls is known by an individual token, over an encrypted connection only.
struct StaffRouter {
    private let guardian: Guardian
    private let publicURL: PublicURL
    private let router: Router<WebContext>

    init(staff: Staff, site: PublicSite, router: Router<WebContext>) {
        guardian = Guardian(staff: staff, proxies: site.proxies)
        publicURL = site.publisher.publicURL
        self.router = router
    }

    func on(
        _ method: HTTPRequest.Method, _ path: String, _ permission: Permission,
        _ serve: @escaping @Sendable (StaffCall) async throws -> Response
    ) {
        on(method, path, anyOf: [permission], serve)
    }

    /// What else is needed depends on what is asked: see `StaffCall.require`.
    func on(
        _ method: HTTPRequest.Method, _ path: String, anyOf permissions: [Permission],
        _ serve: @escaping @Sendable (StaffCall) async throws -> Response
    ) {
        router.on(RouterPath("/api/v1/\(path)"), method: method) { [guardian, publicURL] request, context in
            let member = try await guardian.member(request, context)
            let call = StaffCall(
                request: request, context: context, member: member, publicURL: publicURL, guardian: guardian)
            if !permissions.contains(where: member.role.may) { try permissions.first.map(call.require) }
            return try await serve(call)
        }
    }
}

/// Knows who calls.
struct Guardian: Sendable {
    let staff: Staff
    let proxies: Proxies

    func member(_ request: Request, _ context: WebContext) async throws -> StaffMember {
        guard proxies.isEncrypted(request.headers, from: context.peer) else { throw DoorFailure.notEncrypted }
        guard let header = request.headers[.authorization], header.utf8.count <= 200,
            let space = header.utf8.firstIndex(of: UInt8(ascii: " ")), header[..<space].lowercased() == "bearer",
            let token = StaffToken(header[header.index(after: space)...].drop { $0 == " " }),
            let member = try await staff.signIn(token)
        else { throw DoorFailure.notSignedIn }
        return member
    }
}

/// One call by somebody who may make it.
struct StaffCall: Sendable {
    let request: Request
    let context: WebContext
    let member: StaffMember
    let publicURL: PublicURL
    let guardian: Guardian

    func require(_ permission: Permission) throws {
        guard member.role.may(permission) else {
            throw DoorFailure.notAllowed(role: member.role.rawValue, permission: permission.rawValue)
        }
    }

    /// For what goes on for a while: throws once the login was revoked or has expired.
    func requireStillSignedIn() async throws { _ = try await guardian.member(request, context) }

    private static let longestBody = 2 * 1024 * 1024

    func body<Value: Decodable>(_ type: Value.Type = Value.self) async throws -> Value {
        guard let type = request.headers[.contentType].flatMap({ MediaTypeText($0) }), type.type == "application/json"
        else {
            throw FormFailure.unsupportedType
        }
        let bytes = try await request.bytes(upTo: Self.longestBody)
        do {
            return try JSON.decode(Value.self, from: Data(bytes))
        } catch let error as DecodingError {
            throw DoorFailure(error)
        }
    }

    func slug() throws -> Slug {
        guard let slug = Slug(context.parameters.get("slug") ?? "") else { throw Refusal.notFound(.list) }
        return slug
    }

    func campaign() throws -> Int64 { try id(of: .campaign) }

    /// As we write it: what is spelt `+1` or `01` is another address, and nothing is there.
    func id(of noun: Refusal.Noun) throws -> Int64 {
        guard let text = context.parameters.get("id"), let id = Int64(text), String(id) == text else {
            throw Refusal.notFound(noun)
        }
        return id
    }

    /// An address of ours as the caller asks for it: see `PublicURL.href`.
    func href(_ address: String) -> String { publicURL.href(address) }

    func idempotencyKey() throws -> String {
        let keys = request.headers[values: .idempotencyKey]
        guard keys.count == 1, let key = keys.first, (1...128).contains(key.utf8.count),
            key.utf8.allSatisfy({ (0x21..<0x7F).contains($0) })
        else { throw DoorFailure.idempotencyKeyMissing }
        // A name that is given again brings none of its former owner's intentions.
        return "\(Int64(member.createdAt.timeIntervalSince1970 * 1000)).\(key)"
    }

    /// Whether there is anything to decode: some clients name the type of a body that they do not send.
    var hasBody: Bool { request.headers[.contentType] != nil && request.headers[.contentLength] != "0" }
}

extension DoorFailure {
    /// Which member of the body is wrong, and how; never its value.
    fileprivate init(_ error: DecodingError) {
        func name(_ path: [any CodingKey]) -> String {
            path.isEmpty ? "body" : path.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: ".")
        }
        switch error {
        case .keyNotFound(let key, let context):
            self = .unreadable(field: name(context.codingPath + [key]), problem: "This member is missing.")
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            self = .unreadable(field: name(context.codingPath), problem: "This is of another type.")
        case .dataCorrupted(let context):
            self = .unreadable(field: name(context.codingPath), problem: "This cannot be read: is it JSON in UTF-8?")
        @unknown default: self = .unreadable(field: "body", problem: "This cannot be read.")
        }
    }
}
