import DKIM
import Foundation
import Trials
import Wiring

extension Yard {
    /// The relay by itself, to Postfix's sink and to a light one.
    func sendPath() async throws -> [Row] {
        let mails = 20_000
        let series = try await takeTurns([
            {
                let (sink, port) = try await postfixSink()
                defer { sink.end() }
                return try postfixSource(to: port, mails: mails)
            },
            {
                let (sink, port) = try await postfixSink()
                defer { sink.end() }
                return try work(["send-path", String(port), "--count", String(mails)])
            },
            {
                let (sink, port) = try await lightSink()
                defer { sink.end() }
                return try work(["send-path", String(port), "--count", String(mails * 3)])
            },
        ])
        let yardstick = "smtp-source \(perSecond(series[0].rate)), \(micro(series[0].cpu))"
        return [
            Row(
                "send path to smtp-sink", series[1], yardstick: yardstick, ratio: series[1].ratio(to: series[0]),
                target: Target("≥ 1.3×", series[1].ratio(to: series[0]) >= 1.3)),
            Row(
                "send path to a light sink", series[2], yardstick: yardstick, ratio: series[2].ratio(to: series[0]),
                target: Target("≤ 12 µs", series[2].cpu <= 12)),
        ]
    }

    /// Everything: store, keys, rendering, relay, accounts.
    func campaigns(_ sizes: [Int]) async throws -> [Row] {
        var rows: [Row] = []
        var smallest: Series?
        for size in sizes {
            let home = try premises("campaign-\(size)")
            defer { home.remove() }
            try work(["fill"] + Place.arguments(home) + [String(size)], core: nil, reports: false)
            let series = try await withRepetitions(size > 200_000 ? min(3, repetitions) : repetitions).takeTurns([
                {
                    let (sink, port) = try await postfixSink()
                    defer { sink.end() }
                    return try postfixSource(to: port, mails: min(40_000, max(20_000, size)))
                },
                {
                    let (sink, port) = try await postfixSink()
                    defer { sink.end() }
                    return try work(["campaign"] + Place.arguments(home) + [String(port)], core: ownCore)
                },
            ])
            rows += campaignRows(size, series[1], yardstick: series[0], smallest: smallest)
            smallest = smallest ?? series[1]
        }
        return rows
    }

    /// One campaign unsigned and signed (RSA, 2,048 bits), and what a signature costs.
    func signing(_ recipients: Int) async throws -> [Row] {
        let home = try premises("signing")
        defer { home.remove() }
        try work(["fill"] + Place.arguments(home) + [String(recipients)], core: nil, reports: false)
        _ = try DKIMRotation(try await home.settings()).make(.rsa, for: "company.example", selector: nil, at: .now)
        let series = try await takeTurns(
            [[String](), ["--signed"]].map { options in
                {
                    let (sink, port) = try await postfixSink()
                    defer { sink.end() }
                    return try work(["campaign"] + Place.arguments(home) + [String(port)] + options, core: nil)
                }
            })
        return [
            Row(
                "campaign to \(grouped(recipients)), signed", series[1],
                yardstick: "unsigned \(perSecond(series[0].rate)), \(micro(series[0].cpu))",
                ratio: series[1].ratio(to: series[0])),
            Row(
                "  a signature", figure: micro(series[1].cpu - series[0].cpu),
                yardstick: micro(series[0].cpu), ratio: series[1].cpu / series[0].cpu),
        ]
    }

    private func campaignRows(_ size: Int, _ series: Series, yardstick: Series, smallest: Series?) -> [Row] {
        let ratio = series.ratio(to: yardstick)
        let bytes = series.runs.first?.bytes ?? 0
        var rows = [
            Row(
                "campaign to \(grouped(size)), \(bytes) bytes each", series,
                yardstick: "smtp-source \(perSecond(yardstick.rate)), \(micro(yardstick.cpu))", ratio: ratio,
                target: server == nil
                    ? Target("≥ 1.3×", ratio >= 1.3) : Target("≥ 8,000/s", series.rate >= 8000))
        ]
        if let smallest {
            let (cost, memory) = (series.cpu / smallest.cpu, series.peak / smallest.peak)
            rows.append(
                Row(
                    "  its cost per mail, against the smallest", figure: micro(series.cpu),
                    yardstick: micro(smallest.cpu),
                    ratio: cost, target: Target("≤ 1.1", cost <= 1.1)))
            rows.append(
                Row(
                    "  its peak memory, against the smallest", figure: megabytes(series.peak),
                    yardstick: megabytes(smallest.peak), ratio: memory,
                    target: Target("≤ 1.2, ≤ 100 MB", memory <= 1.2 && series.peak <= 100e6)))
        }
        return rows
    }

    /// Beside a database server nothing is pinned.
    private var ownCore: Int? { server == nil ? Self.clientCore : nil }

    func withRepetitions(_ count: Int) -> Yard {
        var yard = self
        yard.repetitions = count
        return yard
    }
}
