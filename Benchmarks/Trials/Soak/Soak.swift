import CourantAPI
package import Foundation
import Mail
import Newsletter
import Outbound
import SQLStore
import Synchronization
import Wiring
import TestSupport

/// A service with the shipped settings and promises, lived in: people sign up, confirm and leave, campaigns go out, the host's
/// and the staff's commands run, backups are made, and processes, relay, database and clock fall ill at random. Then the
/// accounts are compared with what visitors were told and what the relay was given.
///
/// On SQLite one `courantd` serves; on PostgreSQL two share a database.
package final class Soak: Sendable {
    let plan: Plan
    let journal = SinkJournal(lookingInto: ChaosVisitors.prefix)
    let report = Mutex(SoakReport())
    /// When the deeds end.
    private let deadline: ContinuousClock.Instant

    package struct Plan: Sendable {
        package var time: Duration
        package var seed: UInt64
        package var recipients = 6000
        package var directory: URL
        package var daemon: String
        package var client: String
        package var server: PostgresServer?
        /// See `clock-shim.c`; nil: nobody touches the clock.
        package var clockShim: String?

        package init(time: Duration, seed: UInt64, directory: URL, daemon: String, client: String) {
            (self.time, self.seed, self.directory) = (time, seed, directory)
            (self.daemon, self.client) = (daemon, client)
        }
    }

    package init(_ plan: Plan) {
        self.plan = plan
        deadline = .now + plan.time
    }

    package func run() async throws -> SoakReport {
        let sink = try SMTPSink(journal: journal)
        defer { sink.stop() }
        let stub = try HTTPStub.captcha(delay: .milliseconds(20))
        defer { stub.stop() }
        var premises = Premises(
            plan.directory.appending(path: "1"), relayPort: sink.port, httpPort: try Sockets.freePort(), connections: 8,
            captcha: "http://127.0.0.1:\(stub.port)/siteverify", database: try plan.server?.database("soak"))
        premises.isAsShipped = true
        premises.clockShim = plan.clockShim
        let token = try await furnish(premises)
        let houses = try [premises] + (plan.server == nil ? [] : [neighbour(of: premises)])
        do {
            let visits = try await live(houses, sink, token)
            try await SoakAccounts(self, premises: premises, visits: visits).settle()
        } catch {
            report.withLock { $0.complaints.append("\(error)") }
        }
        return report.withLock { $0 }
    }

    /// Subscribers, and an administrator's login.
    private func furnish(_ premises: Premises) async throws -> String {
        try FileManager.default.createDirectory(at: premises.directory, withIntermediateDirectories: true)
        try FileManager.default.createDirectory(at: backups, withIntermediateDirectories: true)
        try setClock(0, premises)
        try await premises.fill(plan.recipients)
        let courant = try await premises.open(serves: false)
        defer { try? courant.store.close() }
        return try await courant.staff.add("Ada", role: .admin, by: .host).token.text
    }

    private func neighbour(of premises: Premises) throws -> Premises {
        var other = try premises.sharing(at: plan.directory.appending(path: "2"))
        other.httpPort = try Sockets.freePort()
        try setClock(0, other)
        return other
    }

    var backups: URL { plan.directory.appending(path: "backups") }

    private func setClock(_ seconds: Int, _ premises: Premises) throws {
        let bytes = withUnsafeBytes(of: Int64(seconds)) { Data($0) }
        guard FileManager.default.fileExists(atPath: premises.clockFile.path) else {
            // It lies beside the database, where everything belongs to its owner alone.
            _ = FileManager.default.createFile(
                atPath: premises.clockFile.path, contents: bytes, attributes: [.posixPermissions: 0o600])
            return
        }
        // In place: the programs have it mapped.
        let file = try FileHandle(forWritingTo: premises.clockFile)
        try file.write(contentsOf: bytes)
        try file.close()
    }

    // MARK: The month

    private func live(_ houses: [Premises], _ sink: SMTPSink, _ token: String) async throws -> ChaosVisitors.Book {
        let supervisors = try houses.map { try Supervisor(plan.daemon, $0) }
        for house in houses { try await Sockets.waitFor(house.httpPort) }
        let start = ContinuousClock.now
        let first = try await supervisors[0].living().child.id
        report.withLock { $0.memory.first = residentMemory(of: first) }
        let visitors = ChaosVisitors(
            ports: houses.map(\.httpPort), recipients: plan.recipients,
            keyring: try KeyFile.existing("\(houses[0].directory.path)/courant.keys"), journal: journal,
            seed: plan.seed, pause: 50_000...350_000)
        await withTaskGroup { group in
            group.addTask { await self.misfortunes(houses, supervisors, sink, token) }
            group.addTask { await SoakEditor(self, port: houses[0].httpPort, token: token).write() }
            group.addTask { await self.keepAlive(supervisors) }
        }
        let book = await Task.detached { visitors.end() }.value
        let last = try await supervisors[0].living().child.id
        report.withLock { report in
            report.memory.last = residentMemory(of: last)
            report.minutes = (ContinuousClock.now - start) / .seconds(60)
        }
        for supervisor in supervisors { try await stop(supervisor) }
        return book
    }

    private func stop(_ supervisor: Supervisor) async throws {
        try await supervisor.terminate(andRestart: false)
        let (complaints, deaths) = await (supervisor.complaints, supervisor.deaths)
        report.withLock { report in
            report.complaints += complaints
            report.complaints += deaths.map { "courantd ended by itself: \($0)" }
        }
    }

    var isOver: Bool { ContinuousClock.now >= deadline }

    private func keepAlive(_ supervisors: [Supervisor]) async {
        while !isOver {
            for supervisor in supervisors { _ = try? await supervisor.living() }
            try? await Task.sleep(for: .milliseconds(200))
        }
    }

    // MARK: What goes wrong

    private func misfortunes(
        _ houses: [Premises], _ supervisors: [Supervisor], _ sink: SMTPSink, _ token: String
    ) async {
        var random = Seeded(plan.seed)
        var number = 0
        while !isOver {
            number += 1
            let deed = SoakDeed.next(
                &random, number: number, hasServer: plan.server != nil, hasShim: plan.clockShim != nil, backups: backups
            )
            let house = Int.random(in: 0..<houses.count, using: &random)
            do {
                try await commit(deed, houses, house, supervisors[house], sink, token)
                report.withLock { $0.count(deed) }
            } catch {
                report.withLock { $0.complaints.append("\(deed.kind): \(error)") }
            }
            try? await Task.sleep(for: .milliseconds(Int.random(in: 200...3000, using: &random)))
        }
    }

    private func commit(
        _ deed: SoakDeed, _ houses: [Premises], _ house: Int, _ supervisor: Supervisor, _ sink: SMTPSink,
        _ token: String
    ) async throws {
        switch deed {
        case .host(let words):
            try await command(plan.daemon, words, houses[house].childEnvironment)
            if words == ["keys", "rotate"] { try shareKeys(of: house, with: houses) }
        case .staff(let words):
            var environment = houses[house].childEnvironment
            environment["COURANT_URL"] = "http://localhost:\(houses[house].httpPort)"
            environment["COURANT_TOKEN"] = token
            try await command(plan.client, words, environment)
        case .signal(let signal): try await supervisor.signal(signal)
        case .kill: try await supervisor.kill()
        case .terminate: try await supervisor.terminate(andRestart: true)
        case .relay(let fault): sink.befall(fault)
        case .database(let fault, let time): try await suffer(fault, time)
        case .clock(let seconds, let time):
            for house in houses { try setClock(seconds, house) }
            try await Task.sleep(for: time)
            for house in houses { try setClock(0, house) }
        }
    }

    /// As an operator does after a rotation.
    private func shareKeys(of house: Int, with houses: [Premises]) throws {
        let keys = try Data(contentsOf: houses[house].directory.appending(path: "courant.keys"))
        for other in houses where other.directory != houses[house].directory {
            let file = other.directory.appending(path: "courant.keys")
            try keys.write(to: file, options: .atomic)
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file.path)
        }
    }

    private func suffer(_ fault: DatabaseFault, _ time: Duration) async throws {
        guard let server = plan.server else { return }
        switch fault {
        case .stop: try server.stop()
        case .crash: try server.stopHard()
        case .hang: try server.freeze()
        }
        try await Task.sleep(for: time)
        if fault == .hang { try server.thaw() } else { try server.start() }
    }

    private func command(_ program: String, _ words: [String], _ environment: [String: String]) async throws {
        let ended = try await Task.detached { try Child.run(program, words, environment: environment) }.value
        guard ended.status != 0 else { return }
        let name = URL(filePath: program).lastPathComponent
        let what = "\(name) \(words.prefix(2).joined(separator: " ")): \(ended.status): \(ended.said.suffix(400))"
        report.withLock { report in
            report.failedCommands[what, default: 0] += 1
            let isAlarming = ended.status < 0 || Child.alarming.contains { ended.said.contains($0) }
            if isAlarming { report.complaints.append(what) }
        }
    }
}

private func residentMemory(of process: Int32) -> Int {
    guard let status = try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8),
        let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmRSS:") }),
        let kilobytes = line.split(separator: " ").dropFirst().first.flatMap({ Int($0) })
    else { return 0 }
    return kilobytes * 1024
}
