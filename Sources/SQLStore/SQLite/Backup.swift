import Foundation
import GRDB
import Newsletter

/// A copy of the database in one file, as it was at one moment, taken while others read and write.
package struct Backup: Sendable {
    package let subscriptions: Int
    package let lists: Int
    package let campaigns: Int
    /// The last erasure that it knows of.
    package let lastErasure: Int64
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
        guard !FileManager.default.fileExists(atPath: file) else { throw BackupFailure.exists }
        let part = file + ".part"
        do {
            try Data.write(Data(), privatelyTo: part)
        } catch {
            throw BackupFailure.unwritable("\(file) cannot be made: check its directory, its owner and mode")
        }
        defer { unlink(part) }
        do {
            try await copy(to: part)
            let backup = try Self.look(at: part)
            guard link(part, file) == 0 else {
                throw errno == EEXIST ? BackupFailure.exists : BackupFailure.unwritable("\(file) cannot be made")
            }
            try FileHandle.synchronizeDirectory(of: file)
            return backup
        } catch let error as DatabaseError {
            guard case .unavailable(let advice) = StoreFailure(error) else { throw error }
            throw BackupFailure.unwritable(advice)
        }
    }

    private func copy(to part: String) async throws {
        try await onWriter { database in
            try database.execute(sql: "VACUUM INTO ?", arguments: [part])
        }
        guard let file = FileHandle(forUpdatingAtPath: part) else { throw BackupFailure.unwritable("it is gone") }
        try file.synchronize()
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
                lastErasure: try SQLTransaction(connection: connection).lastErasure(),
                bytes: (try FileManager.default.attributesOfItem(atPath: part)[.size] as? NSNumber)?.intValue ?? 0)
        }
    }
}
