import CourantAPI
import CourantTesting
import Foundation
import Testing

/// Files of people at the terminal: what they are taken for is said, what cannot be known is asked, and nothing else leaves.
struct CourantMovingTests {
    private static let staged = ImportInfo(
        id: "7", list: "news", basis: "consent", state: "reading", rows: 2, duplicates: 0, imported: 2, known: 0,
        blocked: 0,
        pending: 0)

    private static func block(_ state: String, leaving: Int, isMany: Bool) -> BlockInfo {
        BlockInfo(
            id: "7", list: nil, state: state, parts: 0, rows: 1, duplicates: 0, invalid: 0, known: 0, blocked: 1,
            leaving: leaving, population: 20, isMany: isMany)
    }

    private static func replies(
        _ block: BlockInfo = Self.block("reading", leaving: 0, isMany: false), problems: [FieldError] = []
    ) throws -> [String: [CourantStub.Reply]] {
        let (part, done) = (
            try CourantStub.Reply.json(PartInfo(rows: 2, duplicates: 0, problems: problems)),
            try CourantStub.Reply.json(Self.block("done", leaving: block.leaving, isMany: false))
        )
        var over = staged
        over.state = "done"
        return [
            "POST /api/v1/uploads": [try .json(staged)], "PUT /api/v1/uploads/7/parts/1": [part],
            "GET /api/v1/uploads/7": [try .json(staged)], "DELETE /api/v1/uploads/7": [CourantStub.Reply(status: 204)],
            "POST /api/v1/uploads/7/accept": [try .json(over)], "POST /api/v1/blocks": [try .json(block)],
            "PUT /api/v1/blocks/7/parts/1": [part], "GET /api/v1/blocks/7": [try .json(block)],
            "POST /api/v1/blocks/7/accept": [done], "DELETE /api/v1/blocks/7": [CourantStub.Reply(status: 204)],
        ]
    }

    private func run(
        _ line: String, _ sample: String, _ replies: [String: [CourantStub.Reply]]
    ) async throws -> (run: CourantRun, stub: CourantStub, bad: String?) {
        try await withStub(replies) { stub, url in
            try await withFolder { home in
                let from = URL.repository.appending(path: "Tests/Samples/people/\(sample)")
                try FileManager.default.copyItem(at: from, to: home.appendingPathComponent(sample))
                let run = try await courant(line.split(separator: " ").map { String($0) }, at: url, in: home)
                let bad = home.appendingPathComponent(sample + ".bad.csv")
                return (run, stub, try? String(contentsOf: bad, encoding: .utf8))
            }
        }
    }

    private static let asking = "subscriber import mailman.txt --list news --basis consent --source x"

    @Test func `what the file was taken for is said, and only what is wanted leaves`() async throws {
        let name = "subscribed_members_export_4f2a.csv"
        let (run, stub, _) = try await run(
            "subscriber import \(name) --list news --basis consent --source x --yes", name, Self.replies())
        #expect(
            run.code == 0 && run.err.contains("A file of mailchimp") && run.err.contains("18 other columns"),
            "\(run.err)")
        #expect(
            stub.body(of: "PUT /api/v1/uploads/7/parts/1")?.hasPrefix("email,name\nann.lee@example.org,Ann Lee\n")
                == true)
    }

    @Test func `nothing is guessed where nobody can be asked`() async throws {
        let encoding = try await run(
            "subscriber import excel-nb.csv --list news --basis consent --source x", "excel-nb.csv", Self.replies())
        #expect(encoding.run.code == 64 && encoding.run.err.contains("--encoding windows-1252"), "\(encoding.run.err)")
        #expect(encoding.stub.seen.isEmpty)
        let days = "subscriber import mac.csv --list news --basis consent --source x --confirmed --evidence y"
        let either = try await run(days, "mac.csv", Self.replies())
        #expect(either.run.code == 64 && either.run.err.contains("--dates day-first"), "\(either.run.err)")
        let told = try await run(days + " --dates day-first --yes --expect-rows 2", "mac.csv", Self.replies())
        #expect(told.run.code == 0, "\(told.run.err)")
        #expect(told.stub.body(of: "PUT /api/v1/uploads/7/parts/1")?.contains("2024-04-03") == true)
    }

    @Test func `who left is counted, with the command that keeps them from being written to`() async throws {
        let (run, _, _) = try await run(
            "subscriber import keila.csv --list news --basis consent --source x --dry-run", "keila.csv", Self.replies())
        #expect(run.code == 0 && run.err.contains("1 unsubscribed or on a block list"), "\(run.err)")
        #expect(run.err.contains("courant subscriber block keila.csv"), "\(run.err)")
    }

    @Test func `bad lines are left out where that is asked for, and told in a file`() async throws {
        let problem = FieldError(field: "line 3", message: "The name is too \"long\".")
        let (run, _, bad) = try await run(
            Self.asking + " --skip-bad --yes", "mailman.txt", Self.replies(problems: [problem]))
        #expect(run.code == 0 && bad == "line,reason\n2,\"The name is too \"\"long\"\".\"\n", "\(run.err)")
        let clean = try await self.run(Self.asking + " --skip-bad --yes", "mailman.txt", Self.replies())
        #expect(clean.bad == nil)
    }

    @Test func `blocking needs its number, and where many leave that one too`() async throws {
        let name = "unsubscribed_members_export_4f2a.csv"
        let line = "subscriber block \(name) --source x"
        let silent = try await run(line, name, Self.replies())
        #expect(silent.run.code == 2 && silent.run.err.contains("--yes --expect-rows 1"), "\(silent.run.err)")
        #expect(silent.stub.seen.last?.line == "DELETE /api/v1/blocks/7")
        let many = try Self.replies(Self.block("reading", leaving: 15, isMany: true))
        let careless = try await run(line + " --yes --expect-rows 1", name, many)
        #expect(careless.run.code == 2 && careless.run.err.contains("--expect-leaving 15"), "\(careless.run.err)")
        let meant = try await run(line + " --yes --expect-rows 1 --expect-leaving 15", name, many)
        #expect(meant.run.code == 0 && meant.run.out.contains("15"), "\(meant.run.err)")
        #expect(meant.stub.body(of: "POST /api/v1/blocks/7/accept")?.contains("\"expect_leaving\":15") == true)
        let dry = try await run(line + " --dry-run", name, Self.replies())
        #expect(dry.run.code == 0 && dry.stub.seen.last?.line == "DELETE /api/v1/blocks/7", "\(dry.run.err)")
    }

    @Test func `an export that ends too soon leaves no file, and a whole one is its owner's alone`() async throws {
        let leaver = LeaverInfo(
            email: "+ann@example.org", name: "=cmd()", language: "en", state: "active", class: "subscriber",
            basis: "consent",
            source: "form", askedAt: "2026-01-01T00:00:00.000Z", confirmedAt: "2026-01-01T00:00:00.001Z",
            wording: "Yes, please",
            policy: "1", evidence: "form", lastContact: "2026-01-01T00:00:00.000Z")
        let line = String(decoding: try JSON.encode(leaver), as: UTF8.self)
        for (end, isWhole) in [
            ("", false), (#"{"mark":"end","people":2}"#, false), (#"{"mark":"end","people":1}"#, true),
        ] {
            let body = #"{"mark":"begin","people":1}"# + "\n\(line)\n\(end)\n"
            let list = Sample.list
            let replies = [
                "GET /api/v1/lists/news": [try CourantStub.Reply.json(list)],
                "POST /api/v1/lists/news/export": [CourantStub.Reply(body: body)],
            ]
            try await withStub(replies) { _, url in
                try await withFolder { home in
                    let run = try await courant(
                        ["list", "export", "news", "--out", "people.csv", "--yes"], at: url, in: home)
                    let path = home.appendingPathComponent("people.csv").path
                    #expect(run.code == (isWhole ? 0 : 1), "\(run.err)")
                    #expect(FileManager.default.fileExists(atPath: path) == isWhole)
                    #expect(!FileManager.default.fileExists(atPath: path + ".part"))
                    guard isWhole else { return }
                    let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
                    let text = try String(contentsOfFile: path, encoding: .utf8)
                    #expect(mode == 0o600 && text.contains("'+ann@example.org,'=cmd(),,en,active"))
                    let again = try await courant(
                        ["list", "export", "news", "--out", "people.csv", "--yes"], at: url, in: home)
                    #expect(again.code == 1 && again.err.contains("there already"))
                }
            }
        }
    }
}

@Suite(.timeLimit(.minutes(20))) struct CourantdMovingTests {
    @Test func `what list export writes, import takes back, and block takes out`() async throws {
        try await Host.with { host in
            try await host.serve()
            try await host.furnish()
            try await host.subscribe("zoe@example.org", name: "Zoë Quux")
            func run(_ line: String) async throws -> CourantRun {
                try await ProgramTests.courant(line.split(separator: " ").map { String($0) }, at: nil, in: host.home)
            }
            let out = try await run("list export news --out people.csv --yes")
            #expect(out.code == 0, "\(out.err)")
            #expect(try await run("list create second --title Second").code == 0)
            let line =
                "subscriber import people.csv --list second --basis consent --source moved --confirmed --evidence moved"
            let dry = try await run(line + " --dry-run")
            #expect(dry.code == 0 && dry.err.contains("A file of courant"), "\(dry.err)")
            let moved = try await run(line + " --yes --expect-rows 1")
            #expect(moved.code == 0 && moved.out.contains("1 with the consent"), "\(moved.err) \(moved.out)")
            let consents = try await run("consent show zoe@example.org --json")
            let shown: ConsentsInfo = try JSON.decode(from: Data(consents.out.utf8))
            #expect(shown.consents.count == 2 && shown.consents[0].confirmedAt == shown.consents[1].confirmedAt)
            #expect(shown.consents.count { $0.evidence != nil } == 1)
            let blocked = try await run("subscriber block people.csv --source moved --yes --expect-rows 1")
            #expect(blocked.code == 0 && blocked.out.contains("2 subscriptions"), "\(blocked.err) \(blocked.out)")
            #expect(try await run("subscriber find zoe@example.org").out.contains("Never to be written to again"))
            let trail = try await host.courant("audit", "tail")
            for words in ["list.export", "subscriber.import", "subscriber.block"] { #expect(trail.out.contains(words)) }
            ByteSearch("log", host.log).expectNothing(of: ["zoe@example.org", "Quux"])
        }
    }
}
