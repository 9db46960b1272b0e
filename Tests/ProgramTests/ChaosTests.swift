import Foundation
import Testing
import Trials

/// A few of the bad days of which `scripts/chaos` plays a thousand, on smaller lists.
@Suite(.serialized) struct ChaosTests {
    /// Stands beside the tests' own bundle, as the client does.
    private static let program = URL(filePath: CourantRun.program).deletingLastPathComponent().appending(
        path: "courantd"
    ).path

    @Test(arguments: [2, 5, 101, 116] as [UInt64])
    func `Nobody is lost on a bad day`(seed: UInt64) async throws {
        try await withFolder { folder in
            let stage = try await ChaosDay.Stage(folder.appending(path: "stage"), recipients: 800)
            let plan = ChaosPlan(seed: seed, recipients: 800, canFillDisk: false)
            let day = try ChaosDay(stage, room: folder.appending(path: "room"), program: Self.program, plan: plan)
            let report = try await day.run()
            #expect(report.isGood, "\(report.description)")
        }
    }

    /// Three processes and their database: kill -9, a crash and a stop of the server, a server that hangs for longer than a
    /// lease, and a relay that says 421.
    @Test(arguments: [4, 5] as [UInt64])
    func `Nobody is lost on a bad day of three instances`(seed: UInt64) async throws {
        try await withFolder { folder in
            let server = try PostgresServer(folder.appending(path: "pg"))
            defer { server.end() }
            let stage = try await ChaosDay.Stage(folder.appending(path: "stage"), recipients: 800, on: server)
            let day = try ChaosDay(
                stage, room: folder.appending(path: "room"), program: Self.program,
                plan: stage.plan(seed: seed, canFillDisk: false))
            let report = try await day.run()
            #expect(report.isGood, "\(report.description)")
            #expect(report.left > 0 && report.signedUp > 0, "\(report.description)")
        }
    }

    @Test(arguments: [1, 3])
    func `The same seed is the same day`(instances: Int) {
        let plans = (0..<2).map { _ in
            ChaosPlan(seed: 7, recipients: 10_000, canFillDisk: true, instances: instances).description
        }
        #expect(plans[0] == plans[1])
    }

    @Test func `The search for people finds them as they would stand in a file`() {
        for text in ["reader12@example.org", "xxReader 7\0", "VISITOR3@", "visitor0"] {
            #expect(ReadableSearch.isReadable(Data("\u{1}\u{2}\(text)\u{3}".utf8)), "\(text)")
        }
        for text in ["readers", "reader ", "the reader", "visitor", "r", ""] {
            #expect(!ReadableSearch.isReadable(Data(text.utf8)), "\(text)")
        }
    }

    @Test func `No mail begins after the 200 of an unsubscribe`() async throws {
        try await withFolder { folder in
            let race = UnsubscribeRace(
                folder.appending(path: "race"), recipients: 1500, unsubscribes: 150, seed: 3, program: Self.program)
            let report = try await race.run()
            #expect(report.broken == 0, "\(report.description)")
            #expect(report.answered == report.asked && report.spared > 0, "\(report.description)")
        }
    }
}
