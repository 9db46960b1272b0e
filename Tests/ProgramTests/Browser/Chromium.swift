import CourantTesting
import Foundation
import Outbound
import Testing

/// Debian's Chromium, driven by its chromedriver over W3C WebDriver: plain HTTP and JSON on loopback. Each test has one of its
/// own, without a window, that reaches nobody but this machine.
enum Chromium {
    /// Where there is none, its tests are left out, but not where every test has to run.
    static var isWanted: Bool { driver != nil || ProcessInfo.processInfo.environment["CI"] != nil }
    static let missing = "There is no chromedriver: scripts/setup --tests installs it."

    private static let driver = ["/usr/bin/chromedriver", "/usr/local/bin/chromedriver"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    /// Whatever happens, browser and driver are gone afterwards; a picture shows where it went wrong.
    static func with<Value>(_ body: (Browser) async throws -> Value) async throws -> Value {
        await turn.take()
        defer { Task { await turn.giveBack() } }
        return try await withFolder { home in
            let driver = try #require(driver, "\(missing)")
            var program = try Program(driver, ["--port=0"], in: home)
            defer { program.signal(SIGTERM) }
            var port = ""
            try await eventually("chromedriver answers", within: .seconds(90)) {
                // The port that it drew may have been taken meanwhile.
                if program.code != nil { program = try Program(driver, ["--port=0"], in: home) }
                port = program.saidOut.firstMatch(of: /successfully on port (\d+)/).map { String($0.1) } ?? ""
                return !port.isEmpty
            }
            let browser = try await Browser.open(driver: "http://127.0.0.1:\(port)", options: options(home))
            do {
                let value = try await body(browser)
                try await browser.quit()
                return value
            } catch {
                try? await browser.picture("failed-\(UUID().uuidString.prefix(8))")
                // Also where the test's time has run out and whatever it asks itself is cancelled.
                _ = await Task { try? await browser.quit() }.value
                throw error
            }
        }
    }

    private static func options(_ home: URL) -> [String: Any] {
        var arguments = [
            "--headless=new", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--hide-scrollbars",
            "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
            "--user-data-dir=\(home.path)/profile", "--window-size=1280,1024", "--lang=en",
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
        ]
        // Its sandbox does not take root, who runs the tests in a container.
        if getuid() == 0 { arguments.append("--no-sandbox") }
        return ["args": arguments]
    }
}

extension Chromium {
    /// A browser takes a whole core and more: two at a time are soonest done.
    private static let turn = Turn(2)

    private actor Turn {
        private var free: Int
        private var waiting: [CheckedContinuation<Void, Never>] = []

        init(_ free: Int) { self.free = free }

        func take() async {
            guard free == 0 else { return free -= 1 }
            await withCheckedContinuation { waiting.append($0) }
        }

        func giveBack() {
            if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() }
        }
    }
}
