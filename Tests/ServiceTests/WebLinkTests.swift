import Captcha
import CourantAPI
import CourantTesting
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import Newsletter
import Rendering
import SQLStore
import Testing
import Web
import Wiring

/// The links in mails: confirm, refuse, unsubscribe.
@Suite struct WebLinkTests {
    @Test func `GET and HEAD change nothing, however often`() async throws {
        let web = try await WebApp.start()
        try await web.app.subscribe("ann@example.org")
        try await web.app.signUp("bo@example.org")
        let confirm = try await web.confirmPath("bo@example.org")
        let paths = [
            "/", "/subscribe/requested", confirm, confirm + "/refuse", try web.unsubscribePath("ann@example.org"),
            "/policy",
        ]
        let before = try await web.records()
        for path in paths {
            for method in [HTTPRequest.Method.get, .head, .get] {
                let answer = try await web.ask(method, path)
                #expect(answer.status == .ok && answer.text.isEmpty == (method == .head))
                #expect(answer.headers[.setCookie] == nil)
            }
        }
        #expect(try await web.records() == before)
    }

    @Test func `HEAD has GET's headers`() async throws {
        let web = try await WebApp.start()
        for path in ["/", "/nothing", "/assets/style.css"] {
            let (get, head) = (try await web.ask(.get, path), try await web.ask(.head, path))
            #expect(get.headers == head.headers && get.status == head.status && head.text.isEmpty)
        }
    }

    @Test func `the confirm page names the list and no person, and its button confirms`() async throws {
        let web = try await WebApp.start()
        try await web.app.signUp("ann@example.org", name: "Ann")
        let path = try await web.confirmPath("ann@example.org")
        let page = try await web.ask(.get, path)
        #expect(page.has("Example News") && page.has("action=\"\(path)\"") && page.has("action=\"\(path)/refuse\""))
        #expect(!page.has("Ann") && !page.has("ann@"))
        for _ in 1...2 {
            let done = try await web.ask(.post, path)
            #expect(done.status == .ok && done.has("You’re in. Welcome!"))
        }
        #expect(try await web.records()[0] == 1)
    }

    @Test func `refusing deletes, and again is gone`() async throws {
        let web = try await WebApp.start()
        try await web.app.signUp("ann@example.org")
        let path = try await web.confirmPath("ann@example.org")
        let page = try await web.ask(.get, path + "/refuse")
        #expect(page.has("name=\"never\" value=\"yes\"") && page.has("This wasn’t me"))
        let refused = try await web.ask(.post, path + "/refuse")
        #expect(refused.status == .ok && refused.has("Deleted. Sorry for the bother."))
        #expect(try await web.records()[1] == 0)
        for again in [path, path + "/refuse"] { #expect(try await web.ask(.post, again).status == .gone) }
    }

    @Test func `refusing for ever keeps a fingerprint`() async throws {
        let web = try await WebApp.start()
        try await web.app.signUp("ann@example.org")
        let path = try await web.confirmPath("ann@example.org")
        let refused = try await web.form(path + "/refuse", "never=yes")
        #expect(refused.has("You will not hear from us again"))
        _ = try await web.form("/subscribe", "email=ann%40example.org")
        #expect(try await web.records()[1] == 0)
    }

    private static let multipart =
        "--b\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--b--\r\n"

    @Test(arguments: [
        ("application/x-www-form-urlencoded", "List-Unsubscribe=One-Click"),
        ("multipart/form-data; boundary=b", multipart), (nil, "List-Unsubscribe=One-Click"),
        ("application/x-www-form-urlencoded", "unsubscribe=yes"),
        ("application/x-www-form-urlencoded", "everything=yes"),
    ])
    func `each way of unsubscribing deletes at once and answers 200, every time`(_ type: String?, _ body: String)
        async throws
    {
        let web = try await WebApp.start()
        try await web.app.subscribe("ann@example.org")
        let path = try web.unsubscribePath("ann@example.org")
        var headers: HTTPFields = [:]
        headers[.contentType] = type
        var answers: Set<String> = []
        for _ in 1...3 {
            let answer = try await web.ask(.post, path, headers, Array(body.utf8))
            #expect(answer.status == .ok)
            #expect(try await web.records()[0] == 0)
            answers.insert(answer.text)
        }
        #expect(answers.count == 1)
    }

    @Test(arguments: ["", "x=y", "List-Unsubscribe=no", "everything=", "%zz", "unsubscribe=%ff"])
    func `a POST without a wish asks again and deletes nothing`(_ body: String) async throws {
        let web = try await WebApp.start()
        try await web.app.subscribe("ann@example.org")
        let path = try web.unsubscribePath("ann@example.org")
        let answer = try await web.form(path, body)
        #expect(answer.status == .badRequest && answer.has("name=\"unsubscribe\" value=\"yes\""))
        #expect(try await web.records()[0] == 1)
    }

    @Test func `an unsubscribe's body may not be of any type or size`() async throws {
        let web = try await WebApp.start()
        try await web.app.subscribe("ann@example.org")
        let path = try web.unsubscribePath("ann@example.org")
        #expect(try await web.ask(.post, path, [.contentType: "text/plain"], []).status == .unsupportedMediaType)
        let large = String(repeating: "a", count: 20_000)
        #expect(try await web.form(path, "everything=yes&x=\(large)").status == .contentTooLarge)
        #expect(try await web.records()[0] == 1)
    }

    @Test func `everything leaves every list, and the page says what stays`() async throws {
        let web = try await WebApp.start()
        try await web.app.createList("events", title: "Events")
        try await web.app.subscribe("ann@example.org", lists: ["news", "events"])
        let answer = try await web.form(web.unsubscribePath("ann@example.org"), "everything=yes")
        #expect(answer.has("fingerprint"))
        let records = try await web.records()
        #expect(records[0] == 0 && records[2] == 0)
    }

    @Test func `an erased subscription's page still has its button`() async throws {
        let web = try await WebApp.start()
        try await web.app.subscribe("ann@example.org")
        let path = try web.unsubscribePath("ann@example.org")
        #expect(try await web.ask(.get, path).has("Unsubscribe from Example News?"))
        try await web.app.unsubscribe("ann@example.org")
        let page = try await web.ask(.get, path)
        #expect(page.status == .ok && page.has("Unsubscribe from the newsletter?"))
    }
}
