import CourantTesting
import Foundation
import Outbound
import Testing

@Suite(.timeLimit(.minutes(20))) struct CourantdDemoTests {
    @Test func `the demo shows its mail, and leaves nothing behind`() async throws {
        try await withFolder { home in
            let demo = try Program(
                Program.built("courantd"), ["demo", "--port", "0"], in: home, environment: ["TMPDIR": home.path],
                workingDirectory: .repository)
            try await eventually("the banner comes") { demo.saidOut.contains("send ") || demo.code != nil }
            let banner = demo.saidOut
            let url = try #require(banner.firstMatch(of: /Sign-up page +(http:\/\/localhost:\d+)\//)?.1)
            #expect(banner.contains("\(url)/mailbox") && banner.contains("COURANT_URL=\(url) COURANT_TOKEN=courant."))
            #expect(Self.throwaways(in: home).count == 1)
            try await Self.walk(String(url), banner, home)

            demo.signal(SIGTERM)
            let end = try await demo.ended(within: .seconds(60))
            #expect(end.code == 0 && end.err == "" && Self.throwaways(in: home) == [])
        }
    }

    /// The mailbox page shows the mail; its link works; what the banner says to paste sends the example.
    private static func walk(_ url: String, _ banner: String, _ home: URL) async throws {
        let http = HTTPClient()
        let form = [HTTPHeader("Content-Type", "application/x-www-form-urlencoded")]
        let signUp = HTTPRequest(
            .post, url + "/subscribe", headers: form, body: Array("email=ann%40example.org&name=Ann".utf8))
        #expect(try await http.send(signUp).status == 303)
        try await eventually("the mailbox shows the mail") {
            try await http.send(HTTPRequest(.get, url + "/mailbox")).text.contains("ann@example.org")
        }
        let mail = try await http.send(HTTPRequest(.get, url + "/mailbox/1/text")).text
        let link = try #require(mail.firstMatch(of: /http:\/\/localhost:\d+\/confirm\/[A-Za-z0-9_-]+/)?.0)
        #expect(link.hasPrefix(url))
        #expect(try await http.send(HTTPRequest(.post, String(link), headers: form, body: [])).status == 200)

        let token = try #require(banner.firstMatch(of: /COURANT_TOKEN=(\S+)/)?.1)
        let example = try #require(banner.firstMatch(of: /send (\S+) --list news/)?.1)
        let sent = try await courant(
            ["send", String(example), "--list", "news", "--yes", "--expect-recipients", "1"], at: url,
            environment: ["COURANT_TOKEN": String(token)], in: home)
        #expect(sent.code == 0, "\(sent.err)")
        let page = try await http.send(HTTPRequest(.get, url + "/mailbox")).text
        #expect(page.contains("Sensors in spring"))
    }

    @Test func `a demo that cannot start leaves nothing behind either`() async throws {
        try await withFolder { home in
            let demo = try Program(
                Program.built("courantd"), ["demo", "--port", "0"], in: home, environment: ["TMPDIR": home.path])
            let end = try await demo.ended()
            #expect(end.code == 1 && end.err.contains("templates") && Self.throwaways(in: home) == [])
        }
    }

    private static func throwaways(in home: URL) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: home.path)) ?? []).filter {
            $0.hasPrefix("courant-demo")
        }
    }
}
