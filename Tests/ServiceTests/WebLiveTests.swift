import CourantAPI
import CourantTesting
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import NIOPosix
import Newsletter
import Testing

@testable import Web

/// What only a real connection shows: that one answer does not spoil the next.
@Suite struct WebLiveTests {
    @Test func `a connection goes on after a refused body and after HEAD`() async throws {
        let web = try await WebApp.start()
        let large = ByteBuffer(repeating: UInt8(ascii: "a"), count: 1_000_000)
        let form: HTTPFields = [.contentType: "application/x-www-form-urlencoded"]
        try await Application(router: web.router(), logger: web.logger).test(.live) { client in
            for _ in 1...2 {
                let refused = try await client.execute(uri: "/subscribe", method: .post, headers: form, body: large)
                #expect(refused.status == .contentTooLarge)
                let head = try await client.execute(uri: "/nothing", method: .head)
                #expect(head.status == .notFound && head.text.isEmpty)
                let page = try await client.execute(uri: "/", method: .get)
                #expect(page.status == .ok && page.has("</html>"))
            }
        }
    }

    @Test func `a staff call from this machine needs no encryption`() async throws {
        let web = try await WebApp.start { $0.proxies = Proxies() }
        let eva = try await web.token("Eva", .viewer)
        try await Application(router: web.router(), logger: web.logger).test(.live) { client in
            let mine = try await client.execute(uri: "/api/v1/whoami", method: .get, headers: eva)
            #expect(mine.status == .ok)
            var forwarded = eva
            forwarded[.xForwardedFor] = "192.0.2.1"
            #expect(
                try await client.execute(uri: "/api/v1/whoami", method: .get, headers: forwarded).status == .forbidden)
        }
    }

    /// Sends bytes as they are, waits for `seen`, and hangs up.
    private static func say(_ text: String, to port: Int, until seen: () -> Bool) async throws {
        let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connect(host: "localhost", port: port).get()
        try await channel.writeAndFlush(ByteBuffer(string: text))
        try await eventually("the service has seen it", seen)
        try await channel.close()
    }

    @Test(.timeLimit(.minutes(20))) func `a body that is cut off is not taken for a whole one`() async throws {
        let log = LogLines()
        let web = try await WebApp.start(logger: log.logger)
        try await Application(router: web.router(), logger: log.logger).test(.live) { client in
            let text =
                "POST /subscribe HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
                + "Content-Length: 99\r\n\r\nemail=ann%40example.co"
            try await Self.say(text, to: try #require(client.port)) { true }
            try await eventually("the log says 400") { log.text.contains("status=400") }
        }
        #expect(try await web.records() == [0, 0, 0, 0])
        #expect(!log.text.contains("request failed"))
    }

    @Test(.timeLimit(.minutes(20))) func `watching ends when the client hangs up`() async throws {
        let log = LogLines()
        let web = try await WebApp.start(logger: log.logger)
        var headers = try await web.token("Eva", .sender)
        let bearer = try #require(headers[.authorization])
        headers[.idempotencyKey] = "k"
        let file = try JSON.encode(CampaignSource(source: TestApp.issue, list: "news"))
        _ = try await web.json("/api/v1/campaigns", String(decoding: file, as: UTF8.self), headers)
        try await Application(router: web.router(), logger: log.logger).test(.live) { client in
            let text = "GET /api/v1/campaigns/1/events HTTP/1.1\r\nHost: x\r\nAuthorization: \(bearer)\r\n\r\n"
            try await Self.say(text, to: try #require(client.port)) {
                log.text.contains("route=/api/v1/campaigns/{id}/events")
            }
            try await eventually("the watcher has left") { log.text.contains("the watcher has left") }
        }
        #expect(!log.text.contains(bearer.dropFirst(7)))
    }
}

extension HTTPField.Name {
    fileprivate static let xForwardedFor = HTTPField.Name("X-Forwarded-For") ?? .via
}
