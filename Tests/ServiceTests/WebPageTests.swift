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

@Suite struct WebPageTests {
    @Test func `every answer forbids everything that it does not need`() async throws {
        let web = try await WebApp.start()
        for path in ["/", "/nothing", "/policy", "/assets/style.css", "/livez", "/api/v1/whoami"] {
            let headers = try await web.ask(.get, path).headers
            #expect(
                headers[.contentSecurityPolicy]?.hasPrefix(
                    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
                ) == true)
            #expect(headers[.referrerPolicy] == "no-referrer" && headers[.xContentTypeOptions] == "nosniff")
            #expect(headers[.strictTransportSecurity]?.hasPrefix("max-age=") == true)
            #expect(headers[.openerPolicy] == "same-origin")
            #expect(headers[.setCookie] == nil && headers[.cacheControl] != nil)
        }
    }

    @Test func `pages with tokens are kept by nobody`() async throws {
        let web = try await WebApp.start()
        try await web.app.signUp("ann@example.org")
        let path = try await web.confirmPath("ann@example.org")
        for answer in [
            try await web.ask(.get, path), try await web.ask(.post, path), try await web.ask(.get, "/confirm/x"),
        ] {
            #expect(answer.headers[.cacheControl] == "no-store")
            #expect(answer.headers[.robotsTag] == "noindex, nofollow")
        }
    }

    @Test func `the captcha's hosts are allowed on the sign-up page alone`() async throws {
        let web = try await WebApp.start {
            $0.widget = CaptchaWidget(
                kind: .recaptchaV3, siteKey: "key", action: "subscribe", scriptHost: "www.recaptcha.net")
        }
        let page = try await web.ask(.get, "/")
        #expect(page.has("data-site-key=\"key\"") && page.has("data-captcha=\"recaptcha-v3\""))
        let policy = try #require(page.headers[.contentSecurityPolicy])
        #expect(
            policy.contains(
                "script-src 'self' https://www.recaptcha.net https://www.gstatic.com https://www.gstatic.cn;"))
        let plain = try await WebApp.start()
        #expect(try await plain.ask(.get, "/").headers[.contentSecurityPolicy]?.contains("script-src") == false)
        #expect(try await web.ask(.get, "/policy").headers[.contentSecurityPolicy]?.contains("recaptcha") == false)
    }

    @Test(arguments: [
        (CaptchaWidget.Kind.turnstile, "data-captcha=\"turnstile\"", "https://challenges.cloudflare.com"),
        (.hCaptcha, "data-captcha=\"hcaptcha\"", "https://js.hcaptcha.com"),
        (.recaptchaV2, "data-captcha=\"recaptcha\"", "https://www.recaptcha.net"),
    ])
    func `each provider's widget stands on the page, and its hosts in the policy`(
        _ kind: CaptchaWidget.Kind, _ widget: String, _ host: String
    ) async throws {
        let web = try await WebApp.start { $0.widget = CaptchaWidget(kind: kind, siteKey: "a\"key") }
        let page = try await web.ask(.get, "/")
        #expect(
            page.has(widget) && page.has("data-site-key=\"a&quot;key\"") && page.has("src=\"/assets/subscribe.js\""))
        #expect(page.headers[.contentSecurityPolicy]?.contains("script-src 'self' \(host)") == true)
        #expect(page.headers[.contentSecurityPolicy]?.contains("unsafe") == false)
    }

    @Test(arguments: [
        (nil, "/policy", "en"), ("nb-NO,en;q=0.5", "/policy", "nb"), ("xx, sv;q=0.2", "/policy", "sv"),
        ("xx", "/policy", "en"), ("*", "/policy", "en"), ("de-AT", "/policy", "de"), ("fi", "/policy", "fi"),
        ("nb", "/policy?locale=sv", "sv"), ("nb", "/policy?locale=xx", "nb"), ("nb", "/policy?locale=%zz", "nb"),
        ("no", "/nothing", "nb"),
    ])
    func `the language is what was chosen, else what the browser asks for`(
        _ header: String?, _ path: String, _ expected: String
    ) async throws {
        let web = try await WebApp.start()
        var headers: HTTPFields = [:]
        headers[.acceptLanguage] = header
        let page = try await web.ask(.get, path, headers)
        #expect(page.headers[.contentLanguage] == expected && page.has("<html lang=\"\(expected)\""))
        #expect(page.headers[values: .vary].contains("Accept-Language"))
    }

    @Test func `a chosen language stays in links and forms`() async throws {
        let web = try await WebApp.start()
        try await web.app.signUp("ann@example.org")
        let path = try await web.confirmPath("ann@example.org")
        let page = try await web.ask(.get, path + "?locale=sv")
        #expect(page.has("action=\"\(path)?locale=sv\"") && page.has("href=\"\(path)?locale=nb\""))
        #expect(page.has("href=\"/policy?locale=sv\""))
        let wrong = try await web.form("/subscribe", "email=x&locale=nb")
        #expect(wrong.headers[.contentLanguage] == "nb" && wrong.has("name=\"locale\" value=\"nb\""))
    }

    @Test func `assets are kept by browsers until they change`() async throws {
        let web = try await WebApp.start()
        let first = try await web.ask(.get, "/assets/style.css")
        #expect(first.status == .ok && first.headers[.contentType] == "text/css; charset=utf-8")
        let tag = try #require(first.headers[.eTag])
        for match in [tag, "W/\(tag)", "\"x\", \(tag)", "*"] {
            let again = try await web.ask(.get, "/assets/style.css", [.ifNoneMatch: match])
            #expect(again.status == .notModified && again.text.isEmpty && again.headers[.eTag] == tag)
        }
        #expect(try await web.ask(.get, "/assets/style.css", [.ifNoneMatch: "\"x\""]).status == .ok)
        #expect(first.headers[.cacheControl] == "public, max-age=600")
    }

    @Test func `the policy of the settings is the first that is shown`() async throws {
        let web = try await WebApp.start()
        let page = try await web.ask(.get, "/policy")
        #expect(page.has("<h2>What we store</h2>") && page.has("1\u{A0}November\u{A0}2026"))
    }

    @Test func `a policy's text is marked with its own language, the words around it with the reader's`() async throws {
        let web = try await WebApp.start()
        let page = try await web.ask(.get, "/policy?locale=nb")
        #expect(page.has("<html lang=\"nb\"") && page.has("<div class=\"policy\" lang=\"en\">"))
        #expect(page.has("1.\u{A0}november\u{A0}2026"))
        #expect(try await web.ask(.get, "/?locale=sv").has("1\u{A0}november\u{A0}2026"))
    }

    @Test func `a form that came back with errors leads to the form when it is loaded again`() async throws {
        let web = try await WebApp.start()
        let answer = try await web.ask(.get, "/subscribe?locale=nb")
        #expect(answer.status == .seeOther && answer.headers[.location] == "/?locale=nb")
    }

    @Test func `health is alive, and ready only when it is`() async throws {
        let web = try await WebApp.start()
        #expect(try await web.ask(.get, "/livez").text == "alive\n")
        #expect(try await web.ask(.get, "/readyz").status == .ok)
        let ill = try await WebApp.start(readiness: .notReady("the disk is full"))
        let answer = try await ill.ask(.get, "/readyz")
        #expect(answer.status == .serviceUnavailable && !answer.has("disk"))
        #expect(try await ill.ask(.get, "/livez").status == .ok)
    }

    @Test func `every locale key that routes ask for is there`() throws {
        _ = try Templates(directory: .repository.appending(path: "templates"), requiredKeys: WebServices.localeKeys)
    }
}
