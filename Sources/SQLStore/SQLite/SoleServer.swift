import Foundation
import GRDB
import Logging
import Mail
import Newsletter
import Synchronization

/// That this process alone serves the file, proved and not assumed: beside the lock (`FileLock`), which some file systems
/// take and do not keep.
///
/// Whoever begins to serve writes a random word into the database, and reads it again each second. Who finds another's word,
/// or another file where its own was, stops. Mails start only for a while after each look, and a newcomer that finds a
/// word of somebody who has not said farewell (a dead process, or one that lives) lets that while pass first: so no two
/// send the same.
final class SoleServer: Sendable {
    static let pulse: Duration = .seconds(1)
    /// How long a look counts.
    static let lease: Duration = .seconds(3)

    private let word = Data((0..<16).map { _ in UInt8.random(in: 0...255) })
    private let path: String
    private let files: Set<FileIdentity>
    private let sendGuard: SendGuard
    private let mayHavePredecessor: Bool
    private let loss = Mutex<ServiceLost?>(nil)

    /// On the writer, outside of a transaction.
    init(_ database: Database, path: String, sendGuard: SendGuard) throws {
        (self.path, self.sendGuard) = (path, sendGuard)
        mayHavePredecessor = try Self.word(database) != nil
        try database.execute(sql: "UPDATE installation SET server = ?", arguments: [word])
        files = Self.files(of: path)
    }

    /// Before anything is served.
    static func refuseUnsafePlace(of path: String, _ logger: Logger) throws {
        let folder = URL(filePath: SQLiteStore.resolved(path)).deletingLastPathComponent().path
        switch FileSystem(of: folder) {
        case .local: break
        case .remote(let kind): throw StoreOpening.onNetwork(kind)
        case .throughAnother(let kind):
            logger.warning(
                "the database is on a file system that may keep no locks: put store.url on a disk of this machine",
                metadata: ["kind": "\(kind)"])
        }
        if MountTable.current.isMountedAlone(path) { throw StoreOpening.mountedAlone }
        if let links = FileIdentity(ofFile: SQLiteStore.resolved(path))?.links, links > 1 {
            throw StoreOpening.severalNames(Int(links))
        }
    }

    private static func word(_ database: Database) throws -> Data? {
        try Data.fetchOne(database, sql: "SELECT server FROM installation")
    }

    /// The index of the log may be made anew by a recovery.
    private static func files(of path: String) -> Set<FileIdentity> {
        Set(["", "-wal"].compactMap { FileIdentity(ofFile: SQLiteStore.resolved(path) + $0) })
    }

    // MARK: Serving

    func take() {
        if mayHavePredecessor { sendGuard.limit(to: .now) }
    }

    /// Until `isStopping`, or until somebody else serves.
    func watch(_ pool: DatabasePool, until isStopping: @Sendable () -> Bool) async throws {
        let opens: ContinuousClock.Instant = mayHavePredecessor ? .now + Self.lease + Self.pulse : .now
        while !isStopping() {
            let looked = ContinuousClock.now
            // By their names: where the files are gone, the database cannot be asked any more.
            if Self.files(of: path) != files { throw lose(.replaced(path)) }
            // One that is away just now says nothing, and nothing is sent before it does.
            if let found = try? await pool.read({ try Self.word($0) }) {
                if found != word { throw lose(.another(path)) }
                if looked >= opens { sendGuard.limit(to: looked + Self.lease) }
            }
            try? await Task.sleep(for: Self.pulse)
        }
    }

    private func lose(_ lost: ServiceLost) -> ServiceLost {
        sendGuard.limit(to: .now)
        loss.withLock { $0 = lost }
        return lost
    }

    var isLost: Bool { loss.withLock { $0 != nil } }

    /// What is written from here on would be lost, or would destroy what another has written.
    func refuseLost() throws {
        guard isLost else { return }
        throw StoreFailure.unavailable("this courantd has lost its database and is stopping")
    }

    /// At the end: the next need not wait.
    func give(_ database: Database) throws {
        guard !isLost else { return }
        try database.execute(sql: "UPDATE installation SET server = NULL WHERE server = ?", arguments: [word])
    }
}

/// Why a service ends by itself: going on would lose what people were told is kept.
package enum ServiceLost: Error, Equatable {
    /// Somebody else serves the same file, from a place where our lock does not hold.
    case another(String)
    /// The file or its log is not the one any more that was opened.
    case replaced(String)
}
