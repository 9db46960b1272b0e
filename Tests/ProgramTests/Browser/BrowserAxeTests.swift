import CourantTesting
import Foundation
import Outbound
import Testing

/// axe-core on every page and state. It is no package of Debian's: `scripts/axe` fetches it, and without it this is left out.
@Suite(
    .timeLimit(.minutes(20)),
    .enabled(if: Chromium.isWanted && Axe.isThere, "There is no axe-core: scripts/axe fetches it."))
struct BrowserAxeTests {
    @Test func `axe finds nothing, on any page, in any language, dark or light, narrow or wide`() async throws {
        let axe = try String(contentsOf: Axe.file, encoding: .utf8)
        try await Host.with { host in
            let stops = try await BrowserAccessTests.stops(host)
            try await Chromium.with { browser in
                var checks = 0
                for stop in stops {
                    for (language, isDark, width) in Self.screens {
                        try await browser.prefersDark(isDark)
                        try await browser.resize(width: width, height: 900)
                        try await browser.go(stop.url + (stop.url.contains("?") ? "&" : "?") + "locale=\(language)")
                        try await Self.expectNothing(axe, browser, "\(stop.name) \(language) \(isDark) \(width)")
                        checks += 1
                    }
                }
                try await Self.walkStates(axe, host, browser)
                #expect(checks == stops.count * Self.screens.count)
            }
        }
    }

    private static let screens = [("en", false, 1280), ("nb", true, 320), ("de", false, 320), ("fi", true, 320)]

    /// The pages that only a POST shows.
    private static func walkStates(_ axe: String, _ host: Host, _ browser: Browser) async throws {
        try await browser.resize(width: 1280, height: 900)
        for isDark in [false, true] {
            try await browser.prefersDark(isDark)
            try await browser.go(host.url)
            try await browser.type("x@localhost", into: "#email")
            try await browser.type("www.example.org", into: "#name")
            try await browser.click("button[type=submit]")
            try await expectNothing(axe, browser, "sign-up, wrong")
        }
        _ = try await host.signUp("cy@example.org")
        try await browser.go(host.url + (try #require(try await host.mail(to: "cy@example.org", 1).path("/confirm/"))))
        try await browser.click(".button-great")
        try await expectNothing(axe, browser, "confirmed")
        try await browser.go(
            host.url + (try #require(try await host.mail(to: "cy@example.org", 2).path("/unsubscribe/"))))
        try await browser.click("button[name=everything]")
        try await expectNothing(axe, browser, "unsubscribed")
    }

    private static func expectNothing(_ axe: String, _ browser: Browser, _ name: String) async throws {
        let found = try await browser.list(
            axe + """
                ; return axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })
                    .then((found) => found.violations.map((v) => v.id + ': ' + v.nodes.map((n) => n.html).join(' ')));
                """)
        #expect(found.isEmpty, "\(name): \(found)")
    }
}

enum Axe {
    static let file = URL.repository.appending(path: "var/axe.min.js")
    static var isThere: Bool { FileManager.default.fileExists(atPath: file.path) }
}
