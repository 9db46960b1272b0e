import Captcha
import CourantAPI
import CourantTesting
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import Mail
import NIOCore
import Newsletter
import Rendering
import SQLStore
import Synchronization
import Testing
import Wiring

@testable import Web

@Suite struct WebSignUpTests {
    @Test func `a form gets 303 and a mail is on its way`() async throws {
        let web = try await WebApp.start()
        let answer = try await web.form("/subscribe", "email=ann%40example.org&name=Ann&list=news&locale=nb&remarks=")
        #expect(
            answer.status == .seeOther
                && answer.headers[.location]?.wholeMatch(
                    of: /\/subscribe\/requested\?request=[\w-]{22}&to=[\w-]+&locale=nb/)
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
                && answer.text.wholeMatch(
                    of: /{"email":"ann@example.org","request":"[\w-]{22}","status":"confirmation-requested"}\n/) != nil
        )
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
        try await web.app.signUp("pend1n@example.org")
        try await web.app.subscribe("never1@example.org")
        try await web.app.unsubscribe("never1@example.org", everything: true)
        var answers: Set<String> = []
        // As long as each other, for the page names the address that was posted.
        for name in ["fresh1", "pend1n", "active", "never1"] {
            let form = try await web.form("/subscribe", "email=\(name)%40example.org&list=news")
            let json = try await web.json("/subscribe", #"{"email":"\#(name)@example.org"}"#)
            let all = "\(form.status) \(form.headers) \(form.text) \(json.status) \(json.headers) \(json.text)"
            answers.insert(
                all.replacing(/request(=|":")[\w-]{22}/, with: "request").replacing(/to=[\w-]+/, with: "to")
                    .replacing("\(name)@", with: "@"))
        }
        #expect(answers.count == 1)
    }

    @Test func `a filled trap is a captcha's to judge, and without one somebody is told and loses nothing`()
        async throws
    {
        let fields = "email=ann%40example.org&name=Ann&remarks=https%3A%2F%2Fann.example"
        let refusing = try await WebApp.start(captcha: ScriptedCaptcha(verdict: .refused(.failed)))
        let refused = try await refusing.form("/subscribe", fields + "&g-recaptcha-response=x")
        #expect(refused.status == .unprocessableContent && refused.has("The check did not go through"))
        #expect(try await refusing.records() == [0, 0, 0, 0])
        let passing = try await WebApp.start(captcha: ScriptedCaptcha(verdict: .passed))
        #expect(try await passing.form("/subscribe", fields + "&g-recaptcha-response=x").status == .seeOther)
        #expect(try await passing.records()[1] == 1)

        let open = try await WebApp.start()
        let told = try await open.form("/subscribe", fields)
        #expect(told.status == .unprocessableContent && told.has("press the button once more"))
        #expect(told.has("value=\"ann@example.org\"") && told.has("value=\"Ann\"") && !told.has("name=\"remarks\""))
        let json = try await open.json("/subscribe", #"{"email":"ann@example.org","remarks":"x"}"#)
        #expect(json.status == .unprocessableContent && json.problem?.errors?.map(\.field) == ["remarks"])
        #expect(try await open.form("/privacy", fields).has("press the button once more"))
        #expect(try await open.records() == [0, 0, 0, 0])
    }

    @Test func `the trap is nothing for browsers and password managers`() async throws {
        let web = try await WebApp.start()
        for page in [try await web.ask(.get, "/"), try await web.ask(.get, "/privacy")] {
            let trap = try #require(page.text.firstMatch(of: /<div class="trap"[^\n]*/)).0
            for words in [
                "aria-hidden=\"true\"", "name=\"remarks\"", "tabindex=\"-1\"", "autocomplete=\"off\"", "data-1p-ignore",
                "data-bwignore", "data-lpignore=\"true\"",
            ] { #expect(trap.contains(words), "\(words)") }
        }
    }

    @Test func `two requests of one press get one answer, and a captcha is asked once`() async throws {
        let captcha = SpentCaptcha()
        let web = try await WebApp.start(captcha: captcha)
        try await Application(router: web.router(), logger: web.logger).test(.router) { client in
            @Sendable func post(_ path: String, _ address: String) async throws -> TestResponse {
                try await client.execute(
                    uri: path, method: .post, headers: [.contentType: "application/x-www-form-urlencoded"],
                    body: ByteBuffer(string: "email=\(address)%40example.org&g-recaptcha-response=A"))
            }
            async let first = post("/subscribe", "ann")
            async let second = post("/subscribe", "ann")
            let names = try await [first, second].map {
                #expect($0.status == .seeOther)
                return $0.headers[.location]?.firstMatch(of: /request=([\w-]{22})/)?.1
            }
            #expect(names[0] != nil && names[0] == names[1] && captcha.asked == 1)
            // What comes a moment later is the same press; with another address it is none.
            #expect(try await post("/subscribe", "ann").status == .seeOther)
            #expect(try await post("/subscribe", "bo").status == .unprocessableContent)
            web.app.clock.advance(.seconds(61))
            #expect(try await post("/subscribe", "ann").status == .unprocessableContent)
        }
        #expect(try await web.records()[1] == 1)
    }

    @Test func `what failed may be tried again with the same answer`() async throws {
        let captcha = SpentCaptcha(unavailableFor: 1)
        let web = try await WebApp.start(captcha: captcha)
        try await Application(router: web.router(), logger: web.logger).test(.router) { client in
            for status in [HTTPResponse.Status.serviceUnavailable, .seeOther] {
                let answer = try await client.execute(
                    uri: "/privacy", method: .post, headers: [.contentType: "application/x-www-form-urlencoded"],
                    body: ByteBuffer(string: "email=ann%40example.org&g-recaptcha-response=A"))
                #expect(answer.status == status)
            }
        }
    }

    @Test func `a pasted address is mended, and the page shows what was understood`() async throws {
        let web = try await WebApp.start()
        let answer = try await web.form("/subscribe", "email=%E2%80%8BAnn+Lee+%3Cmailto%3Aann%40Example.org%3E%2C")
        let location = try #require(answer.headers[.location])
        #expect(answer.status == .seeOther && !location.contains("@") && !location.contains("%40"))
        let page = try await web.ask(.get, location)
        #expect(page.has("The email goes to: <strong>ann@example.org</strong>"))
        #expect(page.has("&amp;to=") && page.has("name=\"to\" value=\""))
        for forged in ["", "x", String(repeating: "A", count: 80), String(repeating: "A", count: 2000)] {
            #expect(try await !web.ask(.get, "/subscribe/requested?to=\(forged)").has("The email goes to"))
        }
        try await web.app.deliverAllMail()
        #expect(web.app.relay.mails.map(\.recipient) == ["ann@example.org"])
        let json = try await web.json("/subscribe", #"{"email":"<ann@example.org>."}"#)
        #expect(json.has("\"email\":\"ann@example.org\""))
        let asked = try await web.form("/privacy", "email=mailto%3Aann%40example.org")
        #expect(try await web.ask(.get, try #require(asked.headers[.location])).has("<strong>ann@example.org</strong>"))
    }

    @Test func `an address beyond ASCII is taken once the relay has said that it carries it`() async throws {
        let health = RelayHealth(["smtp://relay.example:25"])
        let web = try await WebApp.start(health: health)
        let fields = "email=%C3%A5se%40example.no"
        #expect(try await web.form("/subscribe", fields).has("letters that our mail system"))
        health.opened("smtp://relay.example:25", offersUTF8: true)
        #expect(try await web.form("/subscribe", fields).status == .seeOther)
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
        ("email=ann", "email", "There is no @ in it"), ("email=ann%40", "email", "does not look like"),
        ("email=a%0D%0ABcc%3A+x%40example.org", "email", "There is a space"),
        ("email=ann%40exa+mple.org", "email", "There is a space"),
        ("email=ann%40example,org", "email", "The character “,” cannot stand there"),
        ("email=ann%40localhost", "email", "The part after the @ cannot be right"),
        ("email=ann%40example.org+bo%40example.org", "email", "more than one @"),
        ("email=an%E2%80%AEn%40example.org", "email", "cannot be seen"),
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

/// Vouches for each answer once, as providers do.
private final class SpentCaptcha: Captcha {
    let field: String? = "g-recaptcha-response"
    private let seen: Mutex<(asked: Int, unavailable: Int, passed: Set<String>)>

    init(unavailableFor count: Int = 0) { seen = Mutex((0, count, [])) }

    var asked: Int { seen.withLock { $0.asked } }

    func verify(_ response: String, action: String?, now: Date) async -> CaptchaVerdict {
        seen.withLock { seen in
            seen.asked += 1
            if seen.asked <= seen.unavailable { return .unavailable(.timedOut) }
            return seen.passed.insert(response).inserted ? .passed : .refused(.spent)
        }
    }
}
