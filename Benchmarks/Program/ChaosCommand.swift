import ArgumentParser
import Foundation
import Trials

struct Chaos: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "chaos",
        abstract: "Kill, hang and refuse at random moments of a campaign, and count who got what.",
        discussion: "Each run has a seed; --seed N with one run plays that run again. Exits 1 if anybody was lost.")

    @Argument(help: "How many runs.") var runs = 20
    @Option(help: "The first run's seed; the next ones count on.") var seed: UInt64 = 1
    @Option(help: "Recipients of each campaign.") var recipients = 10_000
    @Option(help: "What the records are kept in: three courantd share a PostgreSQL, which is started for it and ended.")
    var store = Bench.Store.sqlite
    @Option(help: "A small disk of its own that may be filled to the brim.") var disk: String?
    @Option(help: "Unsubscribes at random moments of another campaign, counted by themselves.") var unsubscribes = 1000
    @Option(help: "Where courantd is; by default beside this program.") var programs: String?
    @Flag(help: "Print every run.") var verbose = false

    func run() async throws {
        let yard = try Yard(repetitions: 1, programs: programs)
        defer { yard.cleanUp() }
        let server = store == .sqlite ? nil : try PostgresServer(yard.directory.appending(path: "postgresql"))
        defer { server?.end() }
        var summary = ChaosSummary()
        if runs > 0, store != .postgresql { try await runAll(yard, nil, &summary) }
        if runs > 0, store != .sqlite { try await runAll(yard, server, &summary) }
        print(summary.text)
        var isGood = summary.isGood
        if unsubscribes > 0, store != .postgresql {
            let race = try await UnsubscribeRace(
                yard.directory.appending(path: "race"), recipients: recipients, unsubscribes: unsubscribes,
                seed: seed, program: yard.daemon
            ).run()
            print("\n\(race.description)")
            isGood = isGood && race.isGood
        }
        print("\n\(Machine.description)")
        if !isGood { throw ExitCode(1) }
    }

    private func runAll(_ yard: Yard, _ server: PostgresServer?, _ summary: inout ChaosSummary) async throws {
        let stage = try await ChaosDay.Stage(
            yard.directory.appending(path: "stage"), recipients: recipients, on: server)
        let rooms = server == nil ? disk.map { URL(filePath: $0) } ?? yard.directory : yard.directory
        for number in 0..<runs {
            let plan = stage.plan(seed: seed &+ UInt64(number), canFillDisk: disk != nil)
            let day = try ChaosDay(stage, room: rooms.appending(path: "room"), program: yard.daemon, plan: plan)
            let report = try await day.run()
            summary.take(report)
            if verbose || !report.isGood { Terminal.note((report.isGood ? "good " : "BAD  ") + report.description) }
        }
    }
}

/// All runs together.
struct ChaosSummary {
    private var reports: [ChaosReport] = []
    private var deeds: [String: Int] = [:]

    mutating func take(_ report: ChaosReport) {
        reports.append(report)
        for deed in report.done { deeds[deed.kind, default: 0] += 1 }
    }

    var isGood: Bool { reports.allSatisfy(\.isGood) }

    var text: String {
        func sum(_ value: (ChaosReport) -> Int) -> Int { reports.reduce(0) { $0 + value($1) } }
        let worst = reports.max { $0.duplicates < $1.duplicates }
        let lines: [(String, String)] = [
            ("runs", grouped(reports.count)),
            ("recipients in all", grouped(sum(\.recipients))),
            ("lost", grouped(sum(\.lost) + sum(\.missing))),
            ("got one mail", grouped(sum(\.one))),
            ("got more than one", "\(grouped(sum(\.more))), with another Message-ID \(sum(\.otherMessageIDs))"),
            (
                "duplicates in one run at the most",
                "\(worst?.duplicates ?? 0), where the bound was \(worst?.bound ?? 0)"
            ),
            ("got none, in doubt or refused", grouped(sum(\.none))),
            ("in doubt", grouped(sum(\.inDoubt))),
            ("refused", grouped(sum(\.refused))),
            ("left meanwhile", grouped(sum(\.left))),
            ("mails that began after the 200 of an unsubscribe", grouped(sum(\.late))),
            ("signed up meanwhile; confirmed", "\(grouped(sum(\.signedUp))); \(grouped(sum(\.confirmed)))"),
            ("runs beyond the bound", "\(reports.count { $0.duplicates > $0.bound })"),
            ("runs whose accounts were wrong", "\(reports.count { $0.accounted != $0.recipients })"),
            ("ended by itself", grouped(sum(\.deaths.count))),
            ("runs with other complaints", "\(reports.count { !$0.complaints.isEmpty })"),
        ]
        let happened = deeds.sorted { $0.value > $1.value }.map { ($0.key, grouped($0.value)) }
        return "| what | count |\n|---|---|\n"
            + (lines + happened).map { "| \($0.0) | \($0.1) |" }.joined(separator: "\n")
    }
}
