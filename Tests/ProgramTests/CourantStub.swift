import CourantAPI
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Synchronization

/// The service as the client sees it over its socket: what it is to answer stands in a table, what it was asked is kept.
final class CourantStub: Sendable {
    struct Reply: Sendable {
        var status = 200
        var body = ""
        var headers: [String: String] = [:]
        /// Stays open after its body until the client goes.
        var isEndless = false

        static func json(_ value: some Encodable, status: Int = 200) throws -> Reply {
            Reply(status: status, body: String(decoding: try JSON.encode(value), as: UTF8.self))
        }

        static func problem(_ word: String, _ status: Int, title: String = "No", findings: [FindingInfo]? = nil) throws
            -> Reply
        {
            try json(Problem(type: word, title: title, status: status, findings: findings), status: status)
        }

        static func events(_ campaigns: CampaignInfo..., endless: Bool = false) throws -> Reply {
            let lines = try campaigns.map { String(decoding: try JSON.encode($0), as: UTF8.self) + "\n" }
            return Reply(body: lines.joined(), isEndless: endless)
        }
    }

    struct Request: Sendable {
        var line: String
        var headers: HTTPFields
        var body: String
    }

    /// `POST /api/v1/campaigns` → its replies, one after the other; the last is given again and again.
    private let replies: Mutex<[String: [Reply]]>
    private let requests = Mutex<[Request]>([])
    private let arrivals = AsyncStream.makeStream(of: String.self)

    init(_ replies: [String: [Reply]]) { self.replies = Mutex(replies) }

    var seen: [Request] { requests.withLock { $0 } }
    func body(of line: String) -> String? { seen.last { $0.line == line }?.body }
    func key(of line: String) -> String? {
        HTTPField.Name("Idempotency-Key").flatMap { name in seen.last { $0.line == line }?.headers[name] }
    }

    /// Waits until it has been asked this.
    func isAsked(_ line: String) async {
        for await arrived in arrivals.stream where arrived == line { return }
    }

    func respond(to request: HummingbirdCore.Request) async throws -> Response {
        let line = "\(request.method) \(request.uri)"
        let body = try await request.body.collect(upTo: 1 << 20)
        requests.withLock { $0.append(Request(line: line, headers: request.headers, body: String(buffer: body))) }
        defer { arrivals.continuation.yield(line) }
        let reply = replies.withLock { replies -> Reply in
            guard let next = replies[line]?.first else { return Reply(status: 404, body: "<h1>No such page</h1>") }
            if let count = replies[line]?.count, count > 1 { replies[line]?.removeFirst() }
            return next
        }
        return Self.response(reply)
    }

    private static func response(_ reply: Reply) -> Response {
        var headers = HTTPFields()
        for (name, value) in reply.headers { if let name = HTTPField.Name(name) { headers[name] = value } }
        let bytes = ByteBuffer(string: reply.body)
        guard reply.isEndless else {
            return Response(status: .init(code: reply.status), headers: headers, body: ResponseBody(byteBuffer: bytes))
        }
        let body = ResponseBody { writer in
            try await writer.write(bytes)
            let (forever, open) = AsyncStream.makeStream(of: Never.self)
            for await _ in forever {}
            withExtendedLifetime(open) {}
            try await writer.finish(nil)
        }
        return Response(status: .init(code: reply.status), headers: headers, body: body)
    }
}

/// Serves on a free port of this computer while `body` runs.
func withStub<Value: Sendable>(
    _ replies: [String: [CourantStub.Reply]], _ body: @escaping @Sendable (CourantStub, String) async throws -> Value
) async throws -> Value {
    let stub = CourantStub(replies)
    let (ports, announced) = AsyncStream.makeStream(of: Int.self)
    var logger = Logger(label: "stub")
    logger.logLevel = .critical
    let application = Application(
        responder: CallbackResponder { (request, _: BasicRequestContext) in try await stub.respond(to: request) },
        configuration: .init(address: .hostname("127.0.0.1", port: 0)),
        onServerRunning: { announced.yield($0.localAddress?.port ?? 0) }, logger: logger)
    return try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await application.run() }
        defer { group.cancelAll() }
        var port = 0
        for await announced in ports {
            port = announced
            break
        }
        return try await body(stub, "http://127.0.0.1:\(port)")
    }
}
