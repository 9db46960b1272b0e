import CourantTesting
import Foundation
import Outbound
import Testing

@testable import Wiring

/// Secrets that systemd hands over.
@Suite struct CredentialTests {
    private static func withCredentials(
        _ secrets: [String: String], _ body: ([String: String]) async throws -> Void
    ) async throws {
        let folder = try URL.temporary()
        defer { try? FileManager.default.removeItem(at: folder) }
        for (name, secret) in secrets {
            _ = FileManager.default.createFile(
                atPath: folder.appending(path: name).path, contents: Data(secret.utf8),
                attributes: [.posixPermissions: 0o400])
        }
        try await body(["CREDENTIALS_DIRECTORY": folder.path])
    }

    private static func read(
        _ environment: [String: String], _ changes: [String: String]
    ) async throws -> (settings: Settings, found: Settings.Found) {
        let values = SettingsTests.least.merging(changes) { $1 }
        let variables = values.map { (SettingsKeys.variable($0.key), $0.value) }
        return try await Settings.read(file: nil, environment: environment.merging(variables) { $1 })
    }

    @Test func `a secret whose file no setting names is the credential of its name`() async throws {
        let secrets = ["courant.relay-password": "relays\n", "courant.captcha-secret": "captchas"]
        try await Self.withCredentials(secrets) { environment in
            let (settings, found) = try await Self.read(
                environment,
                ["relay.user": "news", "captcha.provider": "turnstile", "captcha.site-key": "public"])
            #expect(settings.relay.password == "relays" && settings.captcha.secret == "captchas")
            #expect(found.contains { $0.key == "relay.password-file" && $0.value.hasSuffix("/courant.relay-password") })
            #expect(!"\(found)".contains("relays") && !"\(found)".contains("captchas"))
        }
    }

    @Test func `the file that a setting names stands before the credential`() async throws {
        try await Self.withCredentials(["courant.relay-password": "credential", "own": "own"]) { environment in
            let folder = try #require(environment["CREDENTIALS_DIRECTORY"])
            let (settings, _) = try await Self.read(
                environment, ["relay.user": "news", "relay.password-file": "\(folder)/own"])
            #expect(settings.relay.password == "own")
        }
    }

    @Test func `the names are those in the unit`() throws {
        let unit = try String(
            contentsOf: .repository.appending(path: "packaging/systemd/courantd.service"), encoding: .utf8)
        let named = Set(unit.matches(of: /(?m)^LoadCredential=(\S+)$/).map { String($0.1) })
        let ends = ["password-file", "secret-file", "key-file"]
        let secrets = SettingsKeys.all.filter { key in ends.contains { key.hasSuffix($0) } }
        #expect(named == Set(secrets.map { Credentials.name(of: $0) }))
    }
}
