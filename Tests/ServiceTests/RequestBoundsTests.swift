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

/// What arrives on a socket and is no request of ours.
@Suite(.timeLimit(.minutes(20))) struct RequestBoundsTests {
    @Test func `an address or headers of more than anybody needs are refused`() async throws {
        let web = try await WebApp.start()
        func long(_ count: Int) -> String { String(repeating: "a", count: count) }
        #expect(try await web.ask(.get, "/?\(long(2046))").status == .ok)
        #expect(try await web.ask(.get, "/?\(long(2047))").status == .uriTooLong)
        #expect(try await web.ask(.get, "/", [.userAgent: long(16_000)]).status == .ok)
        #expect(try await web.ask(.get, "/", [.userAgent: long(17_000)]).status == .requestHeaderFieldsTooLarge)
        let many = HTTPFields((0..<2000).map { _ in HTTPField(name: .accept, value: "*/*") })
        #expect(try await web.ask(.get, "/", many).status == .requestHeaderFieldsTooLarge)
    }

    private static let type = "Content-Type: application/x-www-form-urlencoded\r\n"

    @Test(arguments: [
        "GET / HTTP/1.1\r\n\r\n",
        "POST /subscribe HTTP/1.1\r\nHost: x\r\n\(type)Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
        "POST /subscribe HTTP/1.1\r\nHost: x\r\n\(type)Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST /subscribe HTTP/1.1\r\nHost: x\r\n\(type)Transfer-Encoding: chunked\r\n\r\nZZ\r\nhello\r\n0\r\n\r\n",
        "POST /subscribe HTTP/1.1\r\nHost: x\r\n\(type)Content-Length: -1\r\n\r\n",
        "POST /subscribe HTTP/1.1\r\nHost: x\r\n\(type)Content-Length: 5x\r\n\r\nhello",
        "POST /subscribe HTTP/1.1\r\nHost: x\r\n\(type)Content-Length: 5, 5\r\n\r\nhello",
        "POST /subscribe HTTP/1.1\r\nHost: x\r\n\(type)Content-Length: 99999999999999999999\r\n\r\n",
        "POST /subscribe HTTP/1.1\r\nHost: x\r\n\(type)Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
        "POST /subscribe HTTP/1.1\r\nHost: x\r\n\(type)Transfer-Encoding: chunked\r\n\r\n5\r\nhelloX\r\n0\r\n\r\n",
        "POST /subscribe HTTP/1.1\r\nHost: x\r\n\(type)Transfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n0\r\n\r\n",
        "POST /subscribe HTTP/1.1\r\nHost: x\r\n\(type)Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\nhello\r\n0\r\n\r\n",
        "POST /subscribe HTTP/1.1\r\nHost: x\r\n\(type)Transfer-Encoding: gzip, chunked, identity\r\n\r\nhello",
        "GET / HTTP/1.1\r\nHost: x\r\nX : y\r\n\r\n", "GET / HTTP/1.1\r\nHost: x\r\nX: a\u{0}b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\n folded\r\nX\r\n\r\n", "GET / HTTP/9.9\r\nHost: x\r\n\r\n", "GET /\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "\u{16}\u{3}\u{1}\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a/b@c\r\n\r\n", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a:b\r\n\r\n", "GET / HTTP/1.1\r\nHost: :80\r\n\r\n", "GET / HTTP/1.1\r\nHost:\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", "GET / HTTP/1.1\r\nHost: [x]\r\n\r\n",
        "GET / HTTP/1.0\r\nHost: a/b\r\n\r\n", "GET /livez HTTP/1.1\r\nHost: a/b\r\n\r\n",
        "OPTIONS / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nX: \(String(repeating: "a", count: 100_000))\r\n\r\n",
    ])
    func `what is broken gets 400, and nothing is kept`(_ text: String) async throws {
        let web = try await WebApp.start()
        try await Self.application(web).test(.live) { client in
            let answer = try await Self.answer(to: text, port: #require(client.port))
            #expect(answer.hasPrefix("HTTP/1.1 400 "), "\(answer.prefix(40))")
        }
        #expect(try await web.records() == [0, 0, 0, 0])
    }

    private static let answered = [
        ("GET /readyz HTTP/1.0\r\n\r\n", 200), ("GET /livez HTTP/1.0\r\n\r\n", 200),
        ("OPTIONS / HTTP/1.0\r\n\r\n", 204),
        ("GET / HTTP/1.0\r\n\r\n", 200), ("GET /readyz HTTP/1.1\r\n\r\n", 200), ("HEAD /livez HTTP/1.1\r\n\r\n", 200),
        ("GET / HTTP/1.0\r\nHost: news.example.org\r\n\r\n", 200),
        ("GET / HTTP/1.1\r\nHost: [2001:db8::1]:8080\r\n\r\n", 200),
        ("GET / HTTP/1.1\r\nHost: courant_web:8080\r\n\r\n", 200), ("GET / HTTP/1.1\r\nHost: 192.0.2.1:\r\n\r\n", 200),
    ]

    @Test func `a load balancer's checks, and every host that is one, are answered`() async throws {
        let web = try await WebApp.start()
        try await Self.application(web).test(.live) { client in
            for (text, status) in Self.answered {
                let answer = try await Self.answer(to: text, port: #require(client.port))
                #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(text): \(answer.prefix(40))")
            }
        }
    }

    @Test func `whoever waits to be told to go on is told`() async throws {
        let web = try await WebApp.start()
        let head = "POST /subscribe HTTP/1.1\r\nHost: x\r\n\(Self.type)Content-Length: 23\r\n"
        try await Self.application(web).test(.live) { client in
            let port = try #require(client.port)
            #expect(
                try await Self.answer(to: head + "Expect: 100-Continue\r\n\r\n", port: port)
                    == "HTTP/1.1 100 Continue\r\n\r\n")
            let whole = try await Self.answer(to: head + "\r\nemail=ann%40example.org", port: port)
            #expect(whole.hasPrefix("HTTP/1.1 303 "), "\(whole)")
        }
    }

    /// With what the service puts before the router.
    private static func application(_ web: WebApp) -> some ApplicationProtocol {
        Application(
            router: web.router(), server: .http1(configuration: .init(additionalChannelHandlers: [OldRequests()])),
            logger: web.logger)
    }

    private static let otherSpellings = [
        "//api/v1/whoami", "/api//v1/whoami", "/api/v1/whoami/", "/api/v1/lists/news/", "/api/v1/campaigns/+1",
        "/api/v1/campaigns/01", "/api/v1/campaigns/1/", "/api/v1/campaigns/%31", "/api/v1/imports/+1", "//",
        "//subscribe",
        "/policy//",
    ]

    @Test func `an address has one spelling, so that a proxy's rules hold`() async throws {
        let web = try await WebApp.start()
        let eva = try await web.token("Eva", .admin)
        try await web.app.subscribe("ann@example.org")
        try await web.app.launch()
        for path in Self.otherSpellings {
            let status = try await web.ask(.get, path, eva).status
            #expect(status == .notFound, "\(path)")
        }
        #expect(try await web.ask(.get, "/api/v1/campaigns/1", eva).status == .ok)
        // People type a slash behind an address, and mail programs add one.
        #expect(try await web.ask(.get, "/policy/").status == .ok)
    }

    /// The first bytes of what the server says to these.
    private static func answer(to text: String, port: Int) async throws -> String {
        let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connect(host: "localhost", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            try await outbound.write(ByteBuffer(string: text))
            for try await bytes in inbound { return String(buffer: bytes) }
            return "nothing"
        }
    }
}
