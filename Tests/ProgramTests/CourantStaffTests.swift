import CourantAPI
import CourantTesting
import Foundation
import Testing

/// Logins and the record of what was done with them, at the terminal.
struct CourantStaffTests {
    @Test func `a name goes into the path as it is`() async throws {
        try await withStub(service()) { stub, url in
            let run = try await courant(["staff", "renew", "Kari O'Neil", "--days", "30"], at: url)
            #expect(run.code == 0 && run.err.contains("Kari O'Neil until"), "\(run.err)")
            #expect(stub.body(of: "POST /api/v1/staff/Kari%20O%27Neil/renew") == #"{"days":30}"#)
        }
    }

    @Test func `a record that was changed ends with 2, and with JSON it says where`() async throws {
        try await withStub(service()) { _, url in
            let run = try await courant(["audit", "verify", "--mark", "7-ab"], at: url)
            #expect(run.code == 2 && run.out == "")
            #expect(run.err.hasPrefix("courant: Entry 4 is missing.\n") && run.err.contains("3 entries before it"))
            let json = try await courant(["audit", "verify", "--mark", "7-ab", "--json"], at: url)
            #expect(json.code == 2 && json.out.contains(#""entry":4"#) && json.err.contains("audit-broken"))
        }
    }

    @Test(arguments: [
        "staff add Kari", "staff add Kari --role king", "staff add Kari --role admin --days 366", "staff renew",
        "staff renew Kari --days 0", "audit tail --limit 0", "audit tail --limit 1001", "audit tail --from 0",
    ])
    func `what cannot be meant is wrong usage`(_ line: String) async throws {
        let run = try await courant(line.split(separator: " ").map(String.init), at: "http://127.0.0.1:1")
        #expect(run.code == 64, "\(run.err)")
    }

    @Test func `whoever sends alone is told before being asked, and so is the planner`() async throws {
        var plan = Sample.plan()
        plan.lack = "Nobody has approved it yet."
        let planned = try CourantStub.Reply.json(plan)
        try await withStub(service(["POST /api/v1/campaigns/42/plan": [planned]])) { stub, url in
            let run = try await courant(
                ["campaign", "send", "42", "--yes", "--expect-recipients", "1200"], at: url)
            #expect(run.code == 2 && run.err.contains("Nothing was sent: Nobody has approved it yet."))
            #expect(
                run.err.contains(
                    "Somebody else: courant campaign approve 42 --digest d1; then: courant campaign send 42"))
            #expect(!stub.seen.contains { $0.line.hasSuffix("/send") })
            let shown = try await courant(["campaign", "plan", "42"], at: url)
            #expect(shown.code == 0 && shown.err.contains("somebody else: courant campaign approve 42 --digest d1"))
        }
    }
}

@Suite(.timeLimit(.minutes(20))) struct CourantdStaffTests {
    @Test func `two people bring a campaign out, and the record shows who did what`() async throws {
        try await Host.with { host in
            try await host.serve(environment: ["COURANT_APPROVAL": "second-person"])
            try await host.furnish()
            try await host.subscribe("ann@example.org")
            let added = try await host.courant("staff", "add", "Bo O'Neil", "--role", "sender")
            #expect(added.code == 0 && added.out.hasPrefix("courant."), "\(added.err)")
            let bo = ["COURANT_URL": host.url, "COURANT_TOKEN": added.out.trimmingCharacters(in: .newlines)]

            let refused = try await host.send(CourantdWalkTests.issue, to: 1)
            #expect(refused.code == 2 && refused.err.contains("Nobody has approved it yet."), "\(refused.err)")
            let plan = try JSON.decode(
                PlanInfo.self, from: Data(try await host.courant("campaign", "plan", "1", "--json").out.utf8))
            let own = try await host.courant("campaign", "approve", "1", "--digest", plan.digest)
            #expect(own.code == 2 && own.err.contains("May approve: Bo O'Neil."), "\(own.err)")
            let approve = ["campaign", "approve", "1", "--digest", plan.digest, "--expect-recipients", "1"]
            #expect(try await courant(approve, at: nil, environment: bo).code == 0)
            let sent = try await host.courant("campaign", "send", "1", "--yes", "--expect-recipients", "1")
            #expect(sent.code == 0 && sent.err.contains("Sent to 1 recipient"), "\(sent.err)")

            let trail = try await host.courant("audit", "tail")
            for words in ["host    ", "staff:Eva", "staff:Bo O'Neil   campaign.approve", "sending recipients=1"] {
                #expect(trail.out.contains(words), "\(trail.out)")
            }
            #expect(!trail.out.contains("@"))
            let mark = try await host.courant("audit", "verify")
            #expect(mark.code == 0, "\(mark.err)")
            let revoked = try await host.courantd("staff", "revoke", "Bo O'Neil")
            #expect(revoked.code == 0)
            #expect(try await courant(["whoami"], at: nil, environment: bo).code == 3)
            #expect(try await host.courantd("staff", "ls").out.contains("Eva\tadmin\tuntil"))
            let text = mark.out.trimmingCharacters(in: .newlines)
            #expect(try await host.courant("audit", "verify", "--mark", text).code == 0)
        }
    }
}
