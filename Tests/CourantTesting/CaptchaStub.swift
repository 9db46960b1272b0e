import Foundation
import Hummingbird
import HTTPTypes
import Logging
import Synchronization

/// A captcha's `siteverify` on loopback, without the S: it answers as a test wants, as Google does or as badly as it may.
///
/// All stubs of a test run stand on one HTTP server, which runs until the process ends: stopping Hummingbird while
/// somebody is just connecting can end the process in a fatal error of NIO's.
package final class CaptchaStub: Sendable {
    package typealias Answer = @Sendable (_ response: String) async -> (status: Int, body: String)

    package let port: Int
    private let id: Int
    private let answer: Answer
    private let bodies = Mutex<[String]>([])

    private static let stubs = Mutex<[Int: CaptchaStub]>([:])
    private static let numbers = Atomic(0)
    private static let server = Task { await listen() }

    /// `answer` gets the captcha's response to be verified.
    @discardableResult
    package init(answer: @escaping Answer) async throws {
        port = await Self.server.value
        self.answer = answer
        id = Self.numbers.add(1, ordering: .relaxed).oldValue
        Self.stubs.withLock { $0[id] = self }
    }

    package var verifyURL: String { url("/siteverify/\(id)") }
    package func url(_ path: String) -> String { "http://127.0.0.1:\(port)\(path)" }

    /// The bodies of what it was asked.
    package var questions: [String] { bodies.withLock { $0 } }

    private func reply(to body: String) async -> Response {
        bodies.withLock { $0.append(body) }
        let fields = body.split(separator: "&").map { $0.split(separator: "=", maxSplits: 1).map(String.init) }
        let response = fields.first { $0.first == "response" }?.last?.removingPercentEncoding ?? ""
        let (status, text) = await answer(response)
        return Self.response(status, text)
    }

    private static func listen() async -> Int {
        let router = Router()
        router.post("siteverify/:id") { request, context in
            let id = try context.parameters.require("id", as: Int.self)
            guard let stub = stubs.withLock({ $0[id] }) else { throw HTTPError(.notFound) }
            return await stub.reply(to: String(buffer: try await request.body.collect(upTo: 64 * 1024)))
        }
        addPaths(to: router)
        addPages(to: router)
        let (ports, started) = AsyncStream<Int>.makeStream()
        var logger = Logger(label: "stub")
        logger.logLevel = .critical
        let application = Application(
            router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { channel in started.yield(channel.localAddress?.port ?? 0) }, logger: logger)
        Task { try await application.run() }
        return await ports.first { _ in true } ?? 0
    }

    private static func response(_ status: Int, _ text: String) -> Response {
        Response(
            status: .init(code: status), headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }

    /// For the HTTP client's own tests.
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
