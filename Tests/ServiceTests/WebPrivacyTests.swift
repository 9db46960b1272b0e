import Captcha
import CourantAPI
import CourantTesting
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Mail
import Newsletter
import Rendering
import SQLStore
import Testing
import Wiring

@testable import Web

/// The privacy page as visitors meet it.
@Suite struct WebPrivacyTests {
    private static let limited = Limits(clientPerMinute: 2)

    // MARK: Asking for the link

    @Test func `every address gets the same answer`() async throws {
        let web = try await WebApp.start()
        try await web.app.subscribe("ann@example.org")
        try await web.app.signUp("pending@example.org")
        try await web.app.courant.rights.object(web.app.staff(for: "never@example.org"))
        var answers: Set<String> = []
        for address in ["ann", "pending", "never", "nobody"] {
            let answer = try await web.form("/privacy", "email=\(address)%40example.org")
            answers.insert("\(answer.status) \(answer.headers) \(answer.text)".replacing(/to=[\w-]+/, with: "to"))
            let json = try await web.json("/privacy", #"{"email":"\#(address)@example.org"}"#)
            #expect(json.status == .accepted && json.has("\"status\":\"link-requested\""))
        }
        #expect(answers.count == 1 && answers.first?.contains("/privacy/requested") == true)
    }

    @Test func `a wrong address is shown again with what is wrong beside it`() async throws {
        let web = try await WebApp.start()
        for (typed, words) in [
            ("", "Enter your email address"), ("%3Cscript%3E", "There is no @"), ("x%40y", "The part after the @"),
        ] {
            let answer = try await web.form("/privacy", "email=\(typed)")
            #expect(answer.status == .unprocessableContent && answer.has(words) && !answer.has("<script>"))
        }
        #expect(try await web.json("/privacy", #"{"email":"x"}"#).problem?.errors?.map(\.field) == ["email"])
        #expect(
            try await web.form("/privacy", "email=a%40b.example&email=c%40d.example").status == .unprocessableContent)
        #expect(try await web.app.courant.rights.requests().isEmpty)
    }

    @Test func `the captcha and the limits of the sign-up guard it`() async throws {
        let refused = try await WebApp.start(captcha: ScriptedCaptcha(verdict: .refused(.failed)))
        let answer = try await refused.form("/privacy", "email=ann%40example.org&g-recaptcha-response=x")
        #expect(answer.status == .unprocessableContent && answer.has("did not go through"))
        #expect(try await refused.form("/privacy", "email=ann%40example.org").has("could not tell you from a robot"))
        let limited = try await WebApp.start(limits: Self.limited)
        let from: HTTPFields = [HTTPField.Name.forwardedFor: "192.0.2.7"]
        for number in 1...3 {
            let status = try await limited.form("/privacy", "email=ann%40example.org", from).status
            #expect(status == (number < 3 ? .seeOther : .tooManyRequests))
        }
        #expect(try await refused.app.courant.rights.requests().isEmpty)
    }

    @Test func `whoever fills in what people don't see is told, and no mail is sent`() async throws {
        let web = try await WebApp.start()
        try await web.app.subscribe("ann@example.org")
        #expect(try await web.form("/privacy", "email=ann%40example.org&remarks=x").status == .unprocessableContent)
        #expect(try await web.app.deliverAllMail() == 0)
    }

    // MARK: Behind the link

    private func link(_ web: WebApp, _ address: String = "ann@example.org") async throws -> String {
        "/privacy/\(try await web.app.privacyLink(address).text)"
    }

    @Test(arguments: Language.shipped)
    func `the page shows all of it, sets no cookie, and GET changes nothing`(_ code: String) async throws {
        let web = try await WebApp.start()
        try await web.app.subscribe("ann@example.org", name: "Zoë Ångström")
        let path = try await link(web)
        let records = try await web.records()
        for method in [HTTPRequest.Method.get, .head, .get] {
            let page = try await web.ask(method, "\(path)?locale=\(code)")
            #expect(page.status == .ok && page.headers[.setCookie] == nil && page.headers[.cacheControl] == "no-store")
            #expect(page.headers[HTTPField.Name.robotsTag] == "noindex, nofollow")
            guard method == .get else { continue }
            for words in ["ann@example.org", "Zoë Ångström", "Example News", "privacy@example.org", "/export.json"] {
                #expect(page.has(words))
            }
            #expect(!page.has("held.") && !page.has("disclosure."))
        }
        #expect(try await web.records() == records)
    }

    @Test func `each right is one form, and the page says what was done`() async throws {
        let web = try await WebApp.start()
        try await web.app.subscribe("ann@example.org", name: "An")
        let path = try await link(web)
        let named = try await web.form("\(path)/name", "name=Ann")
        #expect(named.status == .ok && named.has("The name is saved") && named.has("value=\"Ann\""))
        #expect(try await web.form("\(path)/restrict", "").has("The use of your data is restricted"))
        #expect(try await web.form("\(path)/unrestrict", "").has("The restriction is lifted"))
        let moved = try await web.form("\(path)/address", "address=zoe%40new.example")
        #expect(moved.has("We are sending an email to the new address") && moved.has("zoe@new.example"))
        let erased = try await web.form("\(path)/erase", "")
        #expect(erased.status == .ok && erased.has("Deleted. All of it.") && !erased.has("ann@"))
        #expect(try await web.records()[0] == 0)
        #expect(try await web.ask(.get, path).status == .gone)
    }

    @Test func `what is typed wrong is shown beside its field, and nothing is changed`() async throws {
        let web = try await WebApp.start()
        try await web.app.subscribe("ann@example.org", name: "Ann")
        let path = try await link(web)
        for (field, value, words) in [
            ("name", "www.shop.example/x", "cannot hold a web"),
            ("name", String(repeating: "x", count: 101), "too long"),
            ("address", "", "Enter your email"), ("address", "x", "There is no @"),
            ("address", "a%0D%0Ab%40example.org", "There is a space"),
        ] {
            let answer = try await web.form("\(path)/\(field)", "\(field)=\(value)")
            #expect(answer.status == .unprocessableContent && answer.has(words) && answer.has("id=\"\(field)-error\""))
        }
        #expect(try await web.app.find("ann@example.org").subscriptions.first?.person.name?.text == "Ann")
        #expect(try await web.app.deliverAllMail() == 0)
    }

    @Test func `a new address that is subscribed already gets the same answer as any other`() async throws {
        let web = try await WebApp.start()
        try await web.app.subscribe("ann@example.org")
        try await web.app.subscribe("bo@example.org")
        let path = try await link(web)
        var answers: Set<String> = []
        try await web.app.courant.rights.object(web.app.staff(for: "no@example.org"))
        for address in ["bo@example.org", "xy@example.org", "no@example.org"] {
            try await web.app.deliverAllMail()
            let answer = try await web.form("\(path)/address", "address=\(address.replacing("@", with: "%40"))")
            answers.insert(answer.text.replacing(address, with: "NEW"))
        }
        #expect(answers.count == 1)
    }

    @Test func `an objection keeps the fingerprint, and says so`() async throws {
        let web = try await WebApp.start()
        try await web.app.subscribe("ann@example.org")
        let answer = try await web.form("\(try await link(web))/object", "")
        #expect(answer.has("You will not hear from us again") && answer.has("fingerprint"))
        #expect(try await web.app.find("ann@example.org").fingerprints.count == 1)
    }

    @Test func `the new mailbox's link has one button; GET changes nothing, POST does, and may be repeated`()
        async throws
    {
        let web = try await WebApp.start()
        try await web.app.subscribe("ann@example.org")
        _ = try await web.form("\(try await link(web))/address", "address=zoe%40new.example")
        try await web.app.deliverAllMail()
        let token = try #require(web.app.relay.mails(to: "zoe@new.example").last?.token(after: "/address/"))
        for _ in 1...2 { #expect(try await web.ask(.get, "/address/\(token)").has("Is this your new address?")) }
        #expect(try await !web.app.find("ann@example.org").isEmpty)
        for _ in 1...2 { #expect(try await web.form("/address/\(token)", "").has("Done. We write to you here now.")) }
        #expect(try await web.app.find("ann@example.org").isEmpty)
    }

    @Test func `dead, foreign and forged links are told apart from none, and change nothing`() async throws {
        let web = try await WebApp.start()
        try await web.app.subscribe("ann@example.org")
        let confirm = try #require(web.app.relay.mails[0].token(after: "/confirm/"))
        let privacy = try await link(web)
        let foreign = [confirm, Token.random().text]
        for token in foreign {
            for page in ["", "/export.json", "/export.csv"] {
                let answer = try await web.ask(.get, "/privacy/\(token)\(page)")
                #expect(answer.status == .gone && answer.has("This link no longer works"))
            }
            for right in ["name", "address", "restrict", "unrestrict", "erase", "object"] {
                #expect(
                    try await web.form("/privacy/\(token)/\(right)", "name=x&address=a%40b.example").status == .gone)
            }
            #expect(try await web.form("/address/\(token)", "").status == .gone)
        }
        #expect(try await web.form("/address/\(privacy.dropFirst("/privacy/".count))", "").status == .gone)
        for path in ["/privacy/x", "/privacy/\(confirm.dropLast())", "/address/x", "/privacy/%00"] {
            #expect(try await web.ask(.get, path).status == .notFound)
        }
        // A sign behind a link is no part of it.
        #expect(try await web.ask(.get, "/privacy/\(confirm)x").status == .gone)
        #expect(try await web.ask(.get, "\(privacy)/erase").status == .methodNotAllowed)
        web.app.clock.advance(.seconds(3600))
        #expect(try await web.form("\(privacy)/erase", "").status == .gone)
        #expect(try await web.records()[0] == 1)
    }
}
