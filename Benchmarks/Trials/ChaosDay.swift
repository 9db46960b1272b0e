import CourantAPI
package import Foundation
import Mail
import Newsletter
import Outbound
import SQLStore
import Synchronization
import Wiring

/// One campaign of the real service on which everything goes wrong that a plan says; then the accounts are compared with
/// what the relay knows.
package struct ChaosDay: Sendable {
    /// Subscribers, a campaign to all of them that has begun, and a login.
    package struct Stage: Sendable {
        package let premises: Premises
        let recipients: Int
        let campaign: Int64
        let token: String

        package init(_ directory: URL, recipients: Int) async throws {
            premises = Premises(directory, connections: 8)
            self.recipients = recipients
            premises.remove()
            try await premises.fill(recipients)
            (campaign, token) = try await premises.begin()
        }
    }

    let stage: Stage
    let program: String
    let premises: Premises
    let plan: ChaosPlan
    private let journal = SinkJournal()

    /// `room` is where this day's copy of the stage is put.
    package init(_ stage: Stage, room: URL, program: String, plan: ChaosPlan) throws {
        (self.stage, self.program, self.plan) = (stage, program, plan)
        premises = try stage.premises.copy(to: room)
    }

    package func run() async throws -> ChaosReport {
        defer { premises.remove() }
        let (deeds, calls) = AsyncStream.makeStream(of: ChaosDeed.self)
        let sink = try SMTPSink(journal: journal, cues: cues(calls))
        defer { sink.stop() }
        var premises = premises
        premises.relayPort = sink.port
        premises.httpPort = try Sockets.freePort()
        var report = ChaosReport(plan: plan, recipients: stage.recipients)
        try await live(premises, deeds, calls, &report)
        try await settle(premises, &report)
        return report
    }

    private func cues(_ calls: AsyncStream<ChaosDeed>.Continuation) -> [SinkCue] {
        plan.deeds.flatMap { dots, deed in
            let call = SinkCue(dots, .call { calls.yield(deed) })
            if case .fault(let fault) = deed { return [call, SinkCue(dots, .fault(fault))] }
            return [call]
        }
    }

    // MARK: The day

    /// Until the campaign is as far as it gets by itself.
    private func live(
        _ premises: Premises, _ deeds: AsyncStream<ChaosDeed>, _ calls: AsyncStream<ChaosDeed>.Continuation,
        _ report: inout ChaosReport
    ) async throws {
        let supervisor = try Supervisor(program, premises)
        let ending = Task {
            defer { calls.finish() }
            return try await watchForTheEnd(supervisor)
        }
        for await deed in deeds {
            report.done.append(deed)
            switch deed {
            case .kill(let delay):
                try await Task.sleep(for: delay)
                try await supervisor.kill()
                report.kills += 1
            case .terminate: try await supervisor.terminate(andRestart: true)
            case .fillDisk(let time): try await fillDisk(for: time)
            case .fault: break
            }
        }
        if try await !ending.value { report.complaints.append("the campaign did not come to its end in time") }
        try await supervisor.terminate(andRestart: false)
        report.complaints += await supervisor.complaints
        report.deaths = await supervisor.deaths
    }

    /// Nobody is left who could be mailed now, or the campaign has been stopped by its guard. False when that takes too long.
    private func watchForTheEnd(_ supervisor: Supervisor) async throws -> Bool {
        let client = HTTPClient()
        let limit = ContinuousClock.now + .seconds(60)
        while ContinuousClock.now < limit {
            try? await Task.sleep(for: .milliseconds(100))
            let daemon = try await supervisor.living()
            guard let info = await daemon.campaign(stage.campaign, token: stage.token, by: client) else { continue }
            let isWaiting = info.progress.left == 0 && info.progress.deferred > 0 && isQuiet()
            if info.isOver || info.state == "paused" || isWaiting { return true }
        }
        return false
    }

    /// Whatever is deferred and due is being sent: the relay hears nothing only where all of it has to wait.
    private func isQuiet() -> Bool {
        let last = journal.lastStart
        return wallClock() > last + 1_200_000_000
    }

    private func fillDisk(for time: Duration) async throws {
        let ballast = premises.directory.appending(path: "ballast")
        _ = FileManager.default.createFile(atPath: ballast.path, contents: nil)
        let file = try FileHandle(forWritingTo: ballast)
        let block = Data(count: 64 * 1024)
        while (try? file.write(contentsOf: block)) != nil {}
        while (try? file.write(contentsOf: Data(count: 512))) != nil {}
        try? file.close()
        try await Task.sleep(for: time)
        try FileManager.default.removeItem(at: ballast)
    }

    // MARK: The accounts

    /// Brings the campaign to its end on a clock that runs ahead, so that what was put off is due; counts; then lets a
    /// person decide to try the refused and the doubtful again, after which everybody must have a mail.
    private func settle(_ premises: Premises, _ report: inout ChaosReport) async throws {
        let ahead = Box(Duration.zero)
        let start = ContinuousClock.now
        let clock = WallClock(
            now: { Date.now + ahead.value / .seconds(1) }, uptime: { ContinuousClock.now - start + ahead.value })
        let courant = try await premises.open(clock: clock)
        try await courant.dispatcher.recover()
        try await drain(courant, ahead)
        let standing = try await courant.campaigns.show(stage.campaign)
        count(standing, &report)

        _ = try await courant.campaigns.retry(stage.campaign, inDoubt: true, by: .host)
        try await drain(courant, ahead)
        report.lost = stage.recipients - journal.contents.accepted.count
        report.accounted = try await courant.campaigns.show(stage.campaign).progress.accepted
        await courant.outside.relay.stop(within: .seconds(5))
        try courant.store.close()
    }

    private func drain(_ courant: Courant, _ ahead: Box<Duration>) async throws {
        for _ in 0..<40 {
            _ = try await courant.dispatcher.drain()
            let campaign = try await courant.campaigns.show(stage.campaign).campaign
            if campaign.state == .sent { return }
            if campaign.state == .paused { _ = try await courant.campaigns.resume(stage.campaign, by: .host) }
            ahead.value += .seconds(4 * 3600)
            // A relay that is away at this moment comes back on its own time, not on this clock's.
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    private func count(_ standing: CampaignStanding, _ report: inout ChaosReport) {
        let accepted = journal.contents.accepted
        report.none = stage.recipients - accepted.count
        report.one = accepted.values.count { $0.count == 1 }
        report.more = accepted.values.count { $0.count > 1 }
        report.duplicates = accepted.values.reduce(0) { $0 + $1.count - 1 }
        report.otherMessageIDs = accepted.values.count { Set($0.map(\.messageID)).count > 1 }
        report.inDoubt = standing.progress.inDoubt
        report.refused = standing.progress.refused
        report.missing = max(0, report.none - report.inDoubt - report.refused)
        report.bound = (report.kills + report.deaths.count) * (Dispatcher.window + premises.connections)
    }
}

/// A value that several tasks see.
package final class Box<Value: Sendable>: Sendable {
    private let state: Mutex<Value>

    package init(_ value: Value) { state = Mutex(value) }

    package var value: Value {
        get { state.withLock { $0 } }
        set { state.withLock { $0 = newValue } }
    }
}
