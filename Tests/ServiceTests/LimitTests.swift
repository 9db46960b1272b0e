import CourantAPI
import CourantTesting
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Newsletter
import Testing
import Wiring

@testable import Web

@Suite struct LimitTests {
    // MARK: One victim

    @Test(.timeLimit(.minutes(20))) func `ten thousand posts for one victim cause one mail in each window`()
        async throws
    {
        let web = try await WebApp.start()
        try await web.app.createList("events", title: "Events")
        for (window, posts) in [(1, 10_000), (2, 200)] {
            try await web.bomb(
                with: (1...posts).map { "email=victim%40Example.org&list=\($0 % 2 == 0 ? "news" : "events")" })
            try await web.app.deliverAllMail()
            #expect(web.app.relay.mails.count == window)
            web.app.clock.advance(.seconds(600))
        }
    }

    @Test func `a mailbox gets five mails in a day at the most, whatever becomes of its sign-ups`() async throws {
        let web = try await WebApp.start()
        for number in 1...20 {
            try await web.app.signUp("victim+\(number)@example.org")
            try await web.app.signUp("victim@example.org")
            try await web.app.deliverAllMail()
            if let token = web.app.relay.mails.last?.token(after: "/confirm/").flatMap({ Token($0) }) {
                _ = try await web.app.courant.subscriptions.refuse(token, neverAgain: false)
            }
        }
        #expect(web.app.relay.mails.count == 5)
        web.app.clock.advance(.seconds(86_400))
        try await web.app.signUp("victim@example.org")
        try await web.app.deliverAllMail()
        #expect(web.app.relay.mails.count == 6)
    }

    @Test func `who has just confirmed may ask for another list`() async throws {
        let app = try await TestApp.start()
        try await app.createList("events", title: "Events")
        try await app.subscribe("ann@example.org")
        try await app.subscribe("ann@example.org", lists: ["events"])
        #expect(try await app.courant.lists.all().map(\.active) == [1, 1])
    }

    @Test func `a domain gets its number in an hour, and the answer is the same`() async throws {
        let app = try await TestApp.start { $0.rules.domainPerHour = 3 }
        for number in 1...10 { try await app.signUp("reader\(number)@Example.org") }
        try await app.signUp("reader@example.net")
        try await app.deliverAllMail()
        #expect(app.relay.mails.count == 4)
        #expect(try await app.courant.lists.all()[0].pending == 4)
        app.clock.advance(.seconds(3600))
        for number in 11...20 { try await app.signUp("reader\(number)@example.org") }
        try await app.deliverAllMail()
        #expect(app.relay.mails.count == 7)
    }

    // MARK: Clients

    @Test func `a network gets its number in a minute, then 429, and others go on`() async throws {
        let web = try await WebApp.start(limits: Limits(clientPerMinute: 3))
        func post(_ client: String, _ accept: String = "text/html") async throws -> TestResponse {
            try await web.form("/subscribe", "email=x", [.forwardedFor: client, .accept: accept])
        }
        for last in 1...3 { #expect(try await post("192.0.2.\(last)").status == .unprocessableContent) }
        let page = try await post("192.0.2.200")
        #expect(page.status == .tooManyRequests && page.headers[.retryAfter] == "20" && page.has("a little fast"))
        #expect(page.headers[.contentType] == "text/html; charset=utf-8")
        let problem = try await post("192.0.2.7", "application/json")
        #expect(problem.problem?.word == "too-many-requests" && problem.headers[.retryAfter] == "20")
        #expect(try await post("192.0.3.1").status == .unprocessableContent)
        #expect(try await post("2001:db8:1:2::1").status == .unprocessableContent)
        web.app.clock.advance(.seconds(20))
        #expect(try await post("192.0.2.1").status == .unprocessableContent)
        #expect(try await post("192.0.2.1").status == .tooManyRequests)
        // Links work for everybody, always.
        #expect(try await web.ask(.get, "/", [.forwardedFor: "192.0.2.1"]).status == .ok)
    }

    @Test func `all together get their number, and a refused client takes none of it`() async throws {
        let web = try await WebApp.start(limits: Limits(clientPerMinute: 2, allPerMinute: 4))
        func post(_ client: String) async throws -> Int {
            try await web.form("/subscribe", "email=x", [.forwardedFor: client]).status.code
        }
        for _ in 1...2 { #expect(try await post("192.0.2.1") == 422) }
        for _ in 1...9 { #expect(try await post("192.0.2.1") == 429) }
        for _ in 1...2 { #expect(try await post("198.51.100.1") == 422) }
        #expect(try await post("203.0.113.1") == 429)
    }

    @Test func `what does not come whole takes nothing from everybody`() async throws {
        let web = try await WebApp.start(limits: Limits(allPerMinute: 1))
        for _ in 1...5 { #expect(try await web.form("/subscribe", "email=%").status == .badRequest) }
        #expect(try await web.form("/subscribe", "email=ann%40example.org").status == .seeOther)
        #expect(try await web.form("/subscribe", "email=bo%40example.org").status == .tooManyRequests)
    }

    @Test(
        arguments: [
            ("203.0.113.9", [], "203.0.113.9"), ("203.0.113.9", ["192.0.2.1"], "203.0.113.9"),
            ("10.0.0.1", ["192.0.2.1"], "192.0.2.1"), ("10.0.0.1", ["6.6.6.6, 192.0.2.1"], "192.0.2.1"),
            ("10.0.0.1", ["6.6.6.6", "192.0.2.1, 10.0.0.2"], "192.0.2.1"), ("10.0.0.1", [], "10.0.0.1"),
            ("10.0.0.1", ["10.0.0.3, 10.0.0.2"], "10.0.0.3"), ("10.0.0.1", ["192.0.2.1, nonsense"], "10.0.0.1"),
            ("127.0.0.1", ["192.0.2.1, unknown"], "127.0.0.1"), ("127.0.0.1", [""], "127.0.0.1"),
            (nil, ["192.0.2.1, unknown"], "::"),
            ("10.0.0.1", ["192.0.2.1:4711"], "192.0.2.1"), ("10.0.0.1", ["[2001:db8::1]:4711"], "2001:db8::1"),
            ("127.0.0.1", [], nil), ("127.0.0.1", ["192.0.2.1"], "192.0.2.1"), ("::1", ["2001:db8::1"], "2001:db8::1"),
            ("::ffff:10.0.0.1", ["::ffff:192.0.2.1"], "192.0.2.1"), ("127.0.0.1", ["127.0.0.1"], nil),
            (nil, ["192.0.2.1"], "192.0.2.1"), (nil, [], nil),
        ] as [(String?, [String], String?)])
    func `the client is whom the nearest proxy that we trust names`(
        _ peer: String?, _ forwarded: [String], _ expected: String?
    ) throws {
        let proxies = Proxies(trusted: ["10.0.0.0/8"].compactMap { AddressRange($0) }, trustsCallsWithoutPeer: true)
        var headers: HTTPFields = [:]
        headers[values: .forwardedFor] = forwarded
        let address = try peer.map { try SocketAddress(ipAddress: $0, port: 1) }
        #expect(proxies.client(headers, from: address) == expected.flatMap { IPAddress($0) })
    }

    // MARK: Memory

    @Test func `a flood of others drives out nobody who keeps coming`() throws {
        let budgets = try #require(RateLimiter<Int>(2, per: .seconds(60), capacity: 1000))
        for number in 1...100_000 {
            _ = budgets.spend(number, at: .zero)
            if number.isMultiple(of: 100) { _ = budgets.spend(0, at: .zero) }
        }
        #expect(budgets.count <= 1000)
        #expect(budgets.spend(0, at: .zero) == .seconds(30))
        #expect(budgets.spend(0, at: .seconds(30)) == nil)
        #expect(RateLimiter<Int>(0, per: .seconds(60)) == nil)
    }
}

extension WebApp {
    /// Posts all of them, some at once; each must get the answer that everybody gets.
    fileprivate func bomb(with forms: [String]) async throws {
        try await Application(router: router(), logger: logger).test(.router) { client in
            try await withThrowingTaskGroup { group in
                for part in 0..<100 {
                    group.addTask {
                        for (index, form) in forms.enumerated() where index % 100 == part {
                            let answer = try await client.execute(
                                uri: "/subscribe", method: .post,
                                headers: [.contentType: "application/x-www-form-urlencoded"],
                                body: ByteBuffer(string: form))
                            guard answer.status == .seeOther else { throw TestFailure("\(answer.status)") }
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }
}
