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
import Wiring

@testable import Web

@Suite struct WebSignUpTests {
    @Test func `a form gets 303 and a mail is on its way`() async throws {
        let web = try await WebApp.start()
        let answer = try await web.form("/subscribe", "email=ann%40example.org&name=Ann&list=news&locale=nb&website=")
        #expect(
            answer.status == .seeOther
                && answer.headers[.location]?.wholeMatch(of: /\/subscribe\/requested\?request=[\w-]{22}&locale=nb/)
                    != nil
        )
        #expect(try await web.records() == [0, 1, 1, 0])
        _ = try await web.confirmPath("ann@example.org")
        #expect(web.app.relay.mails(to: "ann@example.org").first?.text.contains("Bekreft") == true)
    }

    @Test func `JSON gets 202`() async throws {
        let web = try await WebApp.start()
        let answer = try await web.json("/subscribe", #"{"email":"ann@example.org","list":["news"],"color":7}"#)
        #expect(
            answer.status == .accepted
                && answer.text.wholeMatch(of: /{"request":"[\w-]{22}","status":"confirmation-requested"}\n/) != nil)
        #expect(try await web.records()[1] == 1)
    }

    @Test func `without a list the only one is meant, or the default`() async throws {
        let web = try await WebApp.start { $0.defaultList = Slug("news") }
        try await web.app.createList("events", title: "Events")
        #expect(try await web.form("/subscribe", "email=ann%40example.org").status == .seeOther)
        let none = try await web.form("/subscribe", "email=bo%40example.org&list=")
        #expect(none.status == .unprocessableContent && none.has("Choose at least one newsletter."))
        #expect(try await web.records()[1] == 1)
    }

    @Test func `the answer is the same for a new, a pending, an active and a fingerprinted address`() async throws {
        let web = try await WebApp.start()
        try await web.app.subscribe("active@example.org")
        try await web.app.signUp("pending@example.org")
        try await web.app.subscribe("never@example.org")
        try await web.app.unsubscribe("never@example.org", everything: true)
        var answers: Set<String> = []
        for name in ["new", "pending", "active", "never"] {
            let form = try await web.form("/subscribe", "email=\(name)%40example.org&list=news")
            let json = try await web.json("/subscribe", #"{"email":"\#(name)@example.org"}"#)
            let all = "\(form.status) \(form.headers) \(form.text) \(json.status) \(json.headers) \(json.text)"
            answers.insert(all.replacing(/request(=|":")[\w-]{22}/, with: "request"))
        }
        #expect(answers.count == 1)
    }

    @Test func `the trap's answer is success, and nothing is kept`() async throws {
        let web = try await WebApp.start(captcha: ScriptedCaptcha(verdict: .refused(.failed)))
        let form = try await web.form("/subscribe", "email=nonsense&website=http%3A%2F%2Fspam.example")
        #expect(form.status == .seeOther && form.headers[.location]?.hasPrefix("/subscribe/requested?request=") == true)
        let json = try await web.json("/subscribe", #"{"email":"nonsense","website":"x"}"#)
        #expect(json.status == .accepted)
        #expect(try await web.records() == [0, 0, 0, 0])
    }

    @Test func `what was typed is kept, escaped byte by byte, with the error beside its field`() async throws {
        let web = try await WebApp.start()
        let name =
            "\"\u{301} onmouseover=alert(1)<b>".addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
        let answer = try await web.form("/subscribe", "email=ann%40&name=\(name)")
        #expect(answer.status == .unprocessableContent)
        #expect(answer.has("That does not look like an email address") && answer.has("value=\"ann@\""))
        #expect(answer.has("value=\"&quot;\u{301} onmouseover=alert(1)&lt;b&gt;\""))
        #expect(answer.has("<title>Please check:"))
    }

    @Test(arguments: [
        ("email=", "email", "Enter your email address"), ("name=Ann", "email", "Enter your email address"),
        ("email=ann", "email", "does not look like"),
        ("email=a%0D%0ABcc%3A+x%40example.org", "email", "does not look like"),
        ("email=%3Cann%40example.org%3E", "email", "does not look like"),
        ("email=ann%40exa mple.org", "email", "does not"),
        ("email=\(String(repeating: "a", count: 65))%40example.org", "email", "too long"),
        ("email=%C3%A5%40example.org", "email", "letters that our mail system"),
        ("email=ann%40example.org&name=a%0D%0Ab", "name", "hidden characters"),
        ("email=ann%40example.org&name=%E2%80%AEb", "name", "hidden characters"),
        ("email=ann%40example.org&name=http%3A%2F%2Fx.example", "name", "web or email address"),
        ("email=ann%40example.org&name=\(String(repeating: "a", count: 101))", "name", "too long"),
        ("email=ann%40example.org&list=nothing", "list", "do not know that newsletter"),
        ("email=ann%40example.org&list=news&list=a%0D%0Ab", "list", "do not know that newsletter"),
        ("email=ann%40example.org&list=News", "list", "do not know that newsletter"),
    ])
    func `a bad field is named, and nothing is kept`(_ fields: String, _ field: String, _ words: String) async throws {
        let web = try await WebApp.start()
        let page = try await web.form("/subscribe", fields)
        #expect(page.status == .unprocessableContent && page.has(words))
        let problem = try await web.form("/subscribe", fields, [.accept: "application/json"])
        #expect(problem.status == .unprocessableContent)
        #expect(problem.headers[.contentType] == "application/problem+json")
        #expect(problem.problem?.word == "validation" && problem.problem?.errors?.map(\.field) == [field])
        #expect(problem.problem?.errors?.first?.message.contains(words) == true)
        #expect(try await web.records() == [0, 0, 0, 0])
    }

    @Test func `a captcha is missing, refused, passed, or cannot be asked`() async throws {
        let fields = "email=ann%40example.org&g-recaptcha-response="
        let refusing = try await WebApp.start(captcha: ScriptedCaptcha(verdict: .refused(.failed)))
        #expect(try await refusing.form("/subscribe", fields).has("We could not tell you from a robot"))
        let refused = try await refusing.form("/subscribe", fields + "x")
        #expect(refused.status == .unprocessableContent && refused.has("The check did not go through"))

        let silent = try await WebApp.start(captcha: ScriptedCaptcha(verdict: .unavailable(.timedOut)))
        let page = try await silent.form("/subscribe", fields + "x")
        #expect(page.status == .serviceUnavailable && page.headers[.retryAfter] == "60")
        #expect(page.has("value=\"ann@example.org\"") && page.has("not answering just now"))
        let problem = try await silent.json("/subscribe", #"{"email":"ann@example.org","g-recaptcha-response":"x"}"#)
        #expect(problem.status == .serviceUnavailable && problem.problem?.word == "unavailable")
        #expect(problem.headers[.retryAfter] == "60")
        #expect(try await silent.records() == [0, 0, 0, 0])

        let passing = try await WebApp.start(captcha: ScriptedCaptcha(verdict: .passed))
        #expect(try await passing.form("/subscribe", fields + "x").status == .seeOther)
        #expect(try await passing.records()[1] == 1)
    }

    @Test func `the form leads only to pages of the table`() async throws {
        let web = try await WebApp.start { $0.redirects = ["thanks": "https://www.example.com/thanks"] }
        let known = try await web.form("/subscribe", "email=ann%40example.org&next=thanks")
        #expect(known.headers[.location] == "https://www.example.com/thanks")
        for next in [
            "https%3A%2F%2Fevil.example", "%2F%2Fevil.example", "nothing", "Thanks", "", "%0D%0ALocation%3A+x",
        ] {
            let open = try await web.form("/subscribe", "email=bo%40example.org&next=\(next)")
            #expect(open.headers[.location]?.hasPrefix("/subscribe/requested?request=") == true)
        }
        let page = try await web.ask(.get, "/")
        #expect(page.headers[.contentSecurityPolicy]?.contains("form-action 'self' https://www.example.com;") == true)
    }

    @Test func `scripts of known sites may read the answer, others may not`() async throws {
        let web = try await WebApp.start { $0.allowedOrigins = ["https://www.example.com"] }
        for (origin, allowed) in [("https://www.example.com", true), ("https://evil.example", false)] {
            let preflight = try await web.ask(.options, "/subscribe", [.origin: origin])
            #expect(preflight.status == .noContent)
            #expect((preflight.headers[.accessControlAllowOrigin] == origin) == allowed)
            #expect((preflight.headers[.accessControlAllowHeaders] == "Content-Type") == allowed)
            let answer = try await web.json("/subscribe", #"{"email":"ann@example.org"}"#, [.origin: origin])
            #expect((answer.headers[.accessControlAllowOrigin] == origin) == allowed)
            #expect(answer.headers[values: .vary].contains("Origin"))
        }
    }

    @Test func `the consent's wording is kept as its hash, with the policy's version`() async throws {
        let web = try await WebApp.start()
        let today = web.app.clock.wall.now().day
        _ = try await web.app.courant.policies.publish(
            PolicyText("---\nversion: \"7\"\neffective: \(today)\n---\nText"), isMaterial: true, by: .host)
        _ = try await web.form("/subscribe", "email=ann%40example.org")
        let path = try await web.confirmPath("ann@example.org")
        _ = try await web.ask(.post, path)
        try await web.app.deliverAllMail()
        let welcome = try #require(web.app.relay.mails(to: "ann@example.org").last).text
        #expect(welcome.contains("Policy: 7") && welcome.firstMatch(of: /Text: [0-9a-f]{64}/) != nil)
    }
}
