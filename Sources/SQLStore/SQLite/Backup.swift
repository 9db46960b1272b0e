import Foundation
import GRDB
import Newsletter

/// A copy of the database in one file, as it was at one moment, taken while others read and write.
package struct Backup: Sendable {
    package let subscriptions: Int
    package let lists: Int
    package let campaigns: Int
    /// The last entry of the ledger that it knows of.
    package let lastEntry: Int64
    package let bytes: Int
}

/// Why there is no backup.
package enum BackupFailure: Error, Equatable {
    /// Nothing is overwritten.
    case exists
    case unwritable(String)
}

extension SQLiteStore {
    /// Writes a new file with mode 0600; it has its name once it is whole and on the disk. It holds no page that is not in
    /// use, so nothing of who was erased before.
    package func backup(to file: String) async throws -> Backup {
        try await Self.backup(to: file) { part in
            try await self.onWriter { try $0.execute(sql: "VACUUM INTO ?", arguments: [part]) }
        }
    }

    /// The same of a database that an earlier version has made: it is not changed for it.
    package static func backup(ofOlder path: String, to file: String) async throws -> Backup {
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        return try await backup(to: file) { part in
            try await queue.writeWithoutTransaction { try $0.execute(sql: "VACUUM INTO ?", arguments: [part]) }
        }
    }

    private static func backup(to file: String, copy: (String) async throws -> Void) async throws -> Backup {
        let part = try makePart(of: file)
        defer { removePart(part) }
        do {
            try await copy(part)
            try synchronize(part)
            let backup = try look(at: part)
            try publish(part, as: file)
            return backup
        } catch let error as DatabaseError {
            guard case .unavailable(let advice) = StoreFailure(error) else { throw error }
            throw BackupFailure.unwritable(advice)
        }
    }

    /// What a copy is written to, before it has its name.
    static func makePart(of file: String) throws -> String {
        guard !FileManager.default.fileExists(atPath: file) else { throw BackupFailure.exists }
        do {
            try Data.write(Data(), privatelyTo: file + ".part")
        } catch {
            throw BackupFailure.unwritable("\(file) cannot be made: check its directory, its owner and mode")
        }
        return file + ".part"
    }

    static func removePart(_ part: String) {
        for leftover in ["", "-journal", "-wal", "-shm"] { unlink(part + leftover) }
    }

    /// Gives it its name, unless there is one of that name. Network shares and USB disks know no hard links: there the name is
    /// taken first, which nobody else can, and the file put in its place.
    static func publish(_ part: String, as file: String) throws {
        if link(part, file) != 0 {
            guard errno != EEXIST else { throw BackupFailure.exists }
            let place = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
            guard place >= 0 else { throw errno == EEXIST ? BackupFailure.exists : unnamed(file) }
            Foundation.close(place)
            guard rename(part, file) == 0 else {
                let failure = unnamed(file)
                unlink(file)
                throw failure
            }
        }
        // Where a directory cannot be synchronised, the name is as durable as it gets.
        try? FileHandle.synchronizeDirectory(of: file)
    }

    private static func unnamed(_ file: String) -> BackupFailure {
        .unwritable("\(file) cannot be given its name (\(String(cString: strerror(errno))))")
    }

    static func synchronize(_ part: String) throws {
        guard let file = FileHandle(forUpdatingAtPath: part) else { throw BackupFailure.unwritable("it is gone") }
        do {
            try file.synchronize()
        } catch {
            throw BackupFailure.unwritable("its disk cannot be written (\(String(cString: strerror(errno))))")
        }
    }

    private static func look(at part: String) throws -> Backup {
        var configuration = GRDB.Configuration()
        configuration.readonly = true
        return try DatabaseQueue(path: part, configuration: configuration).read { database in
            let connection = SQLiteConnection(database: database)
            return Backup(
                subscriptions: try connection.count("SELECT COUNT(*) FROM subscription WHERE list_id > 0"),
                lists: try connection.count("SELECT COUNT(*) FROM list WHERE id > 0"),
                campaigns: try connection.count("SELECT COUNT(*) FROM campaign"),
                lastEntry: try SQLTransaction(connection: connection).lastEntry(),
                bytes: (try FileManager.default.attributesOfItem(atPath: part)[.size] as? NSNumber)?.intValue ?? 0)
        }
    }
}
