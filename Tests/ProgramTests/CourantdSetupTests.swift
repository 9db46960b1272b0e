import CourantTesting
import Foundation
import Mailbox
import Testing

/// The first start, at a terminal and by a script.
@Suite(.timeLimit(.minutes(20))) struct CourantdSetupTests {
    /// A directory as the manual has it, and a relay that takes everything.
    private static func withPlace(_ body: (URL, SMTPServer) async throws -> Void) async throws {
        let mailbox = Mailbox()
        let relay = try await SMTPServer.start { mailbox.keep($0) }
        try await withFolder { home in
            for folder in ["templates", "config/policy.md", "config/promises.yaml"] {
                let place = home.appending(path: folder)
                try FileManager.default.createDirectory(
                    at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
                try FileManager.default.copyItem(at: .repository.appending(path: folder), to: place)
            }
            try await body(home, relay)
        }
        await relay.stop()
    }

    private static func setup(_ home: URL, _ arguments: [String]) async throws -> CourantRun {
        try await Program(Program.built("courantd"), ["setup"] + arguments, in: home).ended()
    }

    private static func options(_ relay: SMTPServer) -> [String] {
        [
            "--public-url", "https://news.company.example", "--relay-url", "smtp://127.0.0.1:\(relay.port)",
            "--mail-from", "Company News <news@company.example>", "--organisation-name", "Company \"No: 1\"",
            "--organisation-address", "Storgatan 1, Lund", "--organisation-contact", "privacy@company.example",
            "--captcha-provider", "proof-of-work",
        ]
    }

    private static func mode(_ home: URL, _ name: String) throws -> Int? {
        let facts = try FileManager.default.attributesOfItem(atPath: home.appending(path: name).path)
        return (facts[.posixPermissions] as? NSNumber)?.intValue
    }

    @Test(.ofTheFile) func `with everything said by options it serves, lets its first login in, and is written once`()
        async throws
    {
        try await Self.withPlace { home, relay in
            let run = try await Self.setup(home, Self.options(relay) + ["--list", "letters", "--admin", "Eva"])
            #expect(run.code == 0 && run.out.firstMatch(of: /^courant\.\S+\n$/) != nil, "\(run.err)")
            for words in ["The list letters is there", "courantd serve", "courant login https://news.company.example"] {
                #expect(run.err.contains(words), "\(words) is not in: \(run.err)")
            }
            #expect(try Self.mode(home, "config/courant.yaml") == 0o600)
            let check = try await Program(Program.built("courantd"), ["config", "print"], in: home).ended()
            #expect(check.code == 0 && check.out.contains("organisation.name: Company \"No: 1\"\n"), "\(check.err)")
            let staff = try await Program(Program.built("courantd"), ["staff", "ls"], in: home).ended()
            #expect(staff.out.hasPrefix("Eva\tadmin"), "\(staff.err)")

            let before = try Data(contentsOf: home.appending(path: "config/courant.yaml"))
            let again = try await Self.setup(home, Self.options(relay))
            #expect(again.code == 1 && again.err.contains("is there already") && again.err.contains("--force"))
            #expect(try Data(contentsOf: home.appending(path: "config/courant.yaml")) == before)
            let forced = try await Self.setup(home, Self.options(relay) + ["--force", "--list", "letters"])
            #expect(forced.code == 0 && forced.err.contains("There is a list letters already"), "\(forced.err)")
        }
    }

    @Test func `what is missing or wrong is listed, and nothing is written`() async throws {
        try await Self.withPlace { home, relay in
            let missing = try await Self.setup(home, ["--mail-from", "news@company.example"])
            #expect(missing.code == 64 && missing.err.contains("say --public-url, --relay-url, --organisation-name"))
            let wrong = try await Self.setup(home, Self.options(relay) + ["--public-url", "http://news.example.org"])
            #expect(wrong.code == 1 && wrong.err.contains("http.public-url"), "\(wrong.err)")
            let example = try await Self.setup(home, Self.options(relay) + ["--mail-from", "news@example.org"])
            #expect(example.code == 1 && example.err.contains("mail.from"), "\(example.err)")
            let files = try FileManager.default.contentsOfDirectory(atPath: home.appending(path: "config").path)
            #expect(files.sorted() == ["policy.md", "promises.yaml"])
        }
    }

    @Test(.ofTheFile) func `at a terminal it asks, asks again, and keeps secrets in files of their own`() async throws {
        try await Self.withPlace { home, relay in
            let terminal = try CourantTerminal(
                Program.built("courantd"), ["setup"],
                environment: CourantRun.environment(
                    nil, home: home, ["COURANT_CAPTCHA_VERIFY_URL": "http://127.0.0.1:1/"]),
                workingDirectory: home)
            let typed = Typed([
                ("The address that people", ["news.company.example", "https://news.company.example"]),
                ("The SMTP server", ["smtp://127.0.0.1:\(relay.port)"]), ("Your login", ["news"]),
                ("Its password", ["hush relay"]), ("Who newsletters", ["News <news@company.example>"]),
                ("The name of", ["Company AB"]), ("Its postal", ["Storgatan 1"]),
                ("The mail address that answers", ["nobody", "privacy@company.example"]),
                ("The data protection authority", ["Integritetsskyddsmyndigheten"]),
                ("Who keeps robots", ["turnstile"]), ("The provider's public", ["site"]),
                ("Its secret", ["hush captcha"]),
            ])
            let (screen, code) = await terminal.end { typed.answer($0) }
            #expect(code == 0 && !screen.contains("hush"), "\(screen)")
            let written = try String(contentsOf: home.appending(path: "config/courant.yaml"), encoding: .utf8)
            #expect(
                written.contains("authority: \"Integritetsskyddsmyndigheten\"")
                    && written.contains("all-per-minute: \"1200\""))
            #expect(screen.contains("is not an https:// address") && screen.contains("is not a mail address"))
            for (name, secret) in [("relay-password", "hush relay\n"), ("captcha-secret", "hush captcha\n")] {
                let file = home.appending(path: "config/\(name)")
                #expect(try String(contentsOf: file, encoding: .utf8) == secret)
                #expect(try Self.mode(home, "config/\(name)") == 0o600)
            }
        }
    }

    @Test func `an interrupt at a question leaves nothing behind`() async throws {
        try await Self.withPlace { home, _ in
            let terminal = try CourantTerminal(
                Program.built("courantd"), ["setup"], environment: CourantRun.environment(nil, home: home, [:]),
                workingDirectory: home)
            _ = await terminal.shows("The address that people")
            terminal.types("\u{4}")
            let (screen, code) = await terminal.end()
            #expect(code == 1 && screen.contains("were not written"), "\(screen)")
            #expect(!FileManager.default.fileExists(atPath: home.appending(path: "config/courant.yaml").path))
        }
    }
}

/// What a person types, question by question; where there are several answers, one after the other.
private final class Typed {
    private var answers: [(question: String, answers: [String])]

    init(_ answers: [(String, [String])]) { self.answers = answers.map { ($0.0, $0.1) } }

    func answer(_ screen: String) -> String? {
        guard screen.hasSuffix(": "),
            let place = answers.firstIndex(where: { screen.contains($0.question) && !$0.answers.isEmpty })
        else { return nil }
        return answers[place].answers.removeFirst()
    }
}
