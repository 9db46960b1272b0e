import CourantAPI
import CourantTesting
import Foundation
import HTTPTypes
import HummingbirdTesting
import Mail
import Newsletter
import Rendering
import Testing
import Wiring

@testable import Web

/// The company on the pages, in the form and by program.
@Suite struct WebCompanyTests {
    private static func start(asks: Bool = true) async throws -> WebApp {
        let web = try await WebApp.start()
        try await web.app.ask(company: asks)
        return web
    }

    private static func company(_ web: WebApp, _ address: String = "ann@example.org") async throws -> String? {
        try await web.app.find(address).subscriptions.first?.person.company?.text
    }

    @Test(arguments: Language.shipped)
    func `the page asks where a list does, and its sentence says so`(_ code: String) async throws {
        let web = try await Self.start()
        let page = try await web.ask(.get, "/?locale=\(code)")
        #expect(
            page.has("name=\"company\"") && page.has("autocomplete=\"organization\"") && !page.has("subscribe.company"))
        let language = try #require(Language(code))
        let organisation = web.app.courant.settings.organisation.name
        let texts = [["asks_company": "yes"], [:]].map { values in
            web.app.courant.templates.string(
                "consent.text", language: language, values: values.merging(["organisation.name": organisation]) { $1 })
        }
        #expect(texts[0] != texts[1] && page.has(HTMLEscaping.escape(texts[0])))
        try await web.app.ask(company: false)
        web.app.clock.advance(.seconds(2))
        let silent = try await web.ask(.get, "/?locale=\(code)")
        #expect(!silent.has("name=\"company\"") && silent.has(HTMLEscaping.escape(texts[1])))
    }

    @Test func `what is typed is kept, and the sentence that was shown is the one that is agreed to`() async throws {
        let web = try await Self.start()
        #expect(
            try await web.form("/subscribe", "email=ann%40example.org&company=S%C3%B8n+%26+Datter+A%2FS").status
                == .seeOther)
        #expect(try await Self.company(web) == "Søn & Datter A/S")
        #expect(try await web.json("/subscribe", #"{"email":"bo@example.org","company":"Acme"}"#).status == .accepted)
        #expect(try await Self.company(web, "bo@example.org") == "Acme")
        #expect(try await web.form("/subscribe", "email=cy%40example.org").status == .seeOther)
        var wordings: [String] = []
        for name in ["ann", "bo", "cy"] {
            wordings.append(try await web.app.find("\(name)@example.org").subscriptions[0].wording?.text ?? "")
        }
        #expect(wordings.map { $0.contains("my name and company if I give them") } == [true, true, false])
    }

    @Test func `a list that does not ask passes over it, as over every field that nobody knows`() async throws {
        let web = try await Self.start(asks: false)
        for company in ["Acme", "https%3A%2F%2Fevil.example", String(repeating: "x", count: 500)] {
            web.app.clock.advance(.seconds(601))
            let answer = try await web.form("/subscribe", "email=ann%40example.org&company=\(company)")
            #expect(answer.status == .seeOther)
        }
        #expect(try await Self.company(web) == nil)
        #expect(try await web.app.find("ann@example.org").subscriptions[0].typedCompanies == [])
    }

    @Test(arguments: [
        ("evil.example%2Fx", "cannot hold a web"), ("A%0D%0ABcc%3A+x", "hidden characters"),
        (String(repeating: "x", count: 101), "too long"),
    ]) func `a company that is none is said beside its field`(_ company: String, _ words: String) async throws {
        let web = try await Self.start()
        let page = try await web.form("/subscribe", "email=ann%40example.org&company=\(company)")
        #expect(page.status == .unprocessableContent && page.has("id=\"company-error\"") && page.has(words))
        #expect(try await web.app.find("ann@example.org").isEmpty)
    }

    @Test func `a name and a company that are wrong are said at once`() async throws {
        let web = try await Self.start()
        let body = #"{"email":"ann@example.org","name":"evil.example","company":"www.evil"}"#
        let problem = try await web.json("/subscribe", body).problem
        #expect(problem?.errors?.map(\.field) == ["name", "company"])
    }

    // MARK: Behind the link

    @Test(arguments: Language.shipped)
    func `the privacy page shows it and takes another`(_ code: String) async throws {
        let web = try await Self.start()
        try await web.app.subscribe("ann@example.org", company: "Acme & Søn")
        let path = "/privacy/\(try await web.app.privacyLink("ann@example.org").text)"
        let page = try await web.ask(.get, "\(path)?locale=\(code)")
        #expect(page.has("Acme &amp; Søn") && page.has("action=\"\(path)/company") && !page.has("held.company"))
        #expect(try await web.form("\(path)/company?locale=\(code)", "company=Acme").status == .ok)
        #expect(try await Self.company(web) == "Acme")
        let wrong = try await web.form("\(path)/company?locale=\(code)", "company=www.evil")
        #expect(wrong.status == .unprocessableContent && wrong.has("value=\"www.evil\"") && wrong.has("company-error"))
        #expect(try await web.form("\(path)/company", "company=").status == .ok)
        #expect(try await Self.company(web) == nil)
    }

    @Test func `where nobody asks, the privacy page has no word of it`() async throws {
        let web = try await Self.start(asks: false)
        try await web.app.subscribe("ann@example.org", name: "Ann")
        let path = "/privacy/\(try await web.app.privacyLink("ann@example.org").text)"
        let page = try await web.ask(.get, path)
        #expect(!page.has("ompany"))
        #expect(try await web.form("\(path)/company", "company=Acme").status == .unprocessableContent)
    }

    @Test func `who leaves is told that the company is gone too`() async throws {
        let web = try await Self.start()
        try await web.app.subscribe("ann@example.org", company: "Acme")
        let path = try web.unsubscribePath("ann@example.org")
        #expect(try await web.ask(.get, path).has("your name, company and address are deleted"))
        let gone = try await web.form(path, "unsubscribe=yes")
        #expect(gone.status == .ok && gone.has("Your name, company and address are deleted for good."))
        #expect(try await web.form(path, "unsubscribe=yes").has("Your name and address are deleted for good."))
        try await web.app.subscribe("bo@example.org", company: "Acme")
        let link = "/privacy/\(try await web.app.privacyLink("bo@example.org").text)"
        #expect(try await web.form("\(link)/erase", "").has("Your name, company and address are deleted"))
        #expect(try await web.app.find("bo@example.org").isEmpty)
    }

    // MARK: By program and by staff

    @Test func `a shop's company is kept where the list asks, and refused with words where it does not`() async throws {
        let web = try await Self.start()
        var shop = try await web.token("shop", .integration)
        func post(_ company: String, _ name: String) async throws -> TestResponse {
            shop[.idempotencyKey] = UUID().uuidString
            let body = #"{"email":"\#(name)@example.org","company":"\#(company)","list":"news","source":"the till"}"#
            return try await web.json("/api/v1/subscriptions", body, shop)
        }
        #expect(try await post("Acme", "ann").status == .accepted)
        #expect(try await Self.company(web) == "Acme")
        #expect(try await post("www.evil", "bo").problem?.errors?.first?.field == "company")
        try await web.app.ask(company: false)
        web.app.clock.advance(.seconds(2))
        let refused = try await post("Acme", "bo")
        #expect(refused.status == .unprocessableContent && refused.problem?.errors?.first?.field == "company")
        #expect(refused.has("does not ask for the company"))
        #expect(try await post("", "bo").status == .accepted)
    }

    @Test func `staff let a list ask, see what it holds, and correct it`() async throws {
        let web = try await Self.start(asks: false)
        let (eva, pia) = (try await web.token("Eva", .editor), try await web.token("Pia", .privacy))
        var body = [UInt8](#"{"asks_company":true}"#.utf8)
        var headers = eva
        headers[.contentType] = "application/json"
        let edited: ListInfo = try await web.ask(.patch, "/api/v1/lists/news", headers, body).decoded()
        #expect(edited.asksCompany == true)
        try await web.app.subscribe("ann@example.org", name: "Ann", company: "Acme")
        let which = #"{"address":"ann@example.org"}"#
        let masked: SubscriberInfo = try await web.json("/api/v1/subscribers/find", which, pia).decoded()
        #expect(masked.subscriptions[0].company == "A***")
        let rectify = #"{"address":"ann@example.org","company":"Quux"}"#
        #expect(try await web.json("/api/v1/subscribers/rectify", rectify, pia).status == .noContent)
        let full = #"{"address":"ann@example.org","in_full":true}"#
        let shown: SubscriberInfo = try await web.json("/api/v1/subscribers/find", full, pia).decoded()
        #expect(shown.subscriptions[0].company == "Quux")
        let two = #"{"address":"ann@example.org","company":"Quux","name":"Ann"}"#
        #expect(try await web.json("/api/v1/subscribers/rectify", two, pia).status == .unprocessableContent)
        let export = try await web.ask(.post, "/api/v1/lists/news/export", pia)
        #expect(export.has(#""company":"Quux""#))
        body = [UInt8](#"{"slug":"partners","title":"Partners","asks_company":true}"#.utf8)
        let made: ListInfo = try await web.ask(.post, "/api/v1/lists", headers, body).decoded()
        #expect(made.asksCompany == true)
    }
}
