import CourantAPI
import CourantTesting
import Foundation
import HTTPTypes
import HummingbirdTesting
import Newsletter
import Testing
import Wiring

@testable import Web

@Suite struct ConfirmCodeTests {
    // MARK: The code

    @Test func `a code has one spelling and is read in many`() throws {
        let keyring = Keyring.random()
        for _ in 1...1000 {
            let code = keyring.code(for: .random())
            #expect(code.text.wholeMatch(of: /[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}/) != nil)
            #expect(ConfirmCode(typed: code.text) == code)
            let sloppy = code.text.lowercased().replacing("-", with: " ").replacing("0", with: "o").replacing(
                "1", with: "l")
            #expect(ConfirmCode(typed: "\t\(sloppy)\u{A0}") == code)
            #expect(ConfirmCode(typed: code.text.replacing("-", with: "\u{2011}")) == code)
        }
    }

    @Test(arguments: ["", "K7PD-3QX", "K7PD-3QXM1", "K7PD-3QXU", "K7PD-3QX\u{661}", "K7PD-3QXÖ", "<b>K7PD3QXM"])
    func `what is no code is none`(_ text: String) {
        #expect(ConfirmCode(typed: text) == nil)
    }

    @Test func `noise is read without harm`() {
        for _ in 1...5000 {
            let text = String(
                String.UnicodeScalarView(
                    (0..<Int.random(in: 0...40)).compactMap { _ in Unicode.Scalar(UInt32.random(in: 0...0x2FFF)) }))
            if let code = ConfirmCode(typed: text) { #expect(ConfirmCode(typed: code.text) == code) }
            #expect(SignUpRequest(text).map { $0.text == text } ?? true)
        }
    }

    // MARK: Confirming

    @Test func `the code in the mail confirms on the page where one signed up`() async throws {
        let web = try await WebApp.start()
        let (name, code) = try await web.signUpForCode("ann@example.org")
        let page = try await web.ask(.get, "/subscribe/requested?request=\(name)&locale=nb")
        #expect(page.has("name=\"request\" value=\"\(name)\"") && page.has("Kode fra e-posten"))
        #expect(page.has("request=\(name)&amp;locale=sv\""))
        let confirmed = try await web.form("/confirm", "code=\(code.lowercased())&request=\(name)&locale=nb")
        #expect(confirmed.status == .ok && confirmed.has("Da er du med"))
        #expect(try await web.records()[0] == 1)
        // Twice is harmless; the mail's link works as before.
        #expect(try await web.form("/confirm", "code=\(code)&request=\(name)").status == .ok)
        try await web.app.deliverAllMail()
        #expect(web.app.relay.mails.count == 2)
    }

    @Test func `programs get JSON`() async throws {
        let web = try await WebApp.start()
        let (name, code) = try await web.signUpForCode("ann@example.org")
        let wrong = try await web.json("/confirm", #"{"code":"00000000","request":"\#(name)"}"#)
        #expect(wrong.status == .unprocessableContent && wrong.problem?.errors?.map(\.field) == ["code"])
        let right = try await web.json("/confirm", #"{"code":"\#(code)","request":"\#(name)"}"#)
        #expect(right.status == .ok && right.text == "{\"status\":\"confirmed\"}\n")
    }

    @Test func `one code confirms every list of its sign-up`() async throws {
        let web = try await WebApp.start()
        try await web.app.createList("events", title: "Events")
        let (name, code) = try await web.signUpForCode("ann@example.org", lists: "&list=news&list=events")
        _ = try await web.form("/confirm", "code=\(code)&request=\(name)")
        #expect(try await web.app.courant.lists.all().map(\.active) == [1, 1])
    }

    @Test func `after five tries the right code is wrong as well, and the link still works`() async throws {
        let web = try await WebApp.start()
        let (name, code) = try await web.signUpForCode("ann@example.org")
        for _ in 1...5 {
            let wrong = try await web.form("/confirm", "code=0000-0000&request=\(name)")
            #expect(wrong.status == .unprocessableContent && wrong.has("That code does not fit"))
        }
        #expect(try await web.form("/confirm", "code=\(code)&request=\(name)").status == .unprocessableContent)
        web.app.clock.advance(.seconds(71 * 3600))
        #expect(try await web.form("/confirm", "code=\(code)&request=\(name)").status == .unprocessableContent)
        let path = try await web.confirmPath("ann@example.org")
        #expect(try await web.ask(.post, path).status == .ok)
    }

    @Test func `wrong tries are remembered through floods of others and a restart, right ones cost nothing`()
        async throws
    {
        let web = try await WebApp.start()
        let (name, code) = try await web.signUpForCode("ann@example.org")
        let (other, right) = try await web.signUpForCode("bo@example.org")
        for _ in 1...4 { _ = try await web.form("/confirm", "code=0000-0000&request=\(name)") }
        for _ in 1...6 { #expect(try await web.form("/confirm", "code=\(right)&request=\(other)").status == .ok) }
        _ = try await web.form("/confirm", "code=0000-0000&request=\(name)")
        // Another process that serves the same records.
        let again = Subscriptions(
            store: web.app.courant.store, keyring: web.app.courant.keyring, clock: web.app.clock.wall,
            rules: web.app.courant.settings.rules)
        let (request, typed) = (try #require(SignUpRequest(name)), try #require(ConfirmCode(typed: code)))
        #expect(try await again.confirm(request, code: typed) == nil)
        #expect(try await web.app.courant.lists.all().map(\.active) == [1])
    }

    @Test func `a code runs out with its link, and goes with a refusal`() async throws {
        let web = try await WebApp.start()
        let (name, code) = try await web.signUpForCode("ann@example.org")
        web.app.clock.advance(.seconds(72 * 3600))
        #expect(try await web.form("/confirm", "code=\(code)&request=\(name)").status == .gone)
        let problem = try await web.json("/confirm", #"{"code":"\#(code)","request":"\#(name)"}"#)
        #expect(problem.status == .gone && problem.problem?.word == "expired")
        #expect(try await web.records()[0] == 0)
    }

    @Test func `a wrong code gets the same answer whatever the sign-up was`() async throws {
        let web = try await WebApp.start()
        try await web.app.subscribe("active@example.org")
        try await web.app.subscribe("never@example.org")
        try await web.app.unsubscribe("never@example.org", everything: true)
        var names = [SignUpRequest.random().text, "nonsense", ""]
        for form in [
            "email=new%40example.org", "email=active%40example.org", "email=never%40example.org",
        ] {
            names.append(try await web.requestName(form))
        }
        var answers: Set<String> = []
        for name in names {
            let page = try await web.form("/confirm", "code=K7PD-3QXM&request=\(name)", [.accept: "text/html"])
            let json = try await web.json("/confirm", #"{"code":"K7PD-3QXM","request":"\#(name)"}"#)
            answers.insert("\(page.status) \(json.status) \(json.headers) \(json.text)")
        }
        #expect(answers.count == 1)
        // Of another sign-up, the right code is wrong.
        let (_, code) = try await web.signUpForCode("bo@example.org")
        #expect(try await web.form("/confirm", "code=\(code)&request=\(names[3])").status == .unprocessableContent)
    }

    @Test func `GET confirms nothing, and an empty field is said to be empty`() async throws {
        let web = try await WebApp.start()
        let (name, code) = try await web.signUpForCode("ann@example.org")
        let answer = try await web.ask(.get, "/confirm?code=\(code)&request=\(name)")
        #expect(answer.status == .methodNotAllowed && answer.headers[.allow] == "OPTIONS, POST")
        #expect(try await web.form("/confirm", "code=+&request=\(name)").has("Enter the code from the email."))
        #expect(try await web.records()[0] == 0)
    }
}

extension WebApp {
    /// The sign-up's name, out of where the form is sent.
    fileprivate func requestName(_ fields: String) async throws -> String {
        let answer = try await form("/subscribe", fields)
        guard let match = answer.headers[.location]?.firstMatch(of: /request=([\w-]{22})/) else {
            throw TestFailure("no name for \(fields)")
        }
        return String(match.1)
    }

    fileprivate func signUpForCode(_ address: String, lists: String = "") async throws -> (name: String, code: String) {
        let name = try await requestName("email=\(address.replacing("@", with: "%40"))\(lists)")
        try await app.deliverAllMail()
        guard let mail = app.relay.mails(to: address).last?.text,
            let code = mail.firstMatch(of: /\b([0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4})\b/)
        else { throw TestFailure("no code came for \(address)") }
        return (name, String(code.1))
    }
}
