import CourantAPI
import Foundation
import Testing

struct CourantSendTests {
    private static let line = ["send", "-", "--list", "news", "--yes", "--expect-recipients", "1200"]

    @Test func `a file goes through lint, plan and send to its end`() async throws {
        try await withStub(service()) { stub, url in
            let run = try await courant(Self.line, at: url, stdin: Sample.file)
            #expect(run.code == 0 && run.out == "")
            #expect(
                stub.seen.map(\.line) == [
                    "POST /api/v1/campaigns/lint", "POST /api/v1/campaigns", "GET /api/v1/campaigns/42",
                    "GET /api/v1/whoami", "POST /api/v1/campaigns/42/plan",
                    "POST /api/v1/campaigns/42/send", "GET /api/v1/campaigns/42/events",
                ])
            for text in [
                "Acme <news@acme.example>", "1,200 recipients", "https://news.acme.example, as Kari", "Spring",
            ] {
                #expect(run.err.contains(text))
            }
            #expect(run.err.contains("sending 600 of 1,200: accepted 600 · waiting 600\nsent 1,200 of 1,200"))
        }
    }

    @Test func `after its grace it goes out as it was agreed to`() async throws {
        try await withStub(service()) { stub, url in
            let run = try await courant(Self.line + ["--grace", "1s"], at: url, stdin: Sample.file)
            #expect(run.code == 0 && run.err.contains("It begins in 1 second; Ctrl-C stops it."), "\(run.err)")
            #expect(stub.seen.contains { $0.line == "POST /api/v1/campaigns/42/send" })
            let later = try await courant(
                Self.line + ["--grace", "1s", "--at", "tomorrow 09:00"], at: url, stdin: Sample.file)
            #expect(later.code == 64 && later.err.contains("--grace is for what begins now"), "\(later.err)")
        }
    }

    @Test func `a test goes to one address, and to nobody else`() async throws {
        let line = ["send", "-", "--list", "news", "--test", "me@example.org"]
        try await withStub(service()) { stub, url in
            let run = try await courant(line, at: url, stdin: Sample.file)
            #expect(run.code == 0 && run.err.contains("The relay has the test for me@example.org"), "\(run.err)")
            #expect(stub.seen.last?.line == "POST /api/v1/campaigns/42/test")
            let both = try await courant(line + ["--yes", "--expect-recipients", "2"], at: url, stdin: Sample.file)
            #expect(both.code == 64 && both.err.contains("--test sends the test mail alone"), "\(both.err)")
        }
    }

    private static let answers: [(TestInfo, Int32)] = [
        (TestInfo(state: "refused", reason: "550 5.1.1 at MAIL: our sender address is not accepted."), 1),
        (TestInfo(state: "waiting", reason: "The relay cannot be reached."), 1), (TestInfo(state: "waiting"), 0),
    ]

    @Test(arguments: answers)
    func `a test's command says what the relay said`(_ answer: TestInfo, _ code: Int32) async throws {
        let replies = try ["POST /api/v1/campaigns/42/test": [CourantStub.Reply.json(answer, status: 202)]]
        try await withStub(replies) { _, url in
            let run = try await courant(["campaign", "test", "42", "--to", "me@example.org"], at: url)
            #expect(run.code == code && run.err.contains(answer.reason ?? "has not answered yet"), "\(run.err)")
        }
    }

    @Test func `what was shown is what is sent, and the same again is the same`() async throws {
        try await withStub(service()) { stub, url in
            _ = try await courant(Self.line, at: url, stdin: Sample.file)
            let body = try #require(stub.body(of: "POST /api/v1/campaigns/42/send"))
            #expect(try JSON.decode(Send.self, from: Data(body.utf8)) == Send(digest: "d1", expectRecipients: 1200))
            let keys = ["POST /api/v1/campaigns", "POST /api/v1/campaigns/42/send"].map { stub.key(of: $0) }
            _ = try await courant(Self.line, at: url, stdin: Sample.file)
            #expect(keys == ["POST /api/v1/campaigns", "POST /api/v1/campaigns/42/send"].map { stub.key(of: $0) })
            #expect(!keys.contains(nil))
            _ = try await courant(Self.line + ["--again"], at: url, stdin: Sample.file)
            #expect(stub.key(of: "POST /api/v1/campaigns") != keys[0])
        }
    }

    @Test(arguments: ["sending", "scheduled", "sent", "paused", "cancelled"])
    func `a file that has gone out does not go out twice`(_ state: String) async throws {
        let old = try CourantStub.Reply.json(Sample.campaign(state))
        try await withStub(service(["GET /api/v1/campaigns/42": [old]])) { stub, url in
            let run = try await courant(Self.line, at: url, stdin: Sample.file)
            #expect(run.code == 2 && run.err.contains("already campaign 42") && run.err.contains("--again"))
            let byID = "campaign send 42 --yes --expect-recipients 1200".split(separator: " ").map(String.init)
            #expect(try await courant(byID, at: url).code == 2)
            #expect(!stub.seen.contains { $0.line.hasSuffix("/send") })
        }
    }

    /// Sends `spring.md` where the service has one campaign.
    private func sendFile(
        knowing campaign: CampaignInfo, _ more: [String] = []
    ) async throws -> (run: CourantRun, seen: [String]) {
        let all = try CourantStub.Reply.json(CampaignsInfo(campaigns: [campaign]))
        return try await withStub(service(["GET /api/v1/campaigns": [all]])) { stub, url in
            let run = try await withFolder { home in
                try Data(Sample.file.utf8).write(to: home.appendingPathComponent("spring.md"))
                let line = ["send", "spring.md"] + Self.line.dropFirst(2) + more
                return try await courant(line, at: url, in: home)
            }
            return (run, stub.seen.map(\.line))
        }
    }

    private static func known(_ state: String, _ content: String, by name: String? = "Bo") -> CampaignInfo {
        var campaign = Sample.campaign(state)
        (campaign.file, campaign.content, campaign.createdBy) = ("spring.md", content, name)
        return campaign
    }

    private static let edit = "PATCH /api/v1/campaigns/42"
    private static let create = "POST /api/v1/campaigns"

    @Test(arguments: ["scheduled", "approved", "planned"])
    func `a file that is another campaign's text by now replaces it only when told to`(_ state: String) async throws {
        let (run, seen) = try await sendFile(knowing: Self.known(state, "other"))
        #expect(run.code == 2 && run.err.contains("spring.md is campaign 42") && run.err.contains("--replace"))
        #expect(!seen.contains(Self.edit) && !seen.contains(Self.create))
        let (replaced, then) = try await sendFile(knowing: Self.known(state, "other"), ["--replace"])
        #expect(replaced.code == 0 && then.contains(Self.edit) && !then.contains(Self.create), "\(replaced.err)")
        let (again, afresh) = try await sendFile(knowing: Self.known(state, "other"), ["--again"])
        #expect(again.code == 0 && !afresh.contains(Self.edit) && afresh.contains(Self.create))
    }

    @Test func `one's own draft is replaced without a question, and what has begun is another campaign`() async throws {
        let (_, seen) = try await sendFile(knowing: Self.known("planned", "other", by: "Kari"))
        #expect(seen.contains(Self.edit) && !seen.contains(Self.create))
        for state in ["sending", "sent", "paused", "cancelled"] {
            let (_, seen) = try await sendFile(knowing: Self.known(state, "other"))
            #expect(!seen.contains(Self.edit) && seen.contains(Self.create))
        }
    }

    @Test func `the same text is the same campaign, from whichever desk`() async throws {
        let (run, seen) = try await sendFile(knowing: Self.known("scheduled", ContentName.of(Sample.file)))
        #expect(!seen.contains(Self.edit) && !seen.contains(Self.create) && run.code == 0)
    }

    @Test(arguments: [
        ("POST /api/v1/campaigns/lint", "lint"), ("POST /api/v1/campaigns/42/plan", "count"),
        ("POST /api/v1/campaigns/42/plan", "nobody"), ("POST /api/v1/campaigns/42/plan", "findings"),
    ])
    func `a guard on this side stops it`(_ route: String, _ guarded: String) async throws {
        let reply: CourantStub.Reply =
            switch guarded {
            case "lint": try .json(LintInfo(findings: [Sample.error]))
            case "count": try .json(Sample.plan(1199))
            case "nobody": try .json(Sample.plan(0))
            default: try .json(Sample.plan(findings: [Sample.error]))
            }
        try await withStub(service([route: [reply]])) { stub, url in
            let run = try await courant(Self.line, at: url, stdin: Sample.file)
            #expect(run.code == 2 && run.err.contains("Nothing was sent"))
            #expect(!stub.seen.contains { $0.line.hasSuffix("/send") })
        }
    }

    @Test func `another digest than the named one stops it`() async throws {
        try await withStub(service()) { stub, url in
            let line = "campaign send 42 --digest d0 --yes --expect-recipients 1200"
            let run = try await courant(line.split(separator: " ").map(String.init), at: url)
            #expect(run.code == 2 && !stub.seen.contains { $0.line.hasSuffix("/send") })
        }
    }

    @Test func `yes alone is not enough`() async throws {
        try await withStub(service()) { stub, url in
            let run = try await courant(["send", "-", "--yes"], at: url, stdin: Sample.file)
            #expect(run.code == 2 && run.err.contains("--expect-recipients N") && stub.seen.isEmpty)
        }
    }

    @Test func `a lost answer leaves no doubt about what to do`() async throws {
        let lost = CourantStub.Reply(status: 502, body: "<html>")
        try await withStub(service(["POST /api/v1/campaigns/42/send": [lost]])) { _, url in
            let run = try await courant(Self.line, at: url, stdin: Sample.file)
            #expect(run.code == 1 && run.err.contains("is open") && run.err.contains("courant campaign status 42"))
        }
    }

    @Test func `whoever must approve is told how`() async throws {
        let approval = try CourantStub.Reply.problem("approval", 409, title: "Two people must agree")
        try await withStub(service(["POST /api/v1/campaigns/42/send": [approval]])) { _, url in
            let run = try await courant(Self.line, at: url, stdin: Sample.file)
            #expect(run.code == 2 && run.err.contains("courant campaign approve 42 --digest d1"))
        }
    }

    @Test func `a scheduled campaign is left alone`() async throws {
        let scheduled = try CourantStub.Reply.json(Sample.campaign("scheduled"))
        try await withStub(service(["POST /api/v1/campaigns/42/send": [scheduled]])) { stub, url in
            let run = try await courant(Self.line + ["--at", "+2h"], at: url, stdin: Sample.file)
            #expect(run.code == 0 && run.err.contains("Scheduled for") && run.err.contains("in 2 hours"))
            #expect(!stub.seen.contains { $0.line.hasSuffix("/events") })
        }
    }

    @Test func `no-wait comes back at once`() async throws {
        try await withStub(service()) { stub, url in
            let run = try await courant(Self.line + ["--no-wait", "--json"], at: url, stdin: Sample.file)
            #expect(try JSON.decode(CampaignInfo.self, from: Data(run.out.utf8)).state == "sending")
            #expect(run.code == 0 && !stub.seen.contains { $0.line.hasSuffix("/events") })
        }
    }

    struct Time: Sendable, CustomTestStringConvertible {
        var typed: String
        var meant: String
        var testDescription: String { typed }
    }

    @Test(arguments: [
        Time(typed: "2126-12-01T09:00", meant: "2126-12-01T08:00:00Z"),
        Time(typed: "2126-07-01 9:00", meant: "2126-07-01T07:00:00Z"),
        Time(typed: "2126-12-01T09:00Z", meant: "2126-12-01T09:00:00Z"),
        Time(typed: "2126-12-01T09:00:00-05:30", meant: "2126-12-01T14:30:00Z"),
        Time(typed: "2128-02-29T00:00+01:00", meant: "2128-02-28T23:00:00Z"),
    ])
    func `a time means what it says, here`(_ time: Time) async throws {
        try await withStub(service()) { stub, url in
            _ = try await courant(Self.line + ["--no-wait", "--at", time.typed], at: url, stdin: Sample.file)
            let body = try #require(stub.body(of: "POST /api/v1/campaigns/42/send"))
            #expect(body.contains(#""at":"\#(time.meant)""#), "\(body)")
        }
    }

    @Test(arguments: ["tomorrow 09:00", "+2h", "+1h30m", "+3d", "+1w", "friday 17:30", "Mon 8:00"])
    func `a relative time lies ahead`(_ typed: String) async throws {
        try await withStub(service()) { stub, url in
            _ = try await courant(Self.line + ["--no-wait", "--at", typed], at: url, stdin: Sample.file)
            let body = try #require(stub.body(of: "POST /api/v1/campaigns/42/send"))
            let at = try #require(try JSON.decode(Send.self, from: Data(body.utf8)).at)
            #expect(at > Date() && at < Date(timeIntervalSinceNow: 8 * 86_400))
        }
    }

    @Test(arguments: [
        "2020-01-01T09:00", "today 00:00", "yesterday 09:00", "tomorrow", "tomorrow 24:00", "tomorrow 9", "+", "+2",
        "+h",
        "+0m", "-2h", "+2x", "+999999999999999999999h", "2126-13-01T09:00", "2126-02-29T09:00", "2126-12-01",
        "2126-12-01T09:00+25:00", "2126-12-01T09:00+0100", "2126-12-01T9", "12/01/2126 09:00", "", "２１２６-12-01T09:00",
    ])
    func `a time that is none, or past, is refused`(_ typed: String) async throws {
        try await withStub(service()) { stub, url in
            let run = try await courant(Self.line + ["--at", typed], at: url, stdin: Sample.file)
            #expect(run.code == 64 && stub.seen.isEmpty)
        }
    }

    @Test func `an hour that summer time skips is refused`() async throws {
        let run = try await courant(
            Self.line + ["--at", "2126-03-31T02:30"], at: "http://localhost:1", stdin: Sample.file)
        #expect(run.code == 64 && run.err.contains("clocks go forward"))
    }
}
