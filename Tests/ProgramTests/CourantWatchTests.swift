import CourantAPI
import Foundation
import Testing

struct CourantWatchTests {
    private static let events = "GET /api/v1/campaigns/42/events"
    private static let status = "GET /api/v1/campaigns/42"
    private static let follow = ["campaign", "status", "42", "--follow"]

    struct End: Sendable, CustomTestStringConvertible {
        var last: CampaignInfo
        var code: Int32
        var says: String
        var testDescription: String { "\(last.state) \(code)" }
    }

    @Test(arguments: [
        End(last: Sample.sent, code: 0, says: "Sent to 1,200 recipients"),
        End(last: Sample.campaign("sent", Sample.progress(accepted: 1199, refused: 1)), code: 5, says: "refused 1"),
        End(last: Sample.campaign("sent", Sample.progress(accepted: 1199, inDoubt: 1)), code: 5, says: "--in-doubt"),
        End(last: Sample.campaign("cancelled", Sample.progress(accepted: 5)), code: 5, says: "cancelled"),
        End(last: Sample.campaign("cancelled"), code: 1, says: "cancelled"),
        End(last: Sample.campaign("paused", reason: "Too many refusals."), code: 1, says: "Too many refusals."),
        End(last: Sample.campaign("draft"), code: 1, says: "it is draft"),
    ])
    func `the end decides the exit code`(_ end: End) async throws {
        let reply = try CourantStub.Reply.events(Sample.campaign("sending"), end.last, endless: true)
        try await withStub([Self.events: [reply]]) { _, url in
            let run = try await courant(Self.follow, at: url)
            #expect(run.code == end.code && run.err.contains(end.says), "\(run.err)")
        }
    }

    @Test func `where no relay serves, the next try is told by the clock on the wall`() async throws {
        var waiting = Sample.campaign("sending", reason: "The relay cannot be reached.")
        waiting.relayNextTry = Date(timeIntervalSince1970: 1_790_000_000)
        let events = try CourantStub.Reply.events(waiting, Sample.sent)
        try await withStub([Self.events: [events]]) { _, url in
            let run = try await courant(Self.follow, at: url)
            let told = run.err.firstMatch(of: /the relay is tried again at \d\d:\d\d:20\. The relay cannot be reached/)
            #expect(run.code == 0 && told != nil, "\(run.err)")
        }
    }

    @Test func `with JSON each change is a line`() async throws {
        let changes = [
            Sample.campaign("sending"), Sample.campaign("sending", Sample.progress(accepted: 600)), Sample.sent,
        ]
        try await withStub([Self.events: [.events(changes[0], changes[1], changes[2])]]) { _, url in
            let run = try await courant(Self.follow + ["--json"], at: url)
            let lines = run.out.utf8.split(separator: UInt8(ascii: "\n"))
            #expect(try lines.map { try JSON.decode(CampaignInfo.self, from: Data($0)) } == changes)
        }
    }

    @Test func `a broken connection is made again`() async throws {
        let replies: [CourantStub.Reply] = [
            try .events(Sample.campaign("sending", Sample.progress(accepted: 100))),
            try .events(Sample.campaign("sending", Sample.progress(accepted: 700)), Sample.sent),
        ]
        let now = try CourantStub.Reply.json(Sample.campaign("sending", Sample.progress(accepted: 600)))
        try await withStub([Self.events: replies, Self.status: [now]]) { stub, url in
            let run = try await courant(Self.follow, at: url)
            #expect(run.code == 0 && stub.seen.map(\.line) == [Self.events, Self.status, Self.events])
        }
    }

    @Test func `a service that is restarting is waited for`() async throws {
        let replies: [CourantStub.Reply] = [CourantStub.Reply(status: 502, body: "<html>"), try .events(Sample.sent)]
        let away = CourantStub.Reply(status: 502, body: "<html>")
        try await withStub([Self.events: replies, Self.status: [away]]) { _, url in
            let run = try await courant(Self.follow, at: url)
            #expect(run.code == 0)
        }
    }

    @Test(arguments: [200, 502]) func `what the stream does not tell is asked for`(_ status: Int) async throws {
        let paused = Sample.campaign("paused", Sample.progress(accepted: 600), reason: "Too many refusals.")
        try await withStub([Self.events: [CourantStub.Reply(status: status)], Self.status: [try .json(paused)]]) {
            _, url in
            let run = try await courant(Self.follow, at: url)
            #expect(run.code == 1 && run.err.contains("paused: Too many refusals.") && run.err.contains("600"))
        }
    }

    @Test func `what does not pass ends it`() async throws {
        try await withStub([Self.events: [.problem("not-found", 404, title: "No such campaign")]]) { stub, url in
            let run = try await courant(Self.follow, at: url)
            #expect(run.code == 4 && run.err.contains("No such campaign") && stub.seen.count == 1)
        }
    }

    @Test func `an interrupt says that the campaign goes on`() async throws {
        let reply = try CourantStub.Reply.events(Sample.campaign("sending"), endless: true)
        try await withStub([Self.events: [reply]]) { stub, url in
            let run = try await courant(Self.follow, at: url, interruptedBy: { await stub.isAsked(Self.events) })
            #expect(run.code == 130)
            #expect(run.err.contains("goes on at \(url)") && run.err.contains("courant campaign pause 42"))
        }
    }
}
