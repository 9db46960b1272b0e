import CourantTesting
import Foundation
import Mailbox
import Outbound
import Testing

/// The README's lines for production, word for word: what it says is what works.
@Suite(.serialized, .timeLimit(.minutes(20))) struct CourantdReadmeTests {
    /// The lines of the code block that holds these words.
    static func block(with words: String) throws -> String {
        let readme = try String(contentsOf: .repository.appending(path: "README.md"), encoding: .utf8)
        let blocks = readme.components(separatedBy: "\n```").enumerated().filter { $0.offset % 2 == 1 }.map(\.element)
        let found = try #require(blocks.first { $0.contains(words) }, "the README has no block with \(words)")
        return String(found.drop { $0 != "\n" }.dropFirst())
    }

    /// A machine with the programs in its path, the source at `~/courant`, an editor that writes a company's own values into
    /// a settings file, and an empty directory.
    private struct Machine {
        let home: URL
        let site: URL

        init(_ home: URL, edits: [(String, String)]) throws {
            (self.home, site) = (home, home.appending(path: "srv"))
            let (files, bin) = (FileManager.default, home.appending(path: "bin"))
            for folder in [site, bin] { try files.createDirectory(at: folder, withIntermediateDirectories: true) }
            try files.createSymbolicLink(at: home.appending(path: "courant"), withDestinationURL: .repository)
            for name in ["courantd", "courant"] {
                try files.createSymbolicLink(
                    atPath: bin.appending(path: name).path, withDestinationPath: Program.built(name))
            }
            let script = edits.map { "s|\($0.0)|\($0.1)|" }.joined(separator: "\n")
            try Data(script.utf8).write(to: home.appending(path: "edits"))
            let editor = bin.appending(path: "editor").path
            _ = files.createFile(
                atPath: editor, contents: Data("#!/bin/sh\nsed -i -f \"$HOME/edits\" \"$1\"\n".utf8),
                attributes: [.posixPermissions: 0o755])
        }

        func start(_ line: String, in folder: URL? = nil) throws -> Program {
            let path = "\(home.path)/bin:\(ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin")"
            return try Program(
                "/bin/sh", ["-c", "umask 027\n\(line)"], in: home, environment: ["PATH": path],
                workingDirectory: folder ?? site)
        }

        func run(_ line: String, in folder: URL? = nil) async throws -> CourantRun {
            try await start(line, in: folder).ended()
        }
    }

    private static func edits(port: Int, relay: Int, captcha: String) -> [(String, String)] {
        [
            ("https://news.example.org", "https://news.company.example"), ("port: 8080", "port: \(port)"),
            ("smtp://relay.example.org:587", "smtp://127.0.0.1:\(relay)"), ("tls: required", "tls: \"off\""),
            ("@example.org", "@company.example"), ("name: Example AS", "name: Company AS"),
            ("Storgata 1, 0155 Oslo, Norway", "Lillegata 2, 0155 Oslo, Norway"), ("YOUR-SITE-KEY", "key"),
            ("YOUR-SECRET", "hush"), ("  # verify-url: .*", "  verify-url: \(captcha)"),
        ]
    }

    private static func port(in log: String) -> Int? {
        log.firstMatch(of: /"event":"serving".*"port":"([0-9]+)"/).flatMap { Int($0.1) }
    }

    @Test(.ofTheFile) func `the lines for production work in an empty directory, with what comes with Courant`()
        async throws
    {
        let mailbox = Mailbox()
        let relay = try await SMTPServer.start { mailbox.keep($0) }
        let captcha = try await CaptchaStub { response in
            let now = Date.now.formatted(.iso8601)
            return (
                200,
                #"{"success":\#(response == "solved"),"hostname":"news.company.example","challenge_ts":"\#(now)"}"#
            )
        }
        try await withFolder { home in
            let machine = try Machine(
                home, edits: Self.edits(port: Socket.freePort(), relay: relay.port, captcha: captcha.verifyURL))
            let (service, token) = try await install(machine)
            let served = try #require(Self.port(in: service.saidOut), "\(service.saidOut)\(service.saidErr)")
            try await use("http://127.0.0.1:\(served)", token, machine, mailbox)
            service.signal(SIGTERM)
            #expect(try await service.ended().code == 0)
        }
        await relay.stop()
    }

    /// "In earnest", line by line; the last one goes on running.
    private func install(_ machine: Machine) async throws -> (service: Program, token: String) {
        let lines = try Self.block(with: "courantd config check").split(separator: "\n").map(String.init)
        var token = ""
        for line in lines.dropLast() {
            if line.hasPrefix("editor ") { try await expectRefusal(machine) }
            let run = try await machine.run(line)
            #expect(run.code == 0, "\(line): \(run.err)")
            if line.contains("staff add") { token = run.out }
            if line.contains("config check") { #expect(run.out == "The settings are in order.\n" && run.err == "") }
        }
        #expect(token.hasPrefix("courant."))
        let service = try machine.start("exec \(try #require(lines.last))")
        try await eventually("it serves, with nothing but its own settings and promises") {
            guard service.code == nil else { throw TestFailure(service.saidErr + service.saidOut) }
            return Self.port(in: service.saidOut) != nil
        }
        return (service, token)
    }

    /// As it comes it is refused, each value by name.
    private func expectRefusal(_ machine: Machine) async throws {
        for line in ["courantd config check", "courantd serve"] {
            let run = try await machine.run(line)
            #expect(
                run.code == 1 && run.out == "" && run.err.contains("9 settings are still the example's"), "\(run.err)")
            for key in ["http.public-url", "relay.url", "mail.from", "organisation.name", "captcha.secret"] {
                #expect(run.err.contains("- \(key) ("), "\(key) is not in: \(run.err)")
            }
        }
        #expect(!FileManager.default.fileExists(atPath: machine.site.appending(path: "var").path))
    }

    /// "Sending": login and list, and then somebody signs up.
    private func use(_ url: String, _ token: String, _ machine: Machine, _ mailbox: Mailbox) async throws {
        let http = HTTPClient()
        let empty = try await http.send(HTTPRequest(.get, url + "/"))
        #expect(empty.status == 200 && empty.text.contains("There is no newsletter") && !empty.text.contains("<form"))
        let block = try Self.block(with: "courant login")
        #expect(block.contains("courant login $COURANT_URL ") && block.contains("courant list create news"))
        let login = try CourantTerminal(["login", url], at: nil, home: machine.home)
        _ = await login.shows("Token for")
        login.types(token)
        #expect(await login.end().code == 0)
        let create = try #require(block.split(separator: "\n").first { $0.contains("list create") })
        let made = try await machine.run("export COURANT_URL=\(url)\n\(create)")
        #expect(made.code == 0, "\(made.err)")
        let form = [HTTPHeader("Content-Type", "application/x-www-form-urlencoded")]
        let wrong = try await http.send(
            HTTPRequest(.post, url + "/subscribe", headers: form, body: Array("email=ann%40example.org".utf8)))
        #expect(wrong.status == 422 && wrong.text.contains("<form"))
        let right = try await http.send(
            HTTPRequest(
                .post, url + "/subscribe", headers: form,
                body: Array("email=ann%40example.org&g-recaptcha-response=solved".utf8)))
        #expect(right.status == 303)
        try await eventually("the confirm mail comes") { !mailbox.entries.isEmpty }
        try await expectTheSameFromElsewhere(machine)
    }

    /// Paths begin at the settings file, wherever a command is run.
    private func expectTheSameFromElsewhere(_ machine: Machine) async throws {
        let settings = machine.site.appending(path: "config/courant.yaml").path
        let check = try await machine.run("courantd config check --config \(settings)", in: URL(filePath: "/"))
        #expect(check.code == 0, "\(check.err)")
        let staff = try await machine.run("courantd staff ls --config \(settings)", in: URL(filePath: "/"))
        #expect(staff.code == 0 && staff.out.hasPrefix("Eva\tadmin"), "\(staff.err)")
        let promises = try await machine.run("courantd promises --config \(settings)", in: URL(filePath: "/"))
        #expect(promises.code == 0, "\(promises.out)")
    }
}
