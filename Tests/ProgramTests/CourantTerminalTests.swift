import CourantAPI
import Foundation
import HTTPTypes
import Testing

/// What a person sees, and is asked.
struct CourantTerminalTests {
    private static let question = "anything else to stop: "

    private func withTerminal(
        _ line: String, _ others: [String: [CourantStub.Reply]] = [:], environment: [String: String] = [:],
        _ body: @escaping @Sendable (CourantTerminal, CourantStub) async throws -> Void
    ) async throws {
        try await withStub(service(others)) { stub, url in
            try await withFolder { home in
                try Data(Sample.file.utf8).write(to: home.appendingPathComponent("spring.md"))
                let arguments = line.split(separator: " ").map(String.init)
                try await body(CourantTerminal(arguments, at: url, home: home, environment: environment), stub)
            }
        }
    }

    @Test(arguments: ["1200", "1,200", "1 200", " 1200 "]) func `who types the number sends`(_ typed: String)
        async throws
    {
        try await withTerminal("send spring.md --list news") { terminal, stub in
            let summary = await terminal.shows(Self.question)
            #expect(summary.contains("\u{1B}[1m1,200 recipients") && summary.contains("https://news.acme.example"))
            #expect(!stub.seen.contains { $0.line.hasSuffix("/send") })
            terminal.types(typed + "\n")
            let (screen, code) = await terminal.end()
            #expect(code == 0)
            #expect(screen.contains("━") && screen.contains(" 50 %") && screen.contains("100 %"))
            #expect(screen.contains("Sent to 1,200 recipients"))
        }
    }

    @Test(arguments: ["y\n", "yes\n", "\n", "1201\n", "news\n", "\u{4}"])
    func `anything else sends nothing`(_ typed: String) async throws {
        try await withTerminal("send spring.md --list news") { terminal, stub in
            _ = await terminal.shows(Self.question)
            terminal.types(typed)
            let (screen, code) = await terminal.end()
            #expect(code == 2 && screen.contains("Nothing was sent"))
            #expect(!stub.seen.contains { $0.line.hasSuffix("/send") })
        }
    }

    @Test func `who replaces a scheduled text and then stops hears that it is not scheduled any more`() async throws {
        var scheduled = Sample.campaign("scheduled")
        (scheduled.file, scheduled.content) = ("spring.md", "other")
        let all = try CourantStub.Reply.json(CampaignsInfo(campaigns: [scheduled]))
        try await withTerminal("send spring.md --list news --replace", ["GET /api/v1/campaigns": [all]]) {
            terminal, _ in
            _ = await terminal.shows(Self.question)
            terminal.types("n\n")
            let (screen, code) = await terminal.end()
            #expect(code == 2 && screen.contains("It was scheduled for ") && screen.contains("until you send it"))
        }
    }

    @Test func `one recipient less with the same content is not asked again`() async throws {
        let others: [String: [CourantStub.Reply]] = [
            "POST /api/v1/campaigns/42/plan": [try .json(Sample.plan()), try .json(Sample.plan(1199))],
            "POST /api/v1/campaigns/42/send": [
                try .problem("recipients-changed", 409), try .json(Sample.campaign("sending")),
            ],
        ]
        try await withTerminal("campaign send 42", others) { terminal, stub in
            _ = await terminal.shows(Self.question)
            terminal.types("1200\n")
            #expect(await terminal.end().code == 0)
            #expect(stub.body(of: "POST /api/v1/campaigns/42/send")?.contains(#""expect_recipients":1199"#) == true)
        }
    }

    @Test(arguments: [Sample.plan(2400), Sample.plan(1199, digest: "d2")])
    func `another audience or content is asked again`(_ changed: PlanInfo) async throws {
        let others: [String: [CourantStub.Reply]] = [
            "POST /api/v1/campaigns/42/plan": [try .json(Sample.plan()), try .json(changed)],
            "POST /api/v1/campaigns/42/send": [try .problem("recipients-changed", 409)],
        ]
        try await withTerminal("campaign send 42", others) { terminal, stub in
            _ = await terminal.shows(Self.question)
            terminal.types("1200\n")
            #expect(await terminal.shows(Self.question).contains("Meanwhile it has changed"))
            terminal.types("1200\n")
            #expect(await terminal.end().code == 2)
            #expect(stub.seen.filter { $0.line.hasSuffix("/send") }.count == 1)
        }
    }

    @Test func `the token is not shown`() async throws {
        try await withStub(service()) { stub, url in
            try await withFolder { home in
                let terminal = try CourantTerminal(["login", url], at: nil, home: home)
                _ = await terminal.shows("(not shown): ")
                terminal.types("wrong\u{15}sekrets\u{7F}\r")
                let (screen, code) = await terminal.end()
                #expect(code == 0 && !screen.contains("sekret") && screen.contains("Signed in"))
                #expect(stub.seen.last?.headers.contains { $0.value == "Bearer sekret" } == true)
            }
        }
    }

    @Test func `an interrupt at the token keeps nothing`() async throws {
        try await withStub(service()) { stub, url in
            try await withFolder { home in
                let terminal = try CourantTerminal(["login", url], at: nil, home: home)
                _ = await terminal.shows("(not shown): ")
                terminal.types("sek\u{3}")
                #expect(await terminal.end().code == 130)
                #expect(stub.seen.isEmpty)
            }
        }
    }

    @Test func `a send that is interrupted while it counts down is none`() async throws {
        try await withTerminal("campaign send 42 --grace 1h") { terminal, _ in
            #expect(await terminal.end().code == 64)
        }
        try await withTerminal("campaign send 42 --grace 60m") { terminal, stub in
            _ = await terminal.shows("anything else to stop: ")
            terminal.types("1200\n")
            #expect(await terminal.shows("Ctrl-C stops it").contains("It begins in 3600 s"))
            terminal.interrupts()
            let (screen, code) = await terminal.end()
            #expect(code == 130 && screen.contains("Nothing was sent. The draft stays"), "\(screen)")
            #expect(!stub.seen.contains { $0.line.hasSuffix("/send") })
        }
    }

    @Test func `closing a list takes its name`() async throws {
        try await withTerminal("list close news") { terminal, stub in
            #expect(await terminal.shows("to close it: ").contains("12,431 subscribers"))
            terminal.types("y\n")
            #expect(await terminal.end().code == 2)
            #expect(!stub.seen.contains { $0.line.hasSuffix("/close") })
        }
    }

    @Test(arguments: [("y\n", Int32(0)), ("n\n", 2), ("\n", 2)])
    func `cancelling asks`(_ typed: String, _ code: Int32) async throws {
        try await withTerminal("campaign cancel 42") { terminal, stub in
            _ = await terminal.shows("[y/N] ")
            terminal.types(typed)
            #expect(await terminal.end().code == code)
            #expect(stub.seen.contains { $0.line.hasSuffix("/cancel") } == (code == 0))
        }
    }

    @Test(arguments: [["NO_COLOR": "1"], ["TERM": "dumb"]])
    func `colour can be declined`(_ environment: [String: String]) async throws {
        try await withTerminal("campaign ls", environment: environment) { terminal, _ in
            let screen = await terminal.end().screen
            #expect(screen.contains("Spring") && !screen.contains("\u{1B}"))
        }
    }

    @Test func `a terminal gets colour unless told otherwise`() async throws {
        try await withTerminal("campaign ls") { terminal, _ in
            #expect(await terminal.end().screen.contains("\u{1B}[32msent"))
        }
        try await withTerminal("campaign ls --no-color") { terminal, _ in
            let screen = await terminal.end().screen
            #expect(!screen.contains("\u{1B}"))
        }
    }

    @Test func `no line is wider than the terminal, and ASCII draws the bar where nothing else can`() async throws {
        let many = Sample.progress(12_345_678, accepted: 6_000_000, deferred: 123_456, refused: 12_345, inDoubt: 123)
        let events = try CourantStub.Reply.events(Sample.campaign("sending", many), Sample.sent)
        let others = ["GET /api/v1/campaigns/42/events": [events]]
        try await withTerminal("campaign status 42 --follow", others, environment: ["LANG": "C"]) { terminal, _ in
            let (screen, code) = await terminal.end()
            #expect(code == 0 && screen.contains("###") && screen.contains("---"))
            let plain = screen.replacing(/\u{1B}\[[0-9;]*[A-Za-z]/, with: "")
            #expect(plain.split(whereSeparator: \.isNewline).allSatisfy { $0.count <= 80 })
        }
    }
}
