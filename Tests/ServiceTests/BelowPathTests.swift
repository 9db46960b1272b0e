import Captcha
import CourantAPI
import CourantTesting
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Mail
import NIOCore
import Newsletter
import Testing
import Wiring

@testable import Web

/// The service below a path, `https://www.example.org/news`, behind a proxy that takes the path off and one that leaves it.
@Suite struct BelowPathTests {
    static let address: PublicURL = "https://www.example.org/news"

    /// What the proxy makes of an address that a browser asked for.
    enum ProxyHabit: String, CaseIterable, Sendable {
        case takesItOff, leavesIt

        func passes(_ address: String) -> String {
            self == .leavesIt ? address : String(address.dropFirst("/news".count))
        }
    }

    private static func site(_ captcha: any Captcha = NoCaptcha()) async throws -> WebApp {
        try await WebApp.start(captcha: captcha, at: address) { $0.widget = CaptchaWidget(kind: .proofOfWork) }
    }

    /// An address in a mail or a page, as its path.
    private static func path(_ text: String) throws -> String {
        try #require(text.hasPrefix("/news/") ? text : text.split(separator: "www.example.org").last.map(String.init))
    }

    @Test(arguments: ProxyHabit.allCases)
    func `every address on every page is below the path, and leads on`(_ proxy: ProxyHabit) async throws {
        let web = try await Self.site()
        try await web.app.signUp("ann@example.org")
        let confirm = try await web.confirmPath("ann@example.org")
        _ = try await web.ask(.post, confirm)
        try await web.app.deliverAllMail()
        let unsubscribe = try web.unsubscribePath("ann@example.org")
        var seen: Set<String> = []
        var ahead = [
            "/", "/subscribe/requested", "/policy", "/privacy", "/nothing", confirm, unsubscribe, confirm + "/refuse",
        ]
        .map { Self.address.href($0) }
        while let next = ahead.popLast() {
            guard seen.insert(next).inserted else { continue }
            let answer = try await web.ask(.get, proxy.passes(next))
            let isKnown =
                ["/nothing", "/confirm/", "/captcha/"].contains(where: next.contains) || answer.status == .ok
            #expect(isKnown, "\(next) answers \(answer.status)")
            guard answer.headers[.contentType]?.hasPrefix("text/html") == true else { continue }
            for match in answer.text.matches(of: /(?:href|src|action|data-challenge)="([^"#]+)"/) {
                let target = String(match.1).replacing("&amp;", with: "&")
                if target.hasPrefix("mailto:") { continue }
                #expect(target == "/news/" || target.hasPrefix("/news/"), "\(target) on \(next)")
                // A form's address is for POST.
                if !match.0.hasPrefix("action") { ahead.append(target) }
            }
        }
        #expect(seen.contains("/news/assets/style.css") && seen.contains("/news/captcha/challenge") && seen.count > 20)
    }

    @Test(arguments: ProxyHabit.allCases)
    func `somebody signs up, confirms and leaves by what the pages and mails say`(_ proxy: ProxyHabit) async throws {
        let web = try await Self.site()
        let page = try await web.ask(.get, proxy.passes("/news/"))
        let form = try #require(page.text.firstMatch(of: /<form[^>]* action="([^"]+)"/)).1
        let signed = try await web.form(proxy.passes(String(form)), "email=ann%40example.org&list=news")
        let next = try #require(signed.headers[.location])
        #expect(signed.status == .seeOther && next.hasPrefix("/news/subscribe/requested?request="))
        #expect(try await web.ask(.get, proxy.passes(next)).has("action=\"/news/confirm\""))
        let confirm = Self.address.href(try await web.confirmPath("ann@example.org"))
        #expect(web.app.relay.mails.last?.text.contains("https://www.example.org/news/confirm/") == true)
        #expect(try await web.ask(.get, proxy.passes(confirm)).has("action=\"\(confirm)\""))
        #expect(try await web.ask(.post, proxy.passes(confirm)).status == .ok)
        try await web.app.deliverAllMail()
        let leave = Self.address.href(try web.unsubscribePath("ann@example.org"))
        #expect(try await web.ask(.get, proxy.passes(leave)).has("action=\"\(leave)\""))
        #expect(try await web.form(proxy.passes(leave), "List-Unsubscribe=One-Click").status == .ok)
        #expect(try await web.app.courant.lists.all().map(\.active) == [0])
    }

    @Test(arguments: ProxyHabit.allCases)
    func `programs and other sites' scripts find their way too`(_ proxy: ProxyHabit) async throws {
        let web = try await WebApp.start(at: Self.address) { $0.allowedOrigins = ["https://shop.example.org"] }
        let json = try await web.json(
            proxy.passes("/news/subscribe"), #"{"email":"ann@example.org","list":"news"}"#,
            [.origin: "https://shop.example.org"])
        #expect(json.status == .accepted && json.headers[.accessControlAllowOrigin] == "https://shop.example.org")
        let eva = try await web.token("Eva", .sender)
        let me = try await web.ask(.get, proxy.passes("/news/api/v1/whoami"), eva)
        #expect(try me.decoded(Whoami.self).publicURL == "https://www.example.org/news")
        for path in ["/news/livez", "/news/readyz", "/news/embed.js", "/news/api/openapi.yaml", "/news"] {
            #expect(
                try await web.ask(.get, proxy.passes(path).isEmpty ? "/" : proxy.passes(path)).status == .ok, "\(path)")
        }
        #expect(try await web.ask(.get, "/newsletter").status == .notFound)
    }

    @Test func `a path that begins like an address of ours is none of ours`() async throws {
        let router = try await Self.site().router()
        let first = Set(router.routes.compactMap { $0.path.description.split(separator: "/").first.map(String.init) })
        #expect(first.subtracting(BelowPath.taken).isEmpty && first.count > 10)
    }
}
