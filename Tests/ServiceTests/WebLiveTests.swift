import CourantTesting
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Newsletter
import Testing
import Web

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
}

extension HTTPField.Name {
    fileprivate static let xForwardedFor = HTTPField.Name("X-Forwarded-For") ?? .via
}
