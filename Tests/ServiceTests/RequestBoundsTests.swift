import CourantTesting
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import NIOPosix
import Testing

@testable import Web

/// What arrives on a socket and is no request of ours.
@Suite(.timeLimit(.minutes(1))) struct RequestBoundsTests {
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
        "GET / HTTP/1.1\r\nHost: x\r\nX: \(String(repeating: "a", count: 100_000))\r\n\r\n",
    ])
    func `what is broken gets 400, and nothing is kept`(_ text: String) async throws {
        let web = try await WebApp.start()
        try await Application(router: web.router(), logger: web.logger).test(.live) { client in
            let answer = try await Self.answer(to: text, port: #require(client.port))
            #expect(answer.hasPrefix("HTTP/1.1 400 "), "\(answer.prefix(40))")
        }
        #expect(try await web.records() == [0, 0, 0, 0])
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
