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

    @Test func `The same seed is the same day`() {
        let plans = (0..<2).map { _ in ChaosPlan(seed: 7, recipients: 10_000, canFillDisk: true).description }
        #expect(plans[0] == plans[1])
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
