import CourantTesting
import Foundation
import Newsletter
import Testing

@testable import Wiring

/// Settings where they are found: files of every kind, other people's variables, and who may read a secret.
@Suite struct SettingsSurroundingsTests {
    // MARK: Variables that others have put there

    static let links: [[String: String]] = [
        [
            "COURANT_SERVICE_HOST": "10.0.48.109", "COURANT_SERVICE_PORT": "8080", "COURANT_SERVICE_PORT_HTTP": "8080",
            "COURANT_PORT": "tcp://10.0.48.109:8080", "COURANT_PORT_8080_TCP": "tcp://10.0.48.109:8080",
            "COURANT_PORT_8080_TCP_PROTO": "tcp", "COURANT_PORT_8080_TCP_PORT": "8080",
            "COURANT_PORT_8080_TCP_ADDR": "10.0.48.109",
        ],
        [
            "COURANT_HTTP_SERVICE_HOST": "10.0.0.1", "COURANT_HTTP_PORT": "tcp://10.0.0.1:80",
            "COURANT_HTTP_PORT_80_TCP": "tcp://10.0.0.1:80", "COURANT_METRICS_PORT": "tcp://10.0.0.1:9464",
            "COURANT_STORE_SERVICE_PORT": "5432", "COURANT_STORE_PORT_5432_UDP_ADDR": "10.0.0.1",
        ],
        [
            "COURANT_NAME": "/web/courant", "COURANT_PORT": "tcp://172.17.0.5:8080", "COURANT_ENV_LOG": "x",
            "COURANT_PORT_8080_TCP_ADDR": "172.17.0.5",
        ],
    ]

    @Test(arguments: links) func `what Kubernetes and Docker set is passed over, and said once`(
        _ links: [String: String]
    ) async throws {
        let environment = SettingsTests.least.reduce(into: links) { $0[SettingsKeys.variable($1.key)] = $1.value }
        let settings = try await Settings.read(file: nil, environment: environment).settings
        #expect(settings.http.port == 8080 && settings.metrics.port == nil)
        guard case .notice(let words) = try #require(settings.remarks.first) else { throw TestFailure("no notice") }
        #expect(settings.remarks.count == 1 && links.keys.allSatisfy { words.contains($0) }, "\(words)")
    }

    @Test(arguments: [
        ["COURANT_PORT": "8080"], ["COURANT_SERVICE": "x"], ["COURANT_ENV_LOG": "x"], ["COURANT_NAME": "news"],
        ["COURANT_HTTP_PORT": "8O"], ["COURANT_PORT_8080": "x"],
    ])
    func `what only looks like it is told as ever`(_ variables: [String: String]) async throws {
        let environment = SettingsTests.least.reduce(into: variables) { $0[SettingsKeys.variable($1.key)] = $1.value }
        await #expect(throws: SettingsProblems.self) { try await Settings.read(file: nil, environment: environment) }
    }

    // MARK: Files

    private static func problems(_ text: String, in folder: URL? = nil) async throws -> [String] {
        let file = try (folder ?? .temporary()).appending(path: "courant.yaml")
        try Data(text.utf8).write(to: file)
        do {
            _ = try await Settings.read(file: file.path, environment: [:])
            return []
        } catch {
            return error.problems
        }
    }

    static let slips: [(String, says: String)] = [
        (
            "http:\n  port: 1\ncaptcha:\n  secret: hush\nhttp:\n  host: a\n",
            "line 5: http stands there twice, first in line 1"
        ),
        (
            "captcha:\n  secret: hush\n  timeout: 3s\n  timeout: 4s\n",
            "line 4: timeout stands there twice, first in line 3"
        ),
        ("captcha:\n  secret: hush\n   timeout: 3s\n", "line 3: "), ("captcha:\n\tsecret: hush\n", "line 2: "),
        ("captcha: [\nsecret: hush\n", "line 3: "),
        ("captcha: {secret: hush, secret: hush}\n", "line 1: secret stands there twice"),
        ("captcha:\n  secret: \"hush\n", "line "), ("- secret: hush\n", "holds no settings"),
        ("captcha:\n  secret: *hush\n", "line 2: "), ("hush", "holds no settings"),
    ]

    @Test(arguments: slips) func `a slip is told by its line and key, and nothing of the file is repeated`(
        _ text: String, _ says: String
    ) async throws {
        let problems = try await Self.problems(text)
        #expect(problems.count == 1 && problems[0].contains(says), "\(problems)")
        #expect(!"\(problems)".contains("hush") && !"\(problems)".contains("secret:"), "\(problems)")
    }

    @Test func `a file that is absent, a folder or no text is told with its whole path`() async throws {
        let folder = try URL.temporary()
        let binary = folder.appending(path: "binary")
        try Data([0xFF, 0xFE, 0x00]).write(to: binary)
        for (path, says) in [
            (folder.appending(path: "none.yaml").path, "is not there"), (folder.path, "is a directory"),
            (binary.path, "is not text in UTF-8"),
        ] {
            let error = await #expect(throws: SettingsProblems.self) {
                try await Settings.read(file: path, environment: [:])
            }
            #expect(error?.problems == ["\(path) \(says)"])
        }
    }

    @Test func `relative paths begin at the settings file, and at the folder above one called config`() async throws {
        let folder = try URL.temporary()
        for name in ["news", "config"] {
            let own = folder.appending(path: name)
            try FileManager.default.createDirectory(at: own, withIntermediateDirectories: true)
            let file = own.appending(path: "courant.yaml")
            let text = SettingsFileTests.yaml {
                $0["policy.file"] = "texts/../policy.md"; $0["keys.file"] = "/etc/k"
            }
            try Data(text.utf8).write(to: file)
            let (settings, found) = try await Settings.read(file: file.path, environment: [:])
            let home = name == "config" ? folder.path : own.path
            #expect(settings.policyFile == "\(home)/policy.md" && settings.keysFile == "/etc/k")
            #expect(settings.databaseFile == "\(home)/var/courant.db" && settings.templates == "\(home)/templates")
            #expect(found.first { $0.key == "policy.file" }?.value == "\(home)/policy.md")
        }
    }

    // MARK: Who may read them

    private static func file(_ mode: Int, _ text: String = "hush") throws -> String {
        let file = try URL.temporary().appending(path: "file").path
        _ = FileManager.default.createFile(
            atPath: file, contents: Data(text.utf8), attributes: [.posixPermissions: mode])
        return file
    }

    @Test(arguments: [(0o600, false), (0o400, false), (0o644, true), (0o604, true)])
    func `a password's file that others can read is told with what to do`(_ mode: Int, _ isTold: Bool) async throws {
        let file = try Self.file(mode)
        let settings = try await SettingsTests.read(["relay.user": "u", "relay.password-file": file]).0
        let told = Settings.Remark.warning("relay.password-file: \(file) can be read by others: chmod 600 \(file)")
        #expect(settings.remarks == (isTold ? [told] : []))
        let finding = await Doctor(settings).examine().first { $0.subject == "secrets" }
        #expect(finding?.verdict == (isTold ? .wrong : .well) && finding?.words.contains("chmod 600") == isTold)
    }

    @Test(arguments: [(0o644, true), (0o640, false)])
    func `a settings file with a secret in it is told where everybody can read it`(_ mode: Int, _ isTold: Bool)
        async throws
    {
        let text = SettingsFileTests.yaml { $0.merge(SettingsTests.recaptcha) { $1 } }
        let settings = try await Settings.read(file: try Self.file(mode, text), environment: [:]).settings
        #expect(settings.remarks.isEmpty != isTold)
        guard case .warning(let words) = settings.remarks.first else { return }
        #expect(words.contains("captcha.secret") && words.contains("chmod 640") && !words.contains("hush"))
        let plain = try await Settings.read(file: try Self.file(0o644, SettingsFileTests.yaml()), environment: [:])
            .settings
        #expect(plain.remarks == [])
    }

    @Test func `a link counts as the file behind it`() throws {
        let target = try Self.file(0o600)
        let link = try URL.temporary().appending(path: "keys").path
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: target)
        #expect(HostFile(path: link).readers == .nobody)
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: target)
        let real = URL(filePath: target).resolvingSymlinksInPath().path
        #expect(HostFile(path: link).readers == .others("chmod 600 \(real)"))
    }

    @Test func `keys behind a link are read, and rotated where they are`() throws {
        let folder = try URL.temporary()
        let (target, link) = (folder.appending(path: "secret").path, folder.appending(path: "keys").path)
        let made = try KeyFile.open(target, database: "c.db", exists: false)
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: target)
        #expect(try KeyFile.existing(link).check == made.check)
        try KeyFile.replace(link, with: try #require(made.withNextSealingKey()))
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == target)
        #expect(try KeyFile.existing(target).sealingNumbers == [1, 2])
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == ["keys", "secret"])
    }
}
