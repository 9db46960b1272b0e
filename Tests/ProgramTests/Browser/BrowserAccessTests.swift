import CourantTesting
import Foundation
import Outbound
import Testing

/// Every page for everybody: in the dark, on a small or much enlarged screen, by keyboard alone, in several languages.
@Suite(.timeLimit(.minutes(20)), .enabled(if: Chromium.isWanted, "\(Chromium.missing)"))
struct BrowserAccessTests {
    /// A page, and what it is called in pictures.
    typealias Stop = (name: String, url: String)

    @Test func `no page scrolls sideways, the dark is dark, and the language is said`() async throws {
        try await Host.with { host in
            let stops = try await Self.stops(host)
            try await Chromium.with { browser in
                for stop in stops {
                    for (language, isDark, width, height, zoom) in Self.screens {
                        try await browser.prefersDark(isDark)
                        try await browser.resize(width: width, height: height, zoom: zoom)
                        try await browser.go(stop.url + (stop.url.contains("?") ? "&" : "?") + "locale=\(language)")
                        let name = "\(stop.name)-\(language)-\(width / zoom)\(isDark ? "-dark" : "")"
                        try await browser.picture(name)
                        #expect(try await browser.number(Self.overflow) <= 0, "\(name)")
                        #expect((try await browser.number(Self.brightness) > 0.5) != isDark, "\(name)")
                        #expect(try await browser.text("return document.documentElement.lang") == language)
                        #expect(try await browser.number("return document.querySelectorAll('h1').length") == 1)
                        #expect(try await browser.list(Self.smallTargets).isEmpty, "\(name)")
                    }
                }
                #expect(try await browser.complaints().filter { !$0.contains("404") && !$0.contains("410") } == [])
            }
        }
    }

    /// 1280 × 1024 at 400 % is 320 × 256 (WCAG 2.2, 1.4.10).
    private static let screens: [(String, Bool, Int, Int, Int)] = [
        ("en", false, 1280, 1024, 1), ("nb", true, 320, 640, 1), ("de", false, 320, 640, 1),
        ("sv", false, 1280, 1024, 4), ("fi", false, 1280, 1024, 4),
    ]

    private static let overflow = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"

    /// Of the page's ground, from 0 to 1.
    private static let brightness = """
        const [r, g, b] = getComputedStyle(document.body).backgroundColor.match(/[\\d.]+/g).map(Number);
        return (0.2126 * r + 0.7152 * g + 0.0722 * b) / 255;
        """

    /// Buttons and fields of less than 24 pixels (WCAG 2.2, 2.5.8).
    private static let smallTargets = """
        return [...document.querySelectorAll('button, input:not([type=hidden])')]
            .filter((e) => !e.closest('[aria-hidden]'))
            .filter((e) => { const r = (e.closest('label') ?? e).getBoundingClientRect(); return r.height < 24 || r.width < 24; })
            .map((e) => e.outerHTML);
        """

    static func stops(_ host: Host) async throws -> [Stop] {
        try await host.serve()
        try await host.furnish()
        try await host.subscribe("ann@example.org")
        let requested = try #require(try await host.signUp("bo@example.org")["location"])
        let confirm = try #require(try await host.mail(to: "bo@example.org", 1).path("/confirm/"))
        let leave = try #require(try await host.mail(to: "ann@example.org", 2).path("/unsubscribe/"))
        let held = try await host.privacyLink("ann@example.org", mail: 3)
        return [
            ("sign-up", "/"), ("privacy", "/privacy"), ("held", held), ("requested", requested), ("confirm", confirm),
            ("refuse", confirm + "/refuse"),
            ("unsubscribe", leave), ("policy", "/policy"), ("unknown", "/nothing"),
            ("expired", "/confirm/" + String(repeating: "A", count: 43)),
        ].map { (name: $0.0, url: host.url + $0.1) }
    }

    @Test func `the keyboard alone reaches everything, and shows where it is`() async throws {
        try await Host.with { host in
            let stops = try await Self.stops(host)
            try await Chromium.with { browser in
                for stop in stops {
                    try await browser.go(stop.url)
                    try await browser.text("document.activeElement?.blur(); return ''")
                    let wanted = try await browser.number(Self.reachable)
                    var seen: Set<String> = []
                    for _ in 0..<Int(wanted) {
                        try await browser.press(.tab)
                        let state = try await browser.text(Self.focus)
                        #expect(state.hasPrefix("visible "), "\(stop.name): \(state)")
                        seen.insert(state)
                    }
                    #expect(seen.count == Int(wanted), "\(stop.name): \(seen)")
                }
                try await Self.signUp(browser, host)
            }
        }
    }

    /// What Tab should come to.
    private static let reachable = """
        return [...document.querySelectorAll('a[href], button, input, select, textarea')]
            .filter((e) => e.type !== 'hidden' && e.tabIndex >= 0 && !e.closest('[aria-hidden]') && !e.disabled).length;
        """

    /// Where the focus is, and whether one sees it: an outline or a ring around it, within the window.
    private static let focus = """
        const e = document.activeElement;
        const style = getComputedStyle(e);
        const box = e.getBoundingClientRect();
        const ring = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0 || style.boxShadow !== 'none';
        const inside = box.bottom > 0 && box.top < innerHeight && box.width > 0;
        return (ring && inside ? 'visible ' : 'hidden ')
            + [...document.querySelectorAll('*')].indexOf(e) + ' ' + e.tagName + ' ' + (e.id || e.textContent);
        """

    private static func signUp(_ browser: Browser, _ host: Host) async throws {
        try await browser.go(host.url)
        try await browser.text("document.querySelector('#email').focus(); return ''")
        try await browser.write("cy@example.org")
        try await browser.press(.tab, .tab, .tab, .enter)
        try await browser.shows("Now open your inbox")
    }
}
