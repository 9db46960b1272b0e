package import Foundation
import GRDB

/// A database that a restore has moved aside, or a copy from before an upgrade. It is readable with the key in use, also what it holds of people who leave
/// later: so it stays for a week, long enough to see that the restore was right, and is then deleted by the service.
package struct SetAside: Sendable, Equatable {
    package static let term: Duration = .seconds(7 * 86_400)
    static let suffixes = ["", "-wal", "-shm", "-journal"]

    package let path: String
    package let since: Date
    package var until: Date { since.addingTimeInterval(Self.term / .seconds(1)) }

    /// `courant.db.before-20261127T093000Z`
    init(of database: String, at now: Date) {
        let stamp = now.formatted(.iso8601).filter { !"-:".contains($0) }
        (path, since) = (Self.start(of: database) + stamp, now)
    }

    /// Nil where the name says no time.
    private init?(_ path: String, stamp: Substring) {
        let digits = stamp.filter(\.isNumber)
        guard digits.count == 14, digits.allSatisfy(\.isASCII) else { return nil }
        let parts = [(0, 4), (4, 2), (6, 2), (8, 2), (10, 2), (12, 2)].map { digits.dropFirst($0.0).prefix($0.1) }
        let text = "\(parts[0])-\(parts[1])-\(parts[2])T\(parts[3]):\(parts[4]):\(parts[5])Z"
        guard let since = try? Date(text, strategy: .iso8601) else { return nil }
        (self.path, self.since) = (path, since)
    }

    private static func start(of database: String) -> String { SQLiteStore.resolved(database) + ".before-" }

    /// The oldest first.
    package static func all(of database: String) -> [SetAside] {
        let start = URL(filePath: start(of: database))
        let (folder, name) = (start.deletingLastPathComponent(), start.lastPathComponent)
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.filter { $0.hasPrefix(name) }.compactMap { found in
            let stamp = found.dropFirst(name.count)
            return suffixes.dropFirst().contains { stamp.hasSuffix($0) }
                ? nil : SetAside(folder.appending(path: found).path, stamp: stamp)
        }.sorted { $0.since < $1.since }
    }

    /// Moves a database aside, and whatever lies there of one that is gone: its log would be read into the next one of that
    /// name and destroy it. Nil where there was none.
    static func take(_ database: String, at now: Date) throws -> SetAside? {
        if FileManager.default.fileExists(atPath: database) { try fold(database) }
        let aside = SetAside(of: database, at: now)
        // The database first: what is left of it by an interruption is nobody's, and is moved the next time.
        for suffix in suffixes where FileManager.default.fileExists(atPath: database + suffix) {
            guard rename(database + suffix, aside.path + suffix) == 0 else { throw RestoreFailure.unwritable }
        }
        return FileManager.default.fileExists(atPath: aside.path) ? aside : nil
    }

    /// Has the log go into the database, which is one file from then on. SQLite does that only where nobody else has it open:
    /// whoever had would go on writing to a file that is not in its place any more.
    private static func fold(_ database: String) throws {
        do {
            let mode = try DatabaseQueue(path: database, configuration: SQLiteStore.configuration)
                .writeWithoutTransaction { try String.fetchOne($0, sql: "PRAGMA journal_mode = DELETE") }
            guard mode == "delete" else { throw RestoreFailure.inUse }
        } catch let error as DatabaseError {
            // A damaged one goes with its log as it is.
            if [.SQLITE_BUSY, .SQLITE_LOCKED].contains(error.resultCode.primaryResultCode) {
                throw RestoreFailure.inUse
            }
        }
    }

    /// What it holds is overwritten first.
    package func delete() throws {
        for suffix in Self.suffixes.reversed() { try FileManager.default.overwriteAndDelete(path + suffix) }
    }
}
