import Foundation
import Trials

/// Where measurements are made: starts sinks and workers on their cores, and clears up.
///
/// Sinks run on the last core and what is measured on the first, as far as there are two: so neither takes the other's
/// time, and the yardstick meets the same.
struct Yard {
    var repetitions: Int
    let directory: URL
    let program: String
    let daemon: String
    let client: String
    /// Nil: everything is measured on SQLite.
    var server: PostgresServer?

    static let (clientCore, sinkCore) = ProcessInfo.processInfo.activeProcessorCount > 1 ? (0, 1) : (0, 0)

    init(repetitions: Int, programs: String?) throws {
        self.repetitions = repetitions
        let own = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        let folder = programs.map { URL(filePath: $0) } ?? own.deletingLastPathComponent()
        program = own.path
        daemon = folder.appending(path: "courantd").path
        client = folder.appending(path: "courant").path
        directory = Premises.temporary("bench")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        Child.endWithUs { [directory] in try? FileManager.default.removeItem(at: directory) }
    }

    func cleanUp() { try? FileManager.default.removeItem(at: directory) }

    /// An empty place to serve from, with a database of its own.
    func premises(_ name: String, relayPort: Int = 9, captcha: String? = nil) throws -> Premises {
        Premises(
            directory.appending(path: name), relayPort: relayPort, httpPort: try Sockets.freePort(), captcha: captcha,
            database: try server?.database("courant_\(UInt32.random(in: 0 ... .max))"))
    }

    // MARK: Others' programs

    enum Tool: String {
        case sink = "smtp-sink"
        case source = "smtp-source"

        func path() throws -> String {
            let places = ["/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/libexec/postfix"].map {
                "\($0)/\(rawValue)"
            }
            guard let path = places.first(where: { FileManager.default.isExecutableFile(atPath: $0) }) else {
                throw TrialFailure("\(rawValue) is missing: scripts/setup --tests")
            }
            return path
        }
    }

    func postfixSink(_ options: String...) async throws -> (Child, port: Int) {
        let port = try Sockets.freePort()
        let user = NSUserName() == "root" ? ["-u", "nobody"] : []
        let sink = try Child(
            Tool.sink.path(), ["-4"] + user + options + ["127.0.0.1:\(port)", "1024"], core: Self.sinkCore,
            errors: "/dev/null")
        try await Sockets.waitFor(port)
        return (sink, port)
    }

    /// Postfix's own load generator: it keeps its connections (`-d`), and waits for each answer.
    func postfixSource(to port: Int, mails: Int) throws -> Measured {
        let watch = Stopwatch()
        let source = try Child(
            Tool.source.path(), ["-4", "-d", "-s", "32", "-l", "10240", "-m", String(mails), "127.0.0.1:\(port)"],
            core: Self.clientCore)
        let ended = source.wait()
        guard ended.status == 0 else { throw TrialFailure("smtp-source failed") }
        var measured = watch.measured(mails)
        measured.cpuSeconds = ended.cpu / .seconds(1)
        return measured
    }

    // MARK: Our own

    func lightSink(roundTrip: Int = 0, afterDot: Int = 0, core: Int? = Yard.sinkCore) async throws -> (Child, port: Int)
    {
        let port = try Sockets.freePort()
        let sink = try Child(
            program,
            ["worker", "sink", String(port), "--round-trip", String(roundTrip), "--after-dot", String(afterDot)],
            core: core)
        try await Sockets.waitFor(port)
        return (sink, port)
    }

    /// Runs a worker to its end. What it was for it tells itself.
    @discardableResult
    func work(_ arguments: [String], core: Int? = Yard.clientCore, reports: Bool = true) throws -> Measured {
        let output = directory.appending(path: "report-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: output) }
        let worker = try Child(program, ["worker"] + arguments, core: core, output: output.path)
        let ended = worker.wait()
        guard ended.status == 0 else {
            throw TrialFailure("\(arguments.joined(separator: " ")): status \(ended.status)")
        }
        guard reports else { return Measured(count: 0, seconds: 0, cpuSeconds: 0) }
        return try JSONDecoder().decode(Measured.self, from: Data(contentsOf: output))
    }

    /// Each of `turns` once, `repetitions` times over.
    func takeTurns(_ turns: [() async throws -> Measured]) async throws -> [Series] {
        var series = turns.map { _ in Series() }
        for repetition in 1...repetitions {
            for (index, turn) in turns.enumerated() { series[index].runs.append(try await turn()) }
            Terminal.note(
                "  \(repetition): "
                    + series.compactMap { $0.runs.last.map { "\(Int($0.rate))/s" } }.joined(separator: ", "))
        }
        return series
    }
}

/// Repetitions of one measurement.
struct Series {
    var runs: [Measured] = []

    func median(_ value: (Measured) -> Double) -> Double {
        let sorted = runs.map(value).sorted()
        guard !sorted.isEmpty else { return 0 }
        return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
    }

    var rate: Double { median(\.rate) }
    var cpu: Double { median(\.cpuMicroseconds) }
    var databaseCPU: Double { median(\.databaseMicroseconds) }
    var peak: Double { median { Double($0.peakMemory) } }
    var failures: Int { runs.reduce(0) { $0 + $1.failures } }

    /// The median of the repetitions' own ratios.
    func ratio(to yardstick: Series) -> Double {
        let ratios = zip(runs, yardstick.runs).map { $0.rate / $1.rate }.sorted()
        guard !ratios.isEmpty else { return 0 }
        return (ratios[(ratios.count - 1) / 2] + ratios[ratios.count / 2]) / 2
    }
}
