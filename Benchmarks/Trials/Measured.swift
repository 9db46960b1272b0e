import Foundation

/// What a measured program tells about itself: one line of JSON on its standard output.
package struct Measured: Codable, Sendable {
    package var count: Int
    package var seconds: Double
    /// User and system, over the measured span alone.
    package var cpuSeconds: Double
    package var peakMemory: Int
    /// Of one mail, or what else the program has to say.
    package var bytes: Int
    /// Milliseconds.
    package var p50: Double?
    package var p99: Double?
    package var failures: Int
    /// The database server's part, where there is one.
    package var database: DatabaseToll?

    package init(
        count: Int, seconds: Double, cpuSeconds: Double, bytes: Int = 0, p50: Double? = nil, p99: Double? = nil,
        failures: Int = 0
    ) {
        self.count = count
        self.seconds = seconds
        self.cpuSeconds = cpuSeconds
        self.peakMemory = Trials.peakMemory()
        self.bytes = bytes
        self.p50 = p50
        self.p99 = p99
        self.failures = failures
    }

    package var rate: Double { Double(count) / max(seconds, 1e-9) }
    package var cpuMicroseconds: Double { cpuSeconds * 1e6 / Double(max(count, 1)) }
    package var databaseMicroseconds: Double { (database?.cpuSeconds ?? 0) * 1e6 / Double(max(count, 1)) }

    package func print() throws {
        let line = try JSONEncoder().encode(self) + Data("\n".utf8)
        FileHandle.standardOutput.write(line)
    }
}

/// The clock and the CPU of this process since a moment.
package struct Stopwatch {
    private let start = monotonicClock()
    private let cpu: Double
    private let database: (process: Int32, toll: DatabaseToll)?

    /// `database`: whose server's CPU is counted, too.
    package init(_ database: TrialDatabase? = nil) {
        cpu = Self.cpu
        self.database = database.map { ($0.process, DatabaseToll(process: $0.process)) }
    }

    package func measured(_ count: Int, seconds: Double? = nil, bytes: Int = 0) -> Measured {
        var measured = Measured(
            count: count, seconds: seconds ?? Double(monotonicClock() - start) / 1e9, cpuSeconds: Self.cpu - cpu,
            bytes: bytes)
        measured.database = database.map { DatabaseToll(process: $0.process) - $0.toll }
        return measured
    }

    private static var cpu: Double { rusage.ofThisProcess.cpu / .seconds(1) }
}
