import CourantTesting
import Foundation
import Outbound
import Testing

/// One window. Its verbs are what a person does, and what is then to be seen.
struct Browser: Sendable {
    private let session: String
    private let http = HTTPClient()

    static func open(driver: String, options: [String: Any]) async throws -> Browser {
        let wanted: [String: Any] = [
            "browserName": "chrome", "goog:chromeOptions": options, "goog:loggingPrefs": ["browser": "ALL"],
        ]
        let made =
            try await send(
                HTTPClient(), .post, "\(driver)/session", ["capabilities": ["alwaysMatch": wanted]]) as? [String: Any]
        let id = try #require(made?["sessionId"] as? String)
        return Browser(session: "\(driver)/session/\(id)")
    }

    private init(session: String) { self.session = session }

    func quit() async throws { _ = try await Self.send(http, .delete, session, nil) }

    // MARK: What a person does

    func go(_ url: String) async throws { try await tell("url", ["url": url]) }

    func click(_ selector: String) async throws { try await tell("element/\(element(selector))/click", [:]) }

    func type(_ text: String, into selector: String) async throws {
        try await tell("element/\(element(selector))/value", ["text": text])
    }

    /// Keys as WebDriver names them (§17.4.2), one after the other, on whatever has the focus.
    func press(_ keys: Key...) async throws {
        let strokes = keys.flatMap {
            [["type": "keyDown", "value": $0.rawValue], ["type": "keyUp", "value": $0.rawValue]]
        }
        try await tell("actions", ["actions": [["type": "key", "id": "keys", "actions": strokes]]])
    }

    /// On the keyboard, wherever the focus is.
    func write(_ text: String) async throws {
        let strokes = text.map(String.init).flatMap {
            [["type": "keyDown", "value": $0], ["type": "keyUp", "value": $0]]
        }
        try await tell("actions", ["actions": [["type": "key", "id": "keys", "actions": strokes]]])
    }

    enum Key: String {
        case tab = "\u{E004}"
        case enter = "\u{E007}"
        case space = "\u{E00D}"
    }

    /// Across the page and over each of its buttons, without pressing.
    func moveMouseAbout() async throws {
        let places = try await list(
            "return [...document.querySelectorAll('button, a')].map(e => e.getBoundingClientRect())"
                + ".filter(r => r.width && r.bottom < innerHeight && r.top > 0 && r.right < innerWidth && r.left > 0).map(r => [r.x + r.width / 2, r.y + r.height / 2])"
        )
        let points = [[5.0, 5.0]] + places.compactMap { $0 as? [Double] } + [[200, 100]]
        let moves = points.map { point -> [String: Any] in
            ["type": "pointerMove", "duration": 30, "x": Int(point[0]), "y": Int(point[1])]
        }
        try await tell(
            "actions",
            ["actions": [["type": "pointer", "id": "mouse", "parameters": ["pointerType": "mouse"], "actions": moves]]])
    }

    /// As long as a machine waits that wants to look like a person.
    func wait(milliseconds: Int) async throws {
        _ = try await tell(
            "execute/async", ["script": "setTimeout(arguments[1], arguments[0])", "args": [milliseconds]])
    }

    // MARK: How the browser is set

    /// The window, in CSS pixels. At `zoom` times their size there are as many times fewer of them.
    func resize(width: Int, height: Int, zoom: Int = 1) async throws {
        try await devtools(
            "Emulation.setDeviceMetricsOverride",
            [
                "width": width / zoom, "height": height / zoom, "deviceScaleFactor": zoom, "mobile": false,
            ])
    }

    func prefersDark(_ dark: Bool) async throws {
        try await devtools(
            "Emulation.setEmulatedMedia",
            ["features": [["name": "prefers-color-scheme", "value": dark ? "dark" : "light"]]])
    }

    func allowsScripts(_ allowed: Bool) async throws {
        try await devtools("Emulation.setScriptExecutionDisabled", ["value": !allowed])
    }

    private func devtools(_ command: String, _ parameters: [String: Any]) async throws {
        try await tell("goog/cdp/execute", ["cmd": command, "params": parameters])
    }

    // MARK: What is to be seen

    @discardableResult func text(_ script: String, _ arguments: Any...) async throws -> String {
        try await evaluate(script, arguments) as? String ?? ""
    }

    func number(_ script: String) async throws -> Double {
        (try await evaluate(script, []) as? NSNumber)?.doubleValue ?? .nan
    }

    func isTrue(_ script: String) async throws -> Bool { try await evaluate(script, []) as? Bool ?? false }

    func list(_ script: String) async throws -> [Any] { try await evaluate(script, []) as? [Any] ?? [] }

    private func evaluate(_ script: String, _ arguments: [Any]) async throws -> Any {
        try await tell("execute/sync", ["script": script, "args": arguments])
    }

    func attribute(_ name: String, of selector: String) async throws -> String {
        try await text("return document.querySelector(arguments[0])?.getAttribute(arguments[1]) ?? ''", selector, name)
    }

    var title: String { get async throws { try await text("return document.title") } }

    /// Waits until these words stand on the page.
    func shows(_ words: String, file: String = #fileID, line: Int = #line) async throws {
        try await eventually("the page shows “\(words)”", file: file, line: line) {
            try await text("return document.body?.innerText ?? ''").contains(words)
        }
    }

    /// What scripts, policies and missing files have left in the console.
    func complaints() async throws -> [String] {
        let entries = try await tell("se/log", ["type": "browser"]) as? [[String: Any]] ?? []
        return entries.compactMap { $0["message"] as? String }
    }

    /// Kept below `var/screenshots`, which git does not look at.
    func picture(_ name: String) async throws {
        let folder = URL.repository.appending(path: "var/screenshots")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let image = try await Self.send(http, .get, "\(session)/screenshot", nil) as? String
        try Data(base64Encoded: image ?? "")?.write(to: folder.appending(path: "\(name).png"))
    }

    // MARK: The wire

    private func element(_ selector: String) async throws -> String {
        let found = try await tell("element", ["using": "css selector", "value": selector]) as? [String: Any]
        return try #require(found?.values.first as? String, "nothing is \(selector)")
    }

    @discardableResult
    private func tell(_ command: String, _ body: [String: Any]) async throws -> Any {
        try await Self.send(http, .post, "\(session)/\(command)", body)
    }

    private static func send(
        _ http: HTTPClient, _ method: HTTPRequest.Method, _ url: String, _ body: [String: Any]?
    ) async throws -> Any {
        let json = try body.map { Array(try JSONSerialization.data(withJSONObject: $0)) }
        let answer = try await http.send(
            HTTPRequest(
                method, url, headers: [HTTPHeader("Content-Type", "application/json")], body: json,
                timeout: .seconds(90), longestAnswer: 32 * 1024 * 1024))
        let value = (try JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any])?["value"]
        guard answer.status == 200 else { throw TestFailure("\(url.suffix(40)): \(value ?? answer.status)") }
        return value ?? NSNull()
    }
}
