import Foundation
import Trials

extension Yard {
    private struct Distance {
        let connections: Int
        let roundTrip: Int
        let afterDot: Int

        /// What the speed of light allows where each mail costs one round trip.
        var bound: Double { Double(connections) * 1000 / Double(roundTrip + afterDot) }
        /// Of a client that waits for each answer: MAIL, RCPT, DATA, content.
        var waiting: Double { Double(connections) * 1000 / Double(4 * roundTrip + afterDot) }
    }

    func latency() async throws -> [Row] {
        var rows: [Row] = []
        for distance in [
            Distance(connections: 8, roundTrip: 20, afterDot: 0), Distance(connections: 8, roundTrip: 20, afterDot: 20),
            Distance(connections: 64, roundTrip: 20, afterDot: 20),
            Distance(connections: 64, roundTrip: 10, afterDot: 20),
        ] { rows += try await latency(distance) }
        return rows
    }

    private func latency(_ distance: Distance) async throws -> [Row] {
        let connections = ["--connections", String(distance.connections)]
        func turn(_ worker: String, _ rate: Double) -> () async throws -> Measured {
            {
                let (sink, port) = try await lightSink(roundTrip: distance.roundTrip, afterDot: distance.afterDot)
                defer { sink.end() }
                return try work([worker, String(port), "--count", String(Int(rate * 4))] + connections)
            }
        }
        let series = try await withRepetitions(min(3, repetitions)).takeTurns([
            turn("curl", distance.waiting), turn("send-path", distance.bound),
        ])
        let ratio = series[1].ratio(to: series[0])
        let share = series[1].rate / distance.bound
        let isTheIssues = distance.connections == 64 && distance.roundTrip == 10
        let target =
            isTheIssues
            ? Target("≥ 1,500/s", series[1].rate >= 1500)
            : distance.afterDot == 0
                ? Target("≥ 3×, ≥ 90 % of the bound", ratio >= 3 && share >= 0.9)
                : Target("≥ 90 % of the bound", share >= 0.9)
        return [
            Row(
                "\(distance.connections) connections, \(distance.roundTrip) ms away, \(distance.afterDot) ms after the dot",
                series[1],
                yardstick: "curl's own SMTP \(perSecond(series[0].rate)), bound \(perSecond(distance.bound))",
                ratio: ratio, target: target)
        ]
    }

    // MARK: TLS

    /// The sink is Python's: it is slow, and what counts is the client's own CPU.
    func encrypted() async throws -> [Row] {
        let authority = try makeCertificate()
        func turn(_ tls: Bool) -> () async throws -> Measured {
            {
                let port = try Sockets.freePort()
                let script = Premises.repository.appending(path: "Benchmarks/tls-sink.py").path
                let sink = try Child(
                    "/usr/bin/python3", ["-B", script, String(port)] + (tls ? [directory.path] : []),
                    core: Yard.sinkCore)
                defer { sink.end() }
                try await Sockets.waitFor(port)
                return try work(
                    ["send-path", String(port), "--count", "20000", "--connections", "8"]
                        + (tls ? ["--authority", authority] : []))
            }
        }
        let series = try await takeTurns([turn(false), turn(true)])
        return [
            Row(
                "TLS from the first byte, 8 connections", series[1],
                yardstick: "in the clear \(perSecond(series[0].rate)), \(micro(series[0].cpu))",
                ratio: series[1].ratio(to: series[0]), target: Target("≤ 30 µs", series[1].cpu <= 30))
        ]
    }

    private func makeCertificate() throws -> String {
        let path = directory.path
        let openssl = try Child(
            "openssl",
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                "-subj",
                "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", "\(path)/key.pem", "-out",
                "\(path)/certificate.pem",
            ], errors: "/dev/null")
        guard openssl.wait().status == 0 else { throw TrialFailure("openssl could not make a certificate") }
        return "\(path)/certificate.pem"
    }
}
