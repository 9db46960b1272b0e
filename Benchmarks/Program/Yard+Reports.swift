import Foundation
import Trials

/// Bounces come by LMTP to the real `courantd`.
extension Yard {
    func reports() async throws -> [Row] {
        let bounces = 10_000
        let series = try await takeTurns([
            {
                let (sink, port) = try await postfixSink("-L")
                defer { sink.end() }
                let premises = try premises("reports-sink")
                defer { premises.remove() }
                try await premises.fill(1)
                return try await hand(bounces, to: port, premises, campaign: 1)
            },
            { try await reportsToUs(bounces) },
        ])
        let reader = try work(["read-reports"])
        let (rate, median) = (series[1].rate, (reader.p50 ?? 0) * 1000)
        return [
            Row(
                "bounces by LMTP, judged and written down", series[1],
                yardstick: "smtp-sink -L \(perSecond(series[0].rate))", ratio: series[1].ratio(to: series[0]),
                target: Target("≥ 1,000/s", rate >= 1000 && series[1].failures == 0)),
            Row(
                "reading one of \(grouped(reader.bytes)) bytes, median", figure: micro(median),
                target: Target("≤ 100 µs", median <= 100)),
        ]
    }

    /// All of a campaign that everybody has got.
    private func reportsToUs(_ bounces: Int) async throws -> Measured {
        let (sink, port) = try await lightSink(core: nil)
        defer { sink.end() }
        var premises = try premises("reports", relayPort: port)
        premises.reportsPort = try Sockets.freePort()
        defer { premises.remove() }
        try await premises.fill(bounces)
        let (id, token) = try await premises.begin()
        let daemon = try Daemon(self.daemon, premises)
        try await daemon.ready()
        while await daemon.accepted(id, token: token) < bounces {}
        let before = daemon.cpuSeconds
        var measured = try await hand(bounces, to: premises.reportsPort ?? 0, premises, campaign: id)
        measured.cpuSeconds = daemon.cpuSeconds - before
        measured.peakMemory = peakMemory(of: String(daemon.child.id))
        daemon.child.signal(SIGTERM)
        daemon.child.wait()
        return measured
    }

    private func hand(_ count: Int, to port: Int, _ premises: Premises, campaign: Int64) async throws -> Measured {
        let arguments = [
            "reports", String(port), "--count", String(count), "--directory", premises.directory.path, "--campaign",
            String(campaign),
        ]
        return try await Task.detached { try work(arguments, core: nil) }.value
    }
}
