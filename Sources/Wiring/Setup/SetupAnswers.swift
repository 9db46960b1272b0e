import Foundation
import Mail

/// What somebody who sets Courant up has said, by the setting's key: what has no good default, and no more.
package struct SetupAnswers: Sendable {
    private var values: [String: String] = [:]
    /// What was typed, by the setting that will name its file.
    package var secrets: [String: String] = [:]

    package init() {}

    package subscript(_ key: String) -> String? {
        get { values[key] }
        set { values[key] = newValue }
    }

    /// Without these there is no service.
    package var missing: [String] {
        let needed = [
            "http.public-url", "relay.url", "mail.from", "organisation.name", "organisation.address",
            "organisation.contact", "captcha.provider",
        ]
        return (needed + (asksProvider ? ["captcha.site-key", "captcha.secret-file"] : [])).filter {
            values[$0] == nil && secrets[$0] == nil
        }
    }

    /// Whether another company is asked who is a robot.
    package var asksProvider: Bool {
        values["captcha.provider"].map { !["proof-of-work", "none"].contains($0) } ?? false
    }

    /// What the shipped settings say of limits: without, robots set the pace.
    package mutating func limit() {
        for (key, value) in ["limits.all-per-minute": "1200", "limits.domain-per-hour": "2000"] where values[key] == nil
        {
            values[key] = value
        }
    }

    /// A relay on this machine has no certificate that anybody could check.
    package mutating func followRelay() {
        guard values["relay.tls"] == nil, let host = values["relay.url"].flatMap({ URL(string: $0)?.host }) else {
            return
        }
        if PublicURL.isThisMachine(host) { values["relay.tls"] = "off" }
    }

    /// What is wrong with one answer, in the very words of the settings; nil: nothing, as far as one can see by it alone.
    package func problem(_ key: String) async -> String? {
        var said = Self.sound
        if let value = values[key] { said[key] = value }
        if key == "relay.tls" || key == "relay.user" { said["relay.url"] = values["relay.url"] ?? said["relay.url"] }
        if key.hasPrefix("captcha.") { said["captcha.provider"] = values["captcha.provider"] }
        let environment = said.reduce(into: [:]) { $0[SettingsKeys.variable($1.key)] = $1.value }
        var found: [String]
        do throws(SettingsProblems) {
            found = try await Settings.read(file: nil, environment: environment).settings.placeholders
        } catch {
            found = error.problems
        }
        found = found.filter { $0.hasPrefix("\(key) (") }
        return found.first.map { problem in
            problem.firstRange(of: "): ").map { String(problem[$0.upperBound...]) } ?? problem
        }
    }

    /// With which one answer is tried.
    private static let sound = [
        "http.public-url": "https://news.sound.example", "relay.url": "smtp://relay.sound.example:587",
        "mail.from": "news@sound.example", "organisation.name": "Sound", "organisation.address": "Sound",
        "organisation.contact": "privacy@sound.example", "captcha.provider": "none",
    ]

    // MARK: The file

    /// As YAML, in the order of the manual.
    package func file(explainedIn manual: String) -> String {
        let keys = SettingsKeys.all.filter { values[$0] != nil }
        var (text, group) = ("# Courant's settings. Those that are not here have their defaults: \(manual)\n", "")
        for key in keys {
            let parts = key.split(separator: ".", maxSplits: 1).map(String.init)
            if parts.count == 2, parts[0] != group { text += "\n\(parts[0]):\n" }
            group = parts[0]
            text += "\(parts.count == 2 ? "  " : "")\(parts[parts.count - 1]): \(Self.quoted(values[key] ?? ""))\n"
        }
        return text
    }

    /// JSON's strings are YAML's.
    private static func quoted(_ value: String) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.withoutEscapingSlashes]
        return (try? encoder.encode(value)).map { String(decoding: $0, as: UTF8.self) } ?? "\"\""
    }
}
