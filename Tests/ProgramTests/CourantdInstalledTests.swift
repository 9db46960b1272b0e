import CourantTesting
import Foundation
import Testing

/// The program as a package puts it there: what came with it lies beside it, and one's own files over that.
@Suite(.timeLimit(.minutes(20))) struct CourantdInstalledTests {
    /// `PREFIX/bin/courantd` and `PREFIX/share/courant`.
    private static func install(in prefix: URL) throws -> String {
        let (files, share) = (FileManager.default, prefix.appending(path: "share/courant"))
        for folder in [share, prefix.appending(path: "bin")] {
            try files.createDirectory(at: folder, withIntermediateDirectories: true)
        }
        for (from, to) in [
            ("templates", "templates"), ("config/policy.md", "policy.md"), ("config/promises.yaml", "promises.yaml"),
            ("packaging/courant.yaml", "unset.yaml"),
        ] { try files.copyItem(at: .repository.appending(path: from), to: share.appending(path: to)) }
        let program = prefix.appending(path: "bin/courantd")
        try files.copyItem(atPath: Program.built("courantd"), toPath: program.path)
        return program.path
    }

    private static func check(_ program: String, _ settings: String, in home: URL) async throws -> CourantRun {
        try await Program(program, ["config", "check", "--config", settings], in: home).ended()
    }

    @Test
    func `settings that name no templates and no policy are in order, and own templates take the shipped ones' place`()
        async throws
    {
        try await Host.with { host in
            host.set(["templates.directory": nil, "policy.file": nil, "captcha.provider": "proof-of-work"])
            let settings = try host.writeSettings()
            let program = try Self.install(in: host.home.appending(path: "prefix"))
            let check = try await Self.check(program, settings, in: host.home)
            #expect(check.code == 0, "\(check.err)")

            let own = host.home.appending(path: "templates/pages/error.mustache")
            try FileManager.default.createDirectory(
                at: own.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data("{{#status}}".utf8).write(to: own)
            let broken = try await Self.check(program, settings, in: host.home)
            #expect(broken.code == 1 && broken.err.contains("pages/error.mustache:1: {{#status}}"), "\(broken.err)")
            #expect(!broken.err.contains("is missing"), "\(broken.err)")
        }
    }

    @Test(.ofTheFile) func `setup takes the place of the settings that a package has put there, and of no others`()
        async throws
    {
        try await withFolder { home in
            let program = try Self.install(in: home.appending(path: "prefix"))
            let settings = home.appending(path: "etc/courant.yaml")
            try FileManager.default.createDirectory(
                at: settings.deletingLastPathComponent(), withIntermediateDirectories: true)
            let shipped = try String(contentsOf: .repository.appending(path: "packaging/courant.yaml"), encoding: .utf8)
            let line = [
                "setup", "--config", settings.path, "--public-url", "https://news.company.example",
                "--relay-url", "smtp://127.0.0.1:1", "--mail-from", "news@company.example",
                "--organisation-name", "Company", "--organisation-address", "Oslo",
                "--organisation-contact", "privacy@company.example", "--captcha-provider", "proof-of-work",
            ]
            try Data((shipped + "# mine\n").utf8).write(to: settings)
            let mine = try await Program(program, line, in: home).ended()
            #expect(mine.code == 1 && mine.err.contains("is there already"), "\(mine.err)")
            try Data(shipped.utf8).write(to: settings)
            let run = try await Program(program, line, in: home).ended()
            #expect(run.code == 0 && run.err.contains("✗ relay"), "\(run.err)")
            #expect(try String(contentsOf: settings, encoding: .utf8).contains("public-url: \"https://news.company"))
        }
    }
}
