import CourantTesting
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Newsletter
import Testing

@testable import Web

/// Mail gateways, bots and browsers open every link of a mail, some of them several times, some before its reader does.
@Suite(.timeLimit(.minutes(20))) struct ScannerTests {
    @Test(.ofTheFile) func `whoever opens a link, and however, changes nothing: not one byte on the disk`() async throws
    {
        let web = try await WebApp.start()
        let links = try await web.links()
        let before = try web.disk()
        try await Application(router: web.router(), logger: web.logger).test(.router) { client in
            for (number, agent) in Self.agents.enumerated() {
                for link in links {
                    // All of the ways with each tenth of the agents, the first four with everybody.
                    for (method, more) in number.isMultiple(of: 10) ? Self.ways : Array(Self.ways.prefix(4)) {
                        var headers = more
                        headers[.userAgent] = agent
                        let answer = try await client.execute(uri: link, method: method, headers: headers)
                        #expect(answer.status == (method == .options ? .noContent : .ok), "\(method) by \(agent)")
                        #expect(answer.headers[.setCookie] == nil && answer.headers[.location] == nil)
                    }
                }
            }
        }
        #expect(try web.disk() == before)
        // A person's one press does.
        for link in links.filter({ $0.contains("/unsubscribe/") }) {
            #expect(try await web.form(link, "unsubscribe=yes").status == .ok)
        }
        #expect(try web.disk() != before)
    }

    static let ways: [(HTTPRequest.Method, HTTPFields)] = [
        (.head, [:]), (.get, [:]), (.get, [:]), (.options, [:]), (.get, fields("Purpose", "prefetch")),
        (.get, fields("Sec-Purpose", "prefetch;prerender")), (.get, fields("X-Moz", "prefetch")),
        (.get, fields("X-Purpose", "preview")), (.get, [.range: "bytes=0-99"]),
        (.get, fields("Sec-Fetch-Mode", "no-cors")), (.get, [.accept: "*/*", .referer: "https://mail.example/"]),
        (.options, fields("Access-Control-Request-Method", "POST")),
    ]

    private static func fields(_ name: String, _ value: String) -> HTTPFields {
        HTTPField.Name(name).map { [$0: value] } ?? [:]
    }

    /// As they come, shortened nowhere.
    static let agents: [String] = {
        let text = try? String(
            contentsOf: .repository.appending(path: "Tests/Samples/agents.txt"), encoding: .utf8)
        return (text ?? "").split(separator: "\n").map(String.init)
    }()

    @Test func `there are fifty of them`() {
        #expect(Self.agents.count >= 50 && Set(Self.agents).count == Self.agents.count)
    }
}

extension WebApp {
    /// Every kind of link that a mail or a page of ours carries, each of a living subscription.
    fileprivate func links() async throws -> [String] {
        try await app.subscribe("ann@example.org", name: "Ann")
        try await app.signUp("bo@example.org")
        let confirm = try await confirmPath("bo@example.org")
        let requested = try await form("/subscribe", "email=cy%40example.org").headers[.location]
        return [confirm, confirm + "/refuse", try unsubscribePath("ann@example.org")] + [requested].compactMap(\.self)
    }

    /// What stands in the database and its log.
    fileprivate func disk() throws -> [String: Data] {
        var files: [String: Data] = [:]
        for name in ["courant.db", "courant.db-wal"] {
            files[name] = try? Data(contentsOf: app.directory.appending(path: name))
        }
        return files
    }
}
