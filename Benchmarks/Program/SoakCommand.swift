import ArgumentParser
import Foundation
import Trials

struct SoakCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "soak",
        abstract: "Live in a service with the shipped settings while everything goes wrong, then do its accounts.",
        discussion: "Exits 1 if anybody was lost or wronged.")

    @Argument(help: "How many minutes.") var minutes = 30.0
    @Option(help: "The seed of what goes wrong.") var seed: UInt64 = 1
    @Option(
        help: "What the records are kept in: sqlite, postgresql (two courantd share it), or both, one after the other.")
    var store = Bench.Store.sqlite
    @Option(help: "The built clock-shim.c: the time of day jumps too.") var clockShim: String?
    @Option(help: "Where courantd and courant are; by default beside this program.") var programs: String?

    func run() async throws {
        let yard = try Yard(repetitions: 1, programs: programs)
        var isGood = true
        if store != .postgresql { isGood = try await soak(yard, nil, "SQLite") && isGood }
        if store != .sqlite {
            let server = try PostgresServer(yard.directory.appending(path: "postgresql"))
            defer { server.end() }
            isGood = try await soak(yard, server, "PostgreSQL, two instances") && isGood
        }
        print("\n\(Machine.description)")
        guard isGood else {
            print("What it leaves: \(yard.directory.path)")
            throw ExitCode(1)
        }
        yard.cleanUp()
    }

    private func soak(_ yard: Yard, _ server: PostgresServer?, _ title: String) async throws -> Bool {
        var plan = Soak.Plan(
            time: .seconds(minutes * 60), seed: seed,
            directory: yard.directory.appending(path: server == nil ? "soak" : "soak-postgresql"),
            daemon: yard.daemon, client: yard.client)
        plan.server = server
        plan.clockShim = clockShim
        let report = try await Soak(plan).run()
        print("\n## \(title)\n\n\(report.text)")
        return report.isGood
    }
}
