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
///
/// On SQLite one `courantd` has a bad day. On PostgreSQL three of them share one, with their database, while people sign up,
/// confirm and leave.
package struct ChaosDay: Sendable {
    /// Subscribers, a campaign to all of them that has begun, and a login.
    package struct Stage: Sendable {
        package let premises: Premises
        let recipients: Int
        let campaign: Int64
        let token: String
        package var instances: Int { premises.database == nil ? 1 : 3 }

        package init(_ directory: URL, recipients: Int, on server: PostgresServer? = nil) async throws {
            var premises = Premises(directory, connections: 8, database: try server?.database("stage"))
            premises.isAsShipped = true
            self.premises = premises
            self.recipients = recipients
            try? FileManager.default.removeItem(at: directory)
            try await premises.fill(recipients)
            (campaign, token) = try await premises.begin()
        }

        package func plan(seed: UInt64, canFillDisk: Bool) -> ChaosPlan {
            ChaosPlan(seed: seed, recipients: recipients, canFillDisk: canFillDisk, instances: instances)
        }
    }

    let stage: Stage
    let program: String
    let premises: Premises
    let plan: ChaosPlan
    let journal = SinkJournal(lookingInto: ChaosVisitors.prefix)

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
        let stub = try HTTPStub.captcha(delay: .milliseconds(5))
        defer { stub.stop() }
        var premises = premises
        premises.captcha = "http://127.0.0.1:\(stub.port)/siteverify"
        premises.relayPort = sink.port
        premises.httpPort = try Sockets.freePort()
        var report = ChaosReport(plan: plan, recipients: stage.recipients)
        try await live(try houses(premises), deeds, calls, &report)
        try await settle(premises, &report)
        return report
    }

    /// Where each instance lives.
    private func houses(_ premises: Premises) throws -> [Premises] {
        guard premises.database != nil else { return [premises] }
        return try (1...stage.instances).map { number in
            var house = try premises.sharing(at: premises.directory.appending(path: String(number)))
            house.httpPort = try Sockets.freePort()
            return house
        }
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
        _ houses: [Premises], _ deeds: AsyncStream<ChaosDeed>, _ calls: AsyncStream<ChaosDeed>.Continuation,
        _ report: inout ChaosReport
    ) async throws {
        let supervisors = try houses.map { try Supervisor(program, $0) }
        let visitors = try visitors(houses)
        let ending = Task {
            defer { calls.finish() }
            return try await watchForTheEnd(supervisors)
        }
        var database: Task<[Duration], any Error>?
        var commands: [Task<String?, any Error>] = []
        for await deed in deeds {
            report.done.append(deed)
            switch deed {
            case .kill(let delay, let instance):
                try await Task.sleep(for: delay)
                try await supervisors[instance].kill()
            case .terminate(let instance): try await supervisors[instance].terminate(andRestart: true)
            case .host(let words): commands.append(beside(houses[0], words))
            case .hangUp: try await supervisors[0].signal(SIGHUP)
            case .fillDisk(let time): try await fillDisk(for: time)
            case .database(let fault, let time):
                // One after the other; whatever else happens goes on meanwhile.
                database = Task { [database] in
                    let before = try await database?.value ?? []
                    return before + [try await suffer(fault, time)]
                }
            case .fault: break
            }
        }
        report.outages = try await database?.value ?? []
        for command in commands {
            if let complaint = try await command.value { report.complaints.append(complaint) }
        }
        if try await !ending.value { report.complaints.append("the campaign did not come to its end in time") }
        if let visitors { report.note(await Task.detached { visitors.end() }.value) }
        for supervisor in supervisors {
            try await supervisor.terminate(andRestart: false)
            report.complaints += await supervisor.complaints
            report.deaths += await supervisor.deaths
        }
    }

    /// A command of the host's that runs while the rest goes on. While something is ill it may fail, but neither crash nor find
    /// the records damaged.
    private func beside(_ house: Premises, _ words: [String]) -> Task<String?, any Error> {
        Task.detached { [program] in
            let words = words.map { $0.hasSuffix(".db") ? house.directory.appending(path: $0).path : $0 }
            let ended = try Child.run(program, words, environment: house.childEnvironment)
            let isAlarming = ended.status < 0 || Child.alarming.contains { ended.said.contains($0) }
            return isAlarming ? "courantd \(words.joined(separator: " ")): \(ended.said.suffix(300))" : nil
        }
    }

    private func visitors(_ houses: [Premises]) throws -> ChaosVisitors? {
        guard premises.database != nil else { return nil }
        return ChaosVisitors(
            ports: houses.map(\.httpPort), recipients: stage.recipients,
            keyring: try KeyFile.existing("\(premises.directory.path)/courant.keys"), journal: journal, seed: plan.seed)
    }

    /// Returns how long it was away.
    private func suffer(_ fault: DatabaseFault, _ time: Duration) async throws -> Duration {
        guard let server = premises.database?.server else { return .zero }
        let start = ContinuousClock.now
        switch fault {
        case .stop: try server.stop()
        case .crash: try server.stopHard()
        case .hang: try server.freeze()
        }
        try await Task.sleep(for: time)
        if fault == .hang { try server.thaw() } else { try server.start() }
        return .now - start
    }

    /// Nobody is left who could be mailed now, or the campaign has been stopped by its guard. False when that takes too long.
    private func watchForTheEnd(_ supervisors: [Supervisor]) async throws -> Bool {
        let client = HTTPClient()
        // Only for what never ends: on a busy machine a start alone takes a while.
        let limit = ContinuousClock.now + .seconds(300 * supervisors.count)
        while ContinuousClock.now < limit {
            try? await Task.sleep(for: .milliseconds(100))
            for supervisor in supervisors {
                let daemon = try await supervisor.living()
                guard let info = await daemon.campaign(stage.campaign, token: stage.token, by: client) else { continue }
                let isWaiting = info.progress.left == 0 && info.progress.deferred > 0 && isQuiet()
                if info.isOver || info.state == "paused" || isWaiting { return true }
            }
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
