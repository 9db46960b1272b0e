import CourantAPI
import Foundation
import Testing

/// Each command against a service that answers well.
struct CourantCommandTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var arguments: [String]
        var out: [String] = []
        var err: [String] = []
        var testDescription: String { arguments.joined(separator: " ") }

        init(_ line: String, out: [String] = [], err: [String] = []) {
            arguments = line.split(separator: " ").map(String.init)
            (self.out, self.err) = (out, err)
        }
    }

    static let cases = [
        Case("whoami", out: ["Name     Kari", "https://news.acme.example", "in 90 days"]),
        Case("version", out: ["courant \(Release.version)"]),
        Case("--version", out: [Release.version]),
        Case("list ls", out: ["news   Nyheter 日本   12,431        14      0   consent   public"]),
        Case("list show news", out: ["Title     Nyheter 日本", "Active    12,431 subscribers"]),
        Case("list create news --title News", out: ["List      news"]),
        Case("list edit news --no-public", out: ["List      news"]),
        Case("list close news --yes", err: ["news is closed"]),
        Case("lint spring.md", out: ["spring.md:12: warning: The image has no alternative text."]),
        Case("campaign lint spring.md", err: ["spring.md: 1 warning"]),
        Case("preview spring.md", out: ["Subject  Spring", "Hello\n"], err: ["line 12: warning"]),
        Case("campaign preview 42", out: ["Subject  Spring"]),
        Case("campaign create spring.md --list news", out: ["42\n"], err: ["Next: courant campaign plan 42"]),
        Case("campaign test 42 --to me@example.org", err: ["The relay has the test for me@example.org"]),
        Case(
            "campaign plan 42", out: ["To        1,200 recipients", "Digest    d1"],
            err: ["Next: courant campaign send"]),
        Case("campaign approve 42 --digest d1", err: ["Approved"]),
        Case("campaign pause 42", err: ["Paused: accepted 300 · waiting 900. Go on: courant campaign resume 42"]),
        Case("campaign resume 42", err: ["is sending"]),
        Case("campaign cancel 42", err: ["Cancelled"]),
        Case("campaign edit 42 spring.md", err: ["is campaign 42 now", "courant campaign send 42"]),
        Case("campaign reschedule 42 --at +2h", err: ["Scheduled for", "in 2 hours"]),
        Case("campaign retry 42", err: ["2 are tried again. Watch: courant campaign status 42"]),
        Case("campaign retry 42 --in-doubt --yes", err: ["2 are tried again"]),
        Case("campaign status 42", out: ["State     draft"]),
        Case(
            "campaign report 42",
            out: ["recipients   1,200   100.0 %", "5.1.1              7   said not to exist: no such mailbox"]),
        Case(
            "bounces show --campaign 42",
            out: ["12 subscriptions", "on: nobody is erased", "5.1.1     12   said not to exist", "42           12"]),
        Case("bounces show", out: ["Nobody is held."]),
        Case("bounces release --campaign 42 --yes --expect 12", err: ["Released: 12 subscriptions"]),
        Case("bounces erase --yes --expect 12", err: ["Erased: 12 subscriptions"]),
        Case("campaign ls", out: ["42   sent    news   Spring    1,200      1,200"]),
        Case(
            "campaign send 42 --yes --expect-recipients 1200", err: ["Sent to 1,200 recipients in 10 seconds (120/s)"]),
        Case(
            "subscriber find a@example.org",
            out: [
                "news   a***@example.org   A***   active   consent   form", "Never to be written to again", "erasure",
            ]),
        Case(
            "consent show a@example.org",
            out: ["List          news", "Signed up", "Agreed to     “Yes, please”"]),
        Case("subscriber export a@example.org", out: ["{\"version\":1}\n"]),
        Case("subscriber rectify a@example.org --no-name --yes", err: ["The name is changed"]),
        Case("subscriber rectify a@example.org --address b@example.org -y", err: ["The new mailbox is asked"]),
        Case("subscriber restrict a@example.org --yes", err: ["Restricted: 2 subscriptions"]),
        Case("subscriber unrestrict a@example.org --yes", err: ["told by mail"]),
        Case("subscriber object a@example.org --yes", err: ["Nobody writes to them again"]),
        Case("subscriber erase a@example.org --yes", err: ["Deleted: 2 subscriptions"]),
        Case("subscriber forgive a@example.org --yes", err: ["may sign up again"]),
        Case("subscriber requests ls", out: ["7   erasure"], err: ["1 request overdue"]),
        Case("subscriber requests open erasure --received 2026-03-01", out: ["7\n"], err: ["Answer it by"]),
        Case("subscriber requests extend 7", err: ["Tell the person why"]),
        Case("subscriber requests close 7 --outcome refused", err: ["Closed: refused"]),
        Case(
            "staff ls", out: ["Kari O'Neil   sender   see edit send   today       in 10 days   unused, expires soon"]),
        Case("staff add Kari --role sender", out: ["courant.id.secret.sum\n"], err: ["shown this once"]),
        Case("staff revoke Kari", err: ["Kari cannot sign in any more"]),
        Case("staff review", out: ["unused, expires soon"], err: ["1 login that nobody uses: courant staff revoke"]),
        Case("audit tail", out: ["7   Thu 28 May 2026 22:26   staff:Kari   campaign.send   campaign:42"]),
        Case("audit tail --limit 5 --from 3", out: ["staff:Kari"]),
        Case("audit verify", out: ["1204-ab\n"], err: ["1,204 entries, each as it was written"]),
        Case("doctor", out: ["✓ token", "✓ clock", "✓ held"]),
    ]

    @Test(arguments: cases) func `a command does what it is asked`(_ one: Case) async throws {
        try await withStub(service()) { _, url in
            let run = try await withFolder { home in
                try Data(Sample.file.utf8).write(to: home.appendingPathComponent("spring.md"))
                return try await courant(one.arguments, at: url, in: home)
            }
            #expect(run.code == 0, "\(run.err)")
            for text in one.out { #expect(run.out.contains(text), "\(run.out)") }
            for text in one.err { #expect(run.err.contains(text), "\(run.err)") }
            #expect(!run.out.contains("\u{1B}") && !run.err.contains("\u{1B}"))
        }
    }

    @Test(arguments: [
        "whoami", "version", "list ls", "list show news", "list create news --title News", "list edit news --title N",
        "list close news -y", "lint spring.md", "preview spring.md", "campaign create spring.md", "campaign plan 42",
        "campaign approve 42 --digest d1", "campaign pause 42", "campaign resume 42", "campaign cancel 42",
        "campaign retry 42", "campaign status 42", "campaign report 42", "campaign ls", "doctor", "staff ls",
        "subscriber find a@example.org", "subscriber erase a@example.org --yes",
        "subscriber rectify a@example.org --name A --yes", "subscriber forgive a@example.org --yes",
        "subscriber requests ls --open", "subscriber requests close 7 --outcome done", "staff add Kari --role viewer",
        "staff revoke Kari", "staff review", "audit tail", "audit verify",
        "campaign send 42 --yes --expect-recipients 1200", "send spring.md --yes --expect-recipients 1200",
    ])
    func `scripts get one line of JSON and, when quiet, nothing else`(_ line: String) async throws {
        let arguments = line.split(separator: " ").map(String.init) + ["--json", "--quiet"]
        try await withStub(service()) { _, url in
            let run = try await withFolder { home in
                try Data(Sample.file.utf8).write(to: home.appendingPathComponent("spring.md"))
                return try await courant(arguments, at: url, in: home)
            }
            #expect(run.code == 0)
            #expect(run.err == "")
            #expect(run.out.utf8.filter { $0 == UInt8(ascii: "\n") }.count == 1)
            #expect(try JSONSerialization.jsonObject(with: Data(run.out.utf8)) is [String: Any])
        }
    }

    @Test func `the JSON is the wire's`() async throws {
        try await withStub(service()) { _, url in
            let run = try await courant(["campaign", "plan", "42", "--json"], at: url)
            #expect(try JSON.decode(PlanInfo.self, from: Data(run.out.utf8)) == Sample.plan())
            #expect(run.out.contains(#""estimated_seconds":5"#))
        }
    }

    @Test func `when the deferred are tried next is told`() async throws {
        var campaign = Sample.campaign("sending", Sample.progress(accepted: 1_199))
        campaign.nextAttempt = Date(timeIntervalSinceNow: 290)
        let report = ReportInfo(campaign: campaign, refusals: [], troubled: [])
        let replies = try [
            "GET /api/v1/campaigns/42": [CourantStub.Reply.json(campaign)],
            "GET /api/v1/campaigns/42/report": [.json(report)],
        ]
        try await withStub(replies) { _, url in
            let status = try await courant(["campaign", "status", "42"], at: url)
            #expect(status.out.contains("Next try") && status.out.contains("in 5 minutes"), "\(status.out)")
            let account = try await courant(["campaign", "report", "42"], at: url)
            #expect(account.out.contains("tried again the first of them in 5 minutes"), "\(account.out)")
        }
    }

    @Test func `a preview becomes three files`() async throws {
        try await withStub(service()) { stub, url in
            try await withFolder { home in
                try Data(Sample.file.utf8).write(to: home.appendingPathComponent("spring.md"))
                let run = try await courant(
                    ["preview", "spring.md", "--list", "news", "--name", "Ada", "--out", "a/b"], at: url, in: home)
                #expect(run.out == "a/b/spring.html\na/b/spring.txt\na/b/spring.eml\n")
                let mail = try String(contentsOf: home.appendingPathComponent("a/b/spring.eml"), encoding: .utf8)
                #expect(mail == Sample.preview.source)
                let asked = try JSON.decode(
                    CampaignSource.self, from: Data(try #require(stub.body(of: "POST /api/v1/campaigns/preview")).utf8))
                #expect(asked == CampaignSource(source: Sample.file, list: "news", name: "Ada"))
            }
        }
    }

    @Test func `a file may come through a pipe`() async throws {
        try await withStub(service()) { stub, url in
            let run = try await courant(["lint", "-"], at: url, stdin: Sample.file)
            #expect(run.out.hasPrefix("stdin:12: warning"))
            #expect(stub.body(of: "POST /api/v1/campaigns/lint")?.contains("subject: Spring") == true)
        }
    }

    @Test func `a list's facts travel as they were given`() async throws {
        try await withStub(service()) { stub, url in
            let line =
                "list create news --title N --basis legitimate-interest --language nb --no-public --sender-name A"
            _ = try await courant(line.split(separator: " ").map(String.init), at: url)
            let body = try #require(stub.body(of: "POST /api/v1/lists"))
            let wanted = CreateList(
                slug: "news", title: "N", basis: "legitimate-interest", senderName: "A", language: "nb", isPublic: false
            )
            #expect(try JSON.decode(CreateList.self, from: Data(body.utf8)) == wanted)
        }
    }

    @Test func `control characters in the service's words do not reach the terminal`() async throws {
        var list = Sample.list
        list.title = "News\u{1B}[2J\r\u{202E}"
        try await withStub(service(["GET /api/v1/lists/news": [.json(list)]])) { _, url in
            let run = try await courant(["list", "show", "news"], at: url)
            #expect(run.out.contains("News\u{FFFD}[2J\u{FFFD}\u{FFFD}"))
        }
    }

    @Test(arguments: ["bash", "zsh", "fish"]) func `completion is there`(_ shell: String) async throws {
        let run = try await courant(["--generate-completion-script", shell], at: nil)
        #expect(run.code == 0 && run.out.contains("courant"))
    }
}
