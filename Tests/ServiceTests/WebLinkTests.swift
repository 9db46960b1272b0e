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
        for isFirst in [true, false] {
            let done = try await web.ask(.post, path)
            #expect(done.status == .ok && done.has("Welcome!") == isFirst)
            #expect(done.has("You are subscribed already") != isFirst)
        }
        #expect(try await web.records()[0] == 1)
    }

    @Test func `a confirm link that was used promises nothing again, and still leads out`() async throws {
        let web = try await WebApp.start()
        try await web.app.signUp("ann@example.org", name: "Ann")
        let path = try await web.confirmPath("ann@example.org")
        _ = try await web.ask(.post, path)
        let page = try await web.ask(.get, path)
        #expect(page.status == .ok && page.has("You are subscribed already") && page.has("Example News"))
        #expect(!page.has("action=\"\(path)\"") && !page.has("button-great"))
        #expect(page.has("action=\"\(path)/refuse\"") && !page.has("Ann") && !page.has("ann@"))
        #expect(try await web.form(path + "/refuse", "").status == .ok)
        #expect(try await web.ask(.get, path).status == .gone)
    }

    @Test func `what a mail's link opens speaks the mail's language, unless another is chosen`() async throws {
        let web = try await WebApp.start()
        _ = try await web.form("/subscribe", "email=ann%40example.org&locale=nb")
        let confirm = try await web.confirmPath("ann@example.org")
        let browser: HTTPFields = [.acceptLanguage: "en"]
        let page = try await web.ask(.get, confirm, browser)
        #expect(page.headers[.contentLanguage] == "nb" && page.has("action=\"\(confirm)?locale=nb\""))
        #expect(page.has("href=\"/policy?locale=nb\""))
        let swedish = try await web.ask(.get, confirm + "?locale=sv", browser)
        #expect(swedish.headers[.contentLanguage] == "sv" && swedish.has("<span lang=\"nb\">Jeg vil gjerne"))
        #expect(try await web.ask(.post, confirm, browser).headers[.contentLanguage] == "nb")
        try await web.app.deliverAllMail()
        let leave = try web.unsubscribePath("ann@example.org")
        let held = "/privacy/\(try await web.app.privacyLink("ann@example.org").text)"
        for path in [held, leave] {
            #expect(try await web.ask(.get, path, browser).headers[.contentLanguage] == "nb", "\(path)")
        }
        #expect(try await web.ask(.get, held + "?locale=en", browser).has("<dd lang=\"nb\">“Jeg vil gjerne"))
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

    private static func multipart(_ head: String = "", name: String = "List-Unsubscribe", end: String = "\r\n")
        -> String
    {
        ["--b", "Content-Disposition: form-data; name=\"\(name)\"" + head, "", "One-Click", "--b--", ""]
            .joined(separator: end)
    }

    private static let urlEncoded = "application/x-www-form-urlencoded"
    private static let oneClick = "List-Unsubscribe=One-Click"

    @Test(arguments: [
        (urlEncoded, oneClick), (nil, oneClick), (urlEncoded, "unsubscribe=yes"), (urlEncoded, "everything=yes"),
        ("multipart/form-data; boundary=b", multipart()), ("multipart/form-data; boundary=\"b\"", multipart()),
        ("multipart/form-data; boundary=b", multipart("\r\nContent-Type: text/plain; charset=utf-8")),
        ("multipart/form-data; boundary=b", multipart(name: "list-unsubscribe")),
        ("multipart/form-data; boundary=b", multipart(end: "\n")), ("multipart/form-data; boundary=other", multipart()),
        ("multipart/form-data", multipart()), ("multipart/mixed; boundary=b", multipart()),
        ("application/x-www-form-urlencoded; charset=UTF-8", oneClick),
        ("application/x-www-form-urlencoded;charset=utf8", oneClick),
        ("application/x-www-form-urlencoded; charset=iso-8859-1", oneClick),
        ("application/x-www-form-urlencoded; charset=us-ascii", oneClick),
        ("application/x-www-form-urlencoded; charset=windows-1252", "unsubscribe=yes"),
        ("Application/X-WWW-Form-URLEncoded", oneClick), ("application/x-www-form-urlencoded;", oneClick),
        ("text/plain", oneClick), ("text/plain;charset=UTF-8", oneClick), ("text/html", oneClick),
        ("application/octet-stream", oneClick), ("application/json", "{\"List-Unsubscribe\": \"One-Click\"}"),
        ("not a type", oneClick), ("", oneClick), (urlEncoded, oneClick + "\r\n"), (urlEncoded, oneClick + "\n"),
        (urlEncoded, " " + oneClick + " "), (urlEncoded, "list-unsubscribe=one-click"),
        (urlEncoded, "LIST-UNSUBSCRIBE=ONE-CLICK"), (urlEncoded, "List-Unsubscribe=One-Click&x=y"),
        (urlEncoded, "x=y&List-Unsubscribe=One-Click"), (urlEncoded, "List-Unsubscribe%3DOne-Click"),
        (urlEncoded, "List-Unsubscribe=\"One-Click\""), ("text/plain", "List-Unsubscribe: One-Click\r\n"),
        (urlEncoded, "List-Unsubscribe = One-Click"),
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

    @Test(arguments: [
        "", "x=y", "List-Unsubscribe=no", "List-Unsubscribe=no&x=One-Click", "One-Click", "List-Unsubscribe",
        "everything=",
        "%zz", "unsubscribe=%ff",
    ])
    func `a POST without a wish asks again and deletes nothing`(_ body: String) async throws {
        let web = try await WebApp.start()
        try await web.app.subscribe("ann@example.org")
        let path = try web.unsubscribePath("ann@example.org")
        let answer = try await web.form(path, body)
        #expect(answer.status == .badRequest && answer.has("name=\"unsubscribe\" value=\"yes\""))
        #expect(try await web.records()[0] == 1)
    }

    @Test func `an unsubscribe's body may not be of any size, and one of another type that says nothing is a question`()
        async throws
    {
        let web = try await WebApp.start()
        try await web.app.subscribe("ann@example.org")
        let path = try web.unsubscribePath("ann@example.org")
        #expect(try await web.ask(.post, path, [.contentType: "text/plain"], []).status == .badRequest)
        let large = String(repeating: "a", count: 20_000)
        #expect(try await web.form(path, "everything=yes&x=\(large)").status == .contentTooLarge)
        #expect(try await web.records()[0] == 1)
    }

    @Test func `a link with signs behind it shows its page, and the page's button leads to the clean link`()
        async throws
    {
        let web = try await WebApp.start()
        try await web.app.subscribe("ann@example.org")
        try await web.app.signUp("bo@example.org")
        let unsubscribe = try web.unsubscribePath("ann@example.org")
        let confirm = try await web.confirmPath("bo@example.org")
        for path in [unsubscribe, confirm] {
            for signs in [".", ")", "%3E", "%20", "%E2%80%9D", "&utm_source=news", "?utm_source=news"] {
                let page = try await web.ask(.get, path + signs)
                #expect(page.status == .ok && page.has("action=\"\(path)\""), "\(signs)")
            }
        }
        #expect(try await web.ask(.post, confirm + ").").status == .ok)
        #expect(try await web.form(unsubscribe + "%3E.", "unsubscribe=yes").status == .ok)
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
