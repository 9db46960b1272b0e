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
}
