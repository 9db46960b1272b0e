import ArgumentParser
import Foundation
import Trials

/// Opens slow connections, says so on its standard output, and holds them until it is ended.
struct SlowWorker: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "slow")
    @Argument var port: Int
    @Option var count = 2000

    func run() throws {
        try SlowClients.run(port: port, count: count) {
            FileHandle.standardOutput.write(Data("open\n".utf8))
        } until: {
            false
        }
    }
}

extension Yard {
    /// Sign-ups at a steady rate: alone, beside slow clients for whom there is room, and beside more than there is room for.
    func besideSlowClients(_ count: Int) async throws -> [Row] {
        var rows: [Row] = []
        for (clients, places) in [(0, 4096), (count, 4096), (count, count / 2)] {
            let series = try await takeTurns([{ try await signUps(beside: clients, places: places) }])
            let p99 = series[0].median { $0.p99 ?? .infinity }
            var row = Row(
                "p99 of sign-ups beside \(grouped(clients)) slow clients, \(grouped(places)) places",
                figure: milli(p99), yardstick: "50/s, median \(milli(series[0].median { $0.p50 ?? 0 }))",
                target: Target("≤ 250 ms", p99 <= 250 && series[0].failures == 0))
            if series[0].failures > 0 { row.figure += ", \(series[0].failures) failed" }
            row.memory = megabytes(series[0].peak)
            rows.append(row)
        }
        return rows
    }

    private func signUps(beside clients: Int, places: Int) async throws -> Measured {
        var premises = try premises("slow")
        defer { premises.remove() }
        premises.places = places
        try await premises.fill(1)
        let daemon = try Daemon(self.daemon, premises)
        try await daemon.ready()
        let slow = try await slowClients(clients, premises)
        defer { slow?.end() }
        let options = ["--count", "1000", "--rate", "50", "--connections", "16"]
        let arguments = ["load", "sign-up", String(premises.httpPort)] + options
        var measured = try await Task.detached { try work(arguments, core: nil) }.value
        measured.peakMemory = peakMemory(of: String(daemon.child.id))
        daemon.child.signal(SIGTERM)
        daemon.child.wait()
        return measured
    }

    /// Once all of them are there.
    private func slowClients(_ count: Int, _ premises: Premises) async throws -> Child? {
        guard count > 0 else { return nil }
        let says = directory.appending(path: "slow-\(UUID().uuidString)")
        let slow = try Child(
            program, ["worker", "slow", String(premises.httpPort), "--count", String(count)], output: says.path)
        while (try? Data(contentsOf: says))?.isEmpty ?? true {
            guard !slow.hasEnded else { throw TrialFailure("the slow clients were not let in") }
            try await Task.sleep(for: .milliseconds(10))
        }
        return slow
    }
}
