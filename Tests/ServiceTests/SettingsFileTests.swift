import CourantTesting
import Foundation
import Outbound
import Testing

@testable import Wiring

/// Settings as a whole: file and environment together, what is no setting, and what must not be shown.
@Suite struct SettingsFileTests {
    static func yaml(_ change: (inout [String: String]) -> Void = { _ in }) -> String {
        var values = SettingsTests.least
        change(&values)
        return Dictionary(grouping: values) { $0.key.split(separator: ".")[0] }.map { group, entries in
            "\(group):\n" + entries.map { "  \($0.key.dropFirst(group.count + 1)): \($0.value)\n" }.joined()
        }.joined()
    }

    @Test func `a file's values of any kind are read, and the environment stands before them`() async throws {
        let text = Self.yaml {
            $0["http.port"] = "8081"
            $0["relay.rate"] = "2.5"
            $0["organisation.name"] = "42"
            $0["http.trusted-proxies"] = "[10.0.0.1, \"::1\"]"
            $0["http.allowed-origins"] = "https://one.example"
        }
        let (settings, found) = try await SettingsTests.read(["COURANT_HTTP_PORT": "9000"], file: text)
        #expect(settings.http.port == 9000 && settings.relay.rate == 2.5 && settings.organisation.name == "42")
        #expect(
            settings.http.trustedProxies == ["10.0.0.1", "::1"]
                && settings.http.allowedOrigins == ["https://one.example"])
        #expect(found.contains { $0.key == "http.port" && $0.value == "9000" })
    }

    static let strange: [(String, says: String)] = [
        ("http:\n  prot: 1\n", "http.prot in"), ("http:\n  prot: 1\n", "did you mean http.port?"),
        ("htpp:\n  port: 1\n", "did you mean http.port?"), ("http: 8080\n", "http in"),
        ("telepathy: yes\n", "telepathy in"),
        ("http:\n  host: [a, b]\n", "is a list: give one value"), ("http:\n  port:\n    a: 1\n", "http.port.a in"),
    ]

    @Test(arguments: strange) func `what is no setting is told, with what may have been meant`(
        _ text: String, _ says: String
    ) async throws {
        let problems = try await SettingsTests.problems(file: text)
        #expect(problems.contains { $0.contains(says) }, "\(problems)")
    }

    @Test func `a variable that is no setting is told, and the client's own are let be`() async throws {
        var environment = SettingsTests.least.reduce(into: [String: String]()) {
            $0[SettingsKeys.variable($1.key)] = $1.value
        }
        for name in ["COURANT_URL", "COURANT_TOKEN", "COURANT_CONFIG", "HOME"] { environment[name] = "x" }
        _ = try await Settings.read(file: nil, environment: environment)
        environment["COURANT_RELAY_UROL"] = "x"
        await #expect(throws: SettingsProblems.self) { try await Settings.read(file: nil, environment: environment) }
    }

    @Test func `all that is wrong is listed at once`() async throws {
        let nothing = SettingsTests.least.mapValues { _ in String?.none }
        #expect(try await SettingsTests.problems(nothing).count == SettingsTests.least.count)
    }

    @Test func `secrets are printed by nobody`() async throws {
        let (_, found) = try await SettingsTests.read(SettingsTests.recaptcha.mapValues { $0 })
        #expect(found.first { $0.key == "captcha.secret" }?.value == "[redacted]")
        #expect(!"\(found)".contains("hush"))
    }
}
