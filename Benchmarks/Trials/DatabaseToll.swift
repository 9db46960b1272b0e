import Foundation

/// What a database server has done so far, or for a measured span: the part of a figure that Courant's own process does not
/// show.
package struct DatabaseToll: Codable, Sendable {
    /// User and system, of all its processes.
    package var cpuSeconds: Double
    /// Bytes of its log, how often it waited for the disk, and transactions; where they were asked for.
    package var logBytes = 0
    package var syncs = 0
    package var commits = 0

    /// By now.
    package init(process: Int32) {
        let children = (try? String(contentsOfFile: "/proc/\(process)/task/\(process)/children", encoding: .utf8)) ?? ""
        let ids = children.split(separator: " ").compactMap { Int32($0) }
        cpuSeconds = ids.reduce(Self.ticks(of: process, withChildren: true)) { $0 + Self.ticks(of: $1) } / 100
    }

    /// By now, counters included.
    package init(_ database: TrialDatabase) throws {
        self.init(process: database.process)
        let counters = try database.ask(
            """
            SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn, COALESCE((to_jsonb(w) ->> 'wal_sync')::bigint, 0),
                (SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()) FROM pg_stat_wal w
            """
        ).split(separator: "|").compactMap { Int($0) }
        guard counters.count == 3 else { return }
        (logBytes, syncs, commits) = (counters[0], counters[1], counters[2])
    }

    package static func - (later: Self, earlier: Self) -> Self {
        var span = later
        span.cpuSeconds -= earlier.cpuSeconds
        span.logBytes -= earlier.logBytes
        span.syncs -= earlier.syncs
        span.commits -= earlier.commits
        return span
    }

    /// Hundredths of a second; with those of its children that have ended.
    private static func ticks(of process: Int32, withChildren: Bool = false) -> Double {
        guard let status = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8) else { return 0 }
        // Behind the name, which may hold anything: state is the third field, utime the fourteenth.
        let fields = status[(status.lastIndex(of: ")") ?? status.startIndex)...].split(separator: " ").dropFirst()
        let times = fields.dropFirst(11).prefix(withChildren ? 4 : 2).compactMap { Double($0) }
        return times.reduce(0, +)
    }

    /// CPU seconds of any process so far.
    package static func cpuSeconds(of process: Int32) -> Double { ticks(of: process) / 100 }
}
