import CourantTesting
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import Mail
import Testing

@testable import Web

/// What the proxy before us leaves out is told once, and nothing of a visitor with it.
@Suite struct ProxyWatchTests {
    private static let browser = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"

    /// The advice that is logged after these requests, from this machine.
    private static func advice(
        after requests: [HTTPFields], at url: String = "https://news.example.org",
        _ change: (inout PublicSite) -> Void = { _ in }
    ) async throws -> String {
        let log = LogLines()
        let web = try await WebApp.start(logger: log.logger, at: PublicURL(url)) {
            $0.proxies = Proxies()
            change(&$0)
        }
        try await Application(router: web.router(), logger: log.logger).test(.live) { client in
            for headers in requests + requests {
                let answer = try await client.execute(uri: "/", method: .get, headers: headers)
                #expect(answer.status == .ok)
            }
        }
        return log.text.split(separator: "\n").filter { $0.contains("advice=") }.joined(separator: "\n")
    }

    @Test func `a browser's request without the proxy's headers is told once for each header`() async throws {
        let log = try await Self.advice(after: [[.userAgent: Self.browser], [.userAgent: Self.browser]])
        #expect(log.split(separator: "\n").count == 2, "\(log)")
        #expect(log.contains("X-Forwarded-For $proxy_add_x_forwarded_for") && log.contains("X-Forwarded-Proto $scheme"))
        #expect(!log.contains("Mozilla"))
    }

    @Test func `a proxy that says all, a program on this machine and a site without TLS are no news`() async throws {
        let whole: HTTPFields = [.userAgent: Self.browser, .forwardedFor: "192.0.2.1", .forwardedProto: "https"]
        #expect(try await Self.advice(after: [whole, [.userAgent: "curl/8.0"], [:]]) == "")
        #expect(try await Self.advice(after: [[.userAgent: Self.browser]], at: "http://localhost:8080") == "")
    }

    @Test func `one header of the two is told alone`() async throws {
        let log = try await Self.advice(after: [[.userAgent: Self.browser, .forwardedFor: "192.0.2.1"]])
        #expect(log.contains("X-Forwarded-Proto $scheme") && !log.contains("X-Forwarded-For $proxy"), "\(log)")
    }

    // MARK: One that seems to be all

    /// The advice once the third form in a minute has come from there.
    private static func advice(of client: String) async throws -> String {
        let log = LogLines()
        let web = try await WebApp.start(logger: log.logger, limits: Limits(clientPerMinute: 2)) {
            $0.proxies = Proxies(
                trusted: ["172.16.0.0/12"].compactMap { AddressRange($0) }, trustsCallsWithoutPeer: true)
        }
        try await Application(router: web.router(), logger: log.logger).test(.router) { asker in
            for number in 1...5 {
                let answer = try await asker.execute(
                    uri: "/subscribe", method: .post,
                    headers: [.contentType: "application/x-www-form-urlencoded", .forwardedFor: client],
                    body: ByteBuffer(string: "email=x"))
                #expect(answer.status == (number < 3 ? .unprocessableContent : .tooManyRequests))
                #expect((answer.headers[.retryAfter] != nil) == (number > 2))
            }
        }
        return log.text.split(separator: "\n").filter { $0.contains("advice=") }.joined(separator: "\n")
    }

    @Test(arguments: [
        ("203.0.113.7, 104.16.0.1", "asks for others"), ("10.0.0.7", "has a private address"),
        ("203.0.113.7", "in an office or a school"),
    ])
    func `a network that has had all its forms is told once, with what may be behind it`(
        _ client: String, _ words: String
    ) async throws {
        let log = try await Self.advice(of: client)
        #expect(log.split(separator: "\n").count == 1 && log.contains(words), "\(log)")
        #expect(!log.contains("203.0.113") && !log.contains("10.0.0.7"))
    }

    @Test func `the host's own look finds a proxy before the proxy`() async throws {
        let web = try await WebApp.start(at: "http://localhost:8080") {
            $0.probe = "word"
            $0.proxies = Proxies()
        }
        try await Application(router: web.router(), logger: web.logger).test(.live) { client in
            for (hops, found) in [("203.0.113.7", "none"), ("203.0.113.7, 104.16.0.1", "another-proxy")] {
                let answer = try await client.execute(
                    uri: "/livez", method: .get, headers: [.forwardedFor: hops, .probe: "word"])
                #expect(answer.headers[.probed] == found)
            }
        }
    }
}
