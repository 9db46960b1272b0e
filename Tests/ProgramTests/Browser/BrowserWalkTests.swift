import CourantTesting
import Foundation
import Outbound
import Testing

/// A visitor with a browser, from the form to the last click.
@Suite(.timeLimit(.minutes(20)), .enabled(if: Chromium.isWanted, "\(Chromium.missing)"))
struct BrowserWalkTests {
    @Test func `sign up, get it wrong, get it right, confirm by the code, and leave`() async throws {
        try await Host.with { host in
            try await host.serve()
            try await host.furnish()
            try await Chromium.with { browser in
                try await browser.go(host.url)
                try await browser.picture("sign-up")
                try await browser.type("ann@localhost", into: "#email")
                try await browser.type("Ann", into: "#name")
                try await browser.click("button[type=submit]")
                try await Self.expectComplaint(browser)

                try await browser.text("document.querySelector('#email').value = ''; return ''")
                try await browser.type("ann@example.org", into: "#email")
                try await browser.click("button[type=submit]")
                try await browser.shows("Now open your inbox")
                try await browser.picture("requested")
                try await Self.confirmByCode(browser, try await host.mail(to: "ann@example.org", 1).code)

                let leaving = try #require(try await host.mail(to: "ann@example.org", 2).path("/unsubscribe/"))
                try await browser.go(host.url + leaving)
                try await browser.shows("Unsubscribe from Example News?")
                try await browser.picture("unsubscribe")
                #expect(try await host.active == 1)
                try await browser.click("button[name=unsubscribe]")
                try await browser.shows("You are unsubscribed")
                try await browser.picture("unsubscribed")
                #expect(try await host.active == 0)
                #expect(try await browser.complaints().filter { !$0.contains("422") } == [])
                #expect(try await browser.text("return document.cookie") == "")
            }
        }
    }

    private static func expectComplaint(_ browser: Browser) async throws {
        try await browser.shows("Not quite there yet")
        try await browser.picture("sign-up-wrong")
        #expect(try await browser.title.hasPrefix("Please check:"))
        #expect(try await browser.attribute("value", of: "#email") == "ann@localhost")
        #expect(try await browser.attribute("value", of: "#name") == "Ann")
        #expect(try await browser.attribute("aria-invalid", of: "#email") == "true")
        let describing = try await browser.attribute("aria-describedby", of: "#email")
        #expect(try await browser.text("return document.getElementById(arguments[0]).innerText", describing) != "")
        #expect(try await browser.isTrue("return document.activeElement.matches('.summary')"))
    }

    private static func confirmByCode(_ browser: Browser, _ code: String) async throws {
        try await browser.type("0000-0000", into: "#code")
        try await browser.click("form.form button")
        try await browser.shows("That code does not fit")
        #expect(try await browser.isTrue("return document.activeElement.id === 'code'"))
        try await browser.text("document.querySelector('#code').value = ''; return ''")
        // As somebody types it who does not look.
        try await browser.type(code.lowercased().replacing("-", with: " "), into: "#code")
        try await browser.click("form.form button")
        try await browser.shows("You’re in. Welcome!")
        try await browser.picture("confirmed")
    }

    /// It runs scripts, waits, and moves the mouse, as the best of them do.
    @Test func `a scanner with a browser changes nothing, a person's click does`() async throws {
        try await Host.with { host in
            try await host.serve()
            try await host.furnish()
            try await host.subscribe("ann@example.org")
            #expect(try await host.signUp("bo@example.org").status == 303)
            let confirm = try #require(try await host.mail(to: "bo@example.org", 1).path("/confirm/"))
            let leave = try #require(try await host.mail(to: "ann@example.org", 2).path("/unsubscribe/"))
            let before = (try await host.standing, host.mailCount)
            try await Chromium.with { browser in
                for link in [confirm, confirm + "/refuse", leave] {
                    try await browser.go(host.url + link)
                    try await browser.moveMouseAbout()
                    try await browser.wait(milliseconds: 700)
                    try await browser.text("scrollTo(0, 1e6); dispatchEvent(new Event('visibilitychange')); return ''")
                    try await browser.press(.tab, .tab)
                    try await browser.moveMouseAbout()
                }
                #expect(try await host.standing == before.0 && host.mailCount == before.1)
                try await browser.go(host.url + confirm)
                try await browser.shows("One step left")
                try await browser.picture("confirm")
                try await browser.click(".button-great")
                try await browser.shows("You’re in. Welcome!")
                #expect(try await host.active == 2)
                #expect(try await browser.complaints() == [])
            }
        }
    }

    @Test func `without JavaScript all of it works`() async throws {
        try await Host.with { host in
            try await host.serve()
            try await host.furnish()
            try await Chromium.with { browser in
                try await browser.allowsScripts(false)
                try await browser.go(host.url + "/?locale=nb")
                try await browser.type("ann@example.org", into: "#email")
                try await browser.click("button[type=submit]")
                try await eventually("the mail comes") { host.mailCount == 1 }
                try await browser.picture("requested-no-script")
                let link = try #require(try await host.mail(to: "ann@example.org", 1).path("/confirm/"))
                try await browser.go(host.url + link)
                try await browser.click(".button-great")
                let letter = try await host.mail(to: "ann@example.org", 2)
                #expect(try await host.active == 1)
                try await browser.go(host.url + (try #require(letter.path("/unsubscribe/"))))
                try await browser.click("button[name=everything]")
                try await eventually("all is gone") { try await host.active == 0 }
            }
        }
    }
}

extension Host {
    /// How many subscribers of which state the list has, as staff see it.
    var standing: [String: Int] {
        get async throws {
            let shown = try await courant("list", "show", "news", "--json").out
            let fields = try JSONSerialization.jsonObject(with: Data(shown.utf8)) as? [String: Any] ?? [:]
            return fields.compactMapValues { ($0 as? NSNumber)?.intValue }
        }
    }

    var active: Int { get async throws { try await standing["active"] ?? -1 } }
}

extension LetterBox {
    /// The confirm mail's short code.
    var code: String {
        // Within a link may stand what looks like one.
        text.firstMatch(of: /\s\**([0-9A-Z]{4}-[0-9A-Z]{4})\**\s/).map { String($0.1) } ?? ""
    }
}
