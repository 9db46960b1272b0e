import Foundation
import Trials

extension Yard {
    /// One campaign, sent by one, two and more `courantd` that serve one database. What each mail costs must not grow with
    /// them, and nobody may get two.
    func instances(upTo most: Int, recipients: Int) async throws -> [Row] {
        guard server != nil else {
            Terminal.note("  one file has one courantd: --store postgresql")
            return []
        }
        let stage = try premises("instances")
        defer { stage.remove() }
        try work(["fill"] + Place.arguments(stage) + [String(recipients)], core: nil, reports: false)
        let series = try await takeTurns((1...most).map { count in { try await together(count, stage, recipients) } })
        return zip(1...most, series).map { count, each in
            let cost = (each.cpu + each.databaseCPU) / (series[0].cpu + series[0].databaseCPU)
            var row = Row(
                "\(count) × courantd, one campaign to \(grouped(recipients))", each, yardstick: tolls(each),
                ratio: cost,
                target: count == 1 ? nil : Target("≤ 1.1 × the cost of one", cost <= 1.1))
            if each.failures == 0 { row.figure += ", nobody twice" }
            return row
        }
    }

    private func tolls(_ series: Series) -> String {
        func each(_ value: (DatabaseToll) -> Int) -> Double {
            series.median { measured in measured.database.map { Double(value($0)) / Double(measured.count) } ?? 0 }
        }
        let mails = 1 / max(each(\.commits), 1e-9)
        return "\(decimal(each(\.logBytes), 0)) bytes of log, \(decimal(each(\.syncs) * 1000, 1)) syncs per 1,000, "
            + "\(decimal(mails, 0)) mails a transaction"
    }

    private func together(_ count: Int, _ stage: Premises, _ recipients: Int) async throws -> Measured {
        let journal = SinkJournal()
        let sink = try SMTPSink(journal: journal)
        defer { sink.stop() }
        var shared = try stage.copy(to: directory.appending(path: "room"))
        defer { shared.remove() }
        shared.relayPort = sink.port
        let daemons = try await (1...count).asyncMap { number in
            var premises = try shared.sharing(at: directory.appending(path: "room/\(number)"))
            premises.httpPort = try Sockets.freePort()
            let daemon = try Daemon(self.daemon, premises)
            try await daemon.ready()
            return daemon
        }
        // A newcomer lets the others hear of it before it sends.
        try await Task.sleep(for: .seconds(2))
        let measured = try await whole(shared, daemons, journal, recipients)
        for daemon in daemons { daemon.child.signal(SIGTERM) }
        for daemon in daemons { daemon.child.wait() }
        return measured
    }

    private func whole(
        _ premises: Premises, _ daemons: [Daemon], _ journal: SinkJournal, _ recipients: Int
    ) async throws -> Measured {
        guard let database = premises.database else { throw TrialFailure("there is no database") }
        let before = try (DatabaseToll(database), daemons.map(\.cpuSeconds))
        let (campaign, token) = try await premises.begin()
        let limit = ContinuousClock.now + .seconds(120)
        while await daemons[0].accepted(campaign, token: token) < recipients, .now < limit {
            try await Task.sleep(for: .milliseconds(200))
        }
        let after = try (DatabaseToll(database), daemons.map(\.cpuSeconds))
        let (mails, seconds) = (journal.contents.accepted.values, journal.contents.seconds)
        var measured = Measured(
            count: mails.count, seconds: seconds, cpuSeconds: after.1.reduce(0, +) - before.1.reduce(0, +))
        measured.database = after.0 - before.0
        measured.peakMemory = daemons.map { peakMemory(of: String($0.child.id)) }.max() ?? 0
        measured.failures = mails.reduce(recipients - mails.count) { $0 + $1.count - 1 }
        return measured
    }
}

extension Sequence {
    fileprivate func asyncMap<Value>(_ make: (Element) async throws -> Value) async rethrows -> [Value] {
        var values: [Value] = []
        for element in self { values.append(try await make(element)) }
        return values
    }
}
