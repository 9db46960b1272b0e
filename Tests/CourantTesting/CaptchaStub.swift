import Foundation
import Hummingbird
import HTTPTypes
import Logging
import Synchronization

/// Somebody else's HTTPS service, played on loopback without the S: a captcha's `siteverify`, which answers as Google
/// does, or as badly as a test wants; and a few paths for the HTTP client's own tests.
package final class CaptchaStub: Sendable {
    /// What a response to be verified stands for: `good`, `spent`, `slow` and so on, or JSON to be sent as it is.
    package let port: Int
    package let questions = Questions()
    private let task: Task<Void, any Error>

    package final class Questions: Sendable {
        private let bodies = Mutex<[String]>([])
        package var all: [String] { bodies.withLock { $0 } }
        func note(_ body: String) { bodies.withLock { $0.append(body) } }
    }

    package init(answer: @escaping @Sendable (_ response: String) async -> (status: Int, body: String)) async throws {
        let router = Router()
        let questions = questions
        router.post("siteverify") { request, _ in
            let body = String(buffer: try await request.body.collect(upTo: 64 * 1024))
            questions.note(body)
            let fields = body.split(separator: "&").map { $0.split(separator: "=", maxSplits: 1).map(String.init) }
            let response = fields.first { $0.first == "response" }?.last?.removingPercentEncoding ?? ""
            let (status, text) = await answer(response)
            return Self.response(status, text)
        }
        Self.addPaths(to: router)
        let started = AsyncStream<Int>.makeStream()
        var logger = Logger(label: "stub")
        logger.logLevel = .critical
        let application = Application(
            router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { channel in started.continuation.yield(channel.localAddress?.port ?? 0) }, logger: logger)
        task = Task { try await application.run() }
        var ports = started.stream.makeAsyncIterator()
        port = await ports.next() ?? 0
    }

    deinit { task.cancel() }

    package var verifyURL: String { "http://127.0.0.1:\(port)/siteverify" }
    package func url(_ path: String) -> String { "http://127.0.0.1:\(port)\(path)" }

    private static func response(_ status: Int, _ text: String) -> Response {
        Response(
            status: .init(code: status), headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }

    private static func addPaths(to router: Router<BasicRequestContext>) {
        router.get("size/{count}") { _, context in
            let count = try context.parameters.require("count", as: Int.self)
            return response(200, String(repeating: "x", count: count))
        }
        router.get("slow") { _, _ in
            try? await Task.sleep(for: .seconds(30))
            return response(200, "late")
        }
        router.get("redirect") { _, _ in
            Response(status: .seeOther, headers: [.location: "/size/1"])
        }
        router.on("echo", method: .put) { request, _ in
            let name = HTTPField.Name("X-Test").flatMap { request.headers[$0] } ?? ""
            return response(201, name + String(buffer: try await request.body.collect(upTo: 1_000_000)))
        }
        router.get("lines/{count}") { _, context in
            let count = try context.parameters.require("count", as: Int.self)
            return Response(
                status: .ok,
                body: ResponseBody { writer in
                    for number in 0..<count { try await writer.write(ByteBuffer(string: "{\"line\":\(number)}\n")) }
                    try await writer.write(ByteBuffer(string: "last"))
                    try await writer.finish(nil)
                })
        }
        router.get("endless") { _, _ in
            Response(
                status: .ok,
                body: ResponseBody { writer in
                    while true {
                        try await writer.write(ByteBuffer(string: String(repeating: "z", count: 1000) + "\n"))
                    }
                })
        }
    }
}
