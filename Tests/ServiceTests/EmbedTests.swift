import Captcha
import CourantAPI
import CourantTesting
import Foundation
import HTTPTypes
import HummingbirdTesting
import Rendering
import Testing

@testable import Web

@Suite struct EmbedTests {
    @Test(arguments: [CaptchaWidget.Kind?.none] + CaptchaWidget.Kind.allCases.map { .some($0) })
    func `the script for other sites is small, and holds its words and its captcha`(
        _ kind: CaptchaWidget.Kind?
    ) async throws {
        let web = try await WebApp.start {
            $0.widget = kind.map { CaptchaWidget(kind: $0, siteKey: String(repeating: "k", count: 40)) }
        }
        let script = try await web.ask(.get, "/embed.js")
        #expect(script.headers[.contentType] == "text/javascript; charset=utf-8")
        #expect(script.text.utf8.count <= 7 * 1024, "\(script.text.utf8.count)")
        for words in ["Code from the email", "Kode fra e-posten", "Kod från mejlet"] { #expect(script.has(words)) }
        #expect(script.has("\"captcha\":") == (kind != nil) && !script.has("captcha } = {}"))
        let tag = try #require(script.headers[.eTag])
        #expect(try await web.ask(.get, "/embed.js", [.ifNoneMatch: tag]).status == .notModified)
        #expect(try await web.ask(.get, "/assets/embed.js").status == .notFound)
    }

    @Test func `scripts of known sites may also read failures, and others nothing`() async throws {
        let web = try await WebApp.start(captcha: ProofOfWork(hardest: 10), limits: Limits(allPerMinute: 2)) {
            $0.allowedOrigins = ["https://www.example.com"]
        }
        for origin in [
            "https://www.example.com", "https://www.example.com.evil.example", "null", "http://www.example.com",
        ] {
            let isKnown = origin == "https://www.example.com"
            for (method, path) in [
                (HTTPRequest.Method.post, "/subscribe"), (.post, "/confirm"), (.get, "/captcha/challenge"),
                (.get, "/subscribe"), (.options, "/confirm"),
            ] {
                let answer = try await web.ask(method, path, [.origin: origin, .accept: "application/json"])
                #expect((answer.headers[.accessControlAllowOrigin] == origin) == isKnown, "\(method) \(path)")
                #expect(answer.headers[.accessControlAllowCredentials] == nil)
                #expect(answer.headers[values: .vary].contains("Origin"))
            }
        }
        for _ in 1...2 { _ = try await web.json("/subscribe", "{}") }
        let late = try await web.json("/subscribe", "{}", [.origin: "https://www.example.com"])
        #expect(late.status == .tooManyRequests && late.headers[.accessControlExposeHeaders] == "Retry-After")
        #expect(late.headers[.accessControlAllowOrigin] == "https://www.example.com")
        let page = try await web.ask(.get, "/", [.origin: "https://www.example.com"])
        #expect(page.headers[.accessControlAllowOrigin] == nil)
    }
}
