import Foundation
import Trials

/// Visitors come over HTTP to the real `courantd`. Nothing is pinned here: service, visitors, provider and relay share the
/// machine as it is.
extension Yard {
    private func load(_ kind: String, _ premises: Premises, _ options: String...) async throws -> Measured {
        let arguments = ["load", kind, String(premises.httpPort), "--directory", premises.directory.path] + options
        let watch = Stopwatch(premises.database)
        var measured = try await Task.detached { try work(arguments, core: nil) }.value
        measured.database = watch.measured(1).database
        return measured
    }

    /// The daemon's own peak memory and CPU, in place of the visitors'.
    private func finish(_ daemon: Daemon, _ measured: Measured) -> Measured {
        var measured = measured
        measured.peakMemory = peakMemory(of: String(daemon.child.id))
        daemon.child.signal(SIGTERM)
        measured.cpuSeconds = daemon.child.wait().cpu / .seconds(1)
        return measured
    }

    // MARK: Sign-ups

    func signUps() async throws -> [Row] {
        func turn(relay: Bool) -> () async throws -> Measured {
            {
                let port = try Sockets.freePort()
                let stub = try Child(program, ["worker", "stub", String(port), "--delay", "50"])
                defer { stub.end() }
                let sink = relay ? try await lightSink(core: nil) : nil
                defer { sink?.0.end() }
                let premises = try premises(
                    "sign-ups", relayPort: sink?.port ?? 9, captcha: "http://127.0.0.1:\(port)/siteverify")
                defer { premises.remove() }
                try await premises.fill(1)
                let daemon = try Daemon(self.daemon, premises)
                try await daemon.ready()
                try await Sockets.waitFor(port)
                return finish(daemon, try await load("sign-up", premises, "--count", "30000", "--connections", "500"))
            }
        }
        let series = try await takeTurns([alive(connections: 500), turn(relay: true), turn(relay: false)])
        let yardstick = "GET /livez \(perSecond(series[0].rate)), \(micro(series[0].cpu))"
        return zip(["relay up", "relay down"], series.dropFirst()).map { name, series in
            Row(
                "sign-ups, durable, captcha 50 ms away, \(name)", series, yardstick: yardstick,
                target: series.atLeast(server == nil ? 8000 : 2500)
            ).with(p99: series)
        }
    }

    /// What this HTTP server and these visitors can do at all.
    private func alive(connections: Int) -> () async throws -> Measured {
        {
            let premises = try premises("alive")
            defer { premises.remove() }
            try await premises.fill(1)
            let daemon = try Daemon(self.daemon, premises)
            try await daemon.ready()
            return finish(
                daemon, try await load("livez", premises, "--count", "60000", "--connections", String(connections)))
        }
    }

    // MARK: Unsubscribes

    func unsubscribes() async throws -> [Row] {
        let series = try await takeTurns([
            alive(connections: 64),
            {
                let premises = try premises("unsubscribes")
                defer { premises.remove() }
                try await premises.fill(30_000)
                let daemon = try Daemon(self.daemon, premises)
                try await daemon.ready()
                return finish(
                    daemon, try await load("unsubscribe", premises, "--count", "25000", "--connections", "64"))
            },
        ])
        return [
            Row(
                "one-click unsubscribes, bytes deleted", series[1],
                yardstick: "GET /livez \(perSecond(series[0].rate)), \(micro(series[0].cpu))",
                target: series[1].atLeast(server == nil ? 5000 : 2500)
            ).with(p99: series[1])
        ]
    }

    // MARK: Under a campaign

    /// Visitors at a steady rate while a campaign goes to everybody at full speed.
    func underCampaign(recipients: Int) async throws -> [Row] {
        let (sink, port) = try await postfixSink()
        defer { sink.end() }
        let premises = try premises("under-campaign", relayPort: port)
        defer { premises.remove() }
        try await premises.fill(recipients)
        let (id, token) = try await premises.begin()
        let daemon = try Daemon(self.daemon, premises)
        try await daemon.ready()
        let seconds = Double(min(20, max(2, recipients / 15_000)))
        let count = String(Int(seconds * 200))
        // Those who leave stand at the end, so that the campaign meets all others.
        let last = String(recipients - Int(seconds * 200))
        async let signUps = load("sign-up", premises, "--count", count, "--rate", "200", "--connections", "32")
        async let leaving = load(
            "unsubscribe", premises, "--count", count, "--rate", "200", "--connections", "32", "--from", last)
        let visitors = try await [signUps, leaving]
        let accepted = await daemon.accepted(id, token: token)
        let memory = peakMemory(of: String(daemon.child.id))
        daemon.child.signal(SIGTERM)
        daemon.child.wait()
        return zip(["sign-ups", "unsubscribes"], visitors).map { name, visits in
            let p99 = visits.p99 ?? .infinity
            var row = Row(
                "p99 of \(name) during a campaign to \(grouped(recipients))", figure: milli(p99),
                yardstick:
                    "200/s of each for \(decimal(seconds, 0)) s; the campaign made \(perSecond(Double(accepted) / seconds))",
                target: Target("≤ 100 ms", p99 <= 100 && visits.failures == 0))
            if visits.failures > 0 { row.figure += ", \(visits.failures) failed (\(visits.bytes))" }
            row.memory = megabytes(Double(memory))
            return row
        }
    }

    // MARK: Start

    func start() async throws -> [Row] {
        var (readiness, help): ([Double], [Double]) = ([], [])
        let premises = try premises("start")
        defer { premises.remove() }
        try await premises.fill(1000)
        for _ in 0..<max(5, repetitions) {
            var began = monotonicClock()
            let daemon = try Daemon(self.daemon, premises)
            while !daemon.isReady() {}
            readiness.append(Double(monotonicClock() - began) / 1e6)
            daemon.child.signal(SIGTERM)
            daemon.child.wait()
            began = monotonicClock()
            try Child(client, ["--help"]).wait()
            help.append(Double(monotonicClock() - began) / 1e6)
        }
        let (ready, helped) = (readiness.sorted()[readiness.count / 2], help.sorted()[help.count / 2])
        return [
            Row("courantd, start to readyz", figure: milli(ready), target: Target("≤ 300 ms", ready <= 300)),
            Row("courant --help", figure: milli(helped), target: Target("≤ 50 ms", helped <= 50)),
        ]
    }
}

extension Series {
    fileprivate func atLeast(_ rate: Double) -> Target {
        Target("≥ \(perSecond(rate))", self.rate >= rate && failures == 0)
    }
}

extension Row {
    fileprivate func with(p99 series: Series) -> Row {
        var row = self
        row.figure += ", p99 \(milli(series.median { $0.p99 ?? 0 }))"
        return row
    }
}
