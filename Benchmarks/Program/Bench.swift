import ArgumentParser
import Foundation
import Trials

/// Measures, and prints one table. Yardstick and candidate take turns within each repetition, because the machine is never
/// quite the same twice; a row shows medians.
struct Bench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Measure speed and memory, and print one table.",
        discussion: "Names: \(Trial.allCases.map(\.rawValue).joined(separator: ", ")); none: all of them.")

    enum Trial: String, CaseIterable, ExpressibleByArgument {
        case sendPath = "send-path"
        case campaign
        case latency, tls
        case signUps = "sign-ups"
        case unsubscribes
        case underCampaign = "under-campaign"
        case slowClients = "slow-clients"
        case reports, signing
        case start
        case instances

        /// Others are the same whichever store there is.
        var concernsStore: Bool { ![.sendPath, .latency, .tls].contains(self) }
    }

    enum Store: String, CaseIterable, ExpressibleByArgument {
        case sqlite, postgresql, both

        var engines: [Bool] { self == .both ? [false, true] : [self == .postgresql] }
    }

    @Argument(help: "What to measure.") var names: [Trial] = []
    @Option(help: "Repetitions of each measurement.") var `repeat` = 5
    @Option(help: "Recipients of the campaigns, joined by commas.") var recipients = "10000,100000,1000000"
    @Option(help: "Where the programs are; by default beside this one.") var programs: String?
    @Option(help: "What the records are kept in. A PostgreSQL is started for it, and ended.") var store = Store.sqlite

    func run() async throws {
        var yard = try Yard(repetitions: `repeat`, programs: programs)
        defer { yard.cleanUp() }
        let server = store == .sqlite ? nil : try PostgresServer(yard.directory.appending(path: "postgresql"))
        defer { server?.end() }
        var table = Table()
        for name in names.isEmpty ? Trial.allCases : names {
            for isOnServer in name.concernsStore ? store.engines : [false] {
                yard.server = isOnServer ? server : nil
                Terminal.note("\(name.rawValue)\(isOnServer ? ", PostgreSQL" : "") …")
                table.rows += try await measure(name, yard).map { isOnServer ? $0.onServer : $0 }
            }
        }
        print(table.text(machine: Machine.description))
    }

    private var sizes: [Int] { recipients.split(separator: ",").compactMap { Int($0) } }

    private func measure(_ trial: Trial, _ yard: Yard) async throws -> [Row] {
        switch trial {
        case .sendPath: try await yard.sendPath()
        case .campaign: try await yard.campaigns(sizes)
        case .latency: try await yard.latency()
        case .tls: try await yard.encrypted()
        case .signUps: try await yard.signUps()
        case .unsubscribes: try await yard.unsubscribes()
        case .underCampaign: try await yard.underCampaign(recipients: sizes.max() ?? 100_000)
        case .slowClients: try await yard.besideSlowClients(2000)
        case .reports: try await yard.reports()
        case .signing: try await yard.signing(10_000)
        case .start: try await yard.start()
        case .instances: try await yard.instances(upTo: 3, recipients: min(100_000, sizes.max() ?? 100_000))
        }
    }
}

enum Terminal {
    static func note(_ text: String) { FileHandle.standardError.write(Data("\(text)\n".utf8)) }
}
