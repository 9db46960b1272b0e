import Foundation
import GRDB
import Newsletter

#if canImport(CDispatch)
    import CDispatch  // stat, on Linux, if it was seen there first
#endif

extension SQLiteStore {
    /// Makes the file where there is none, with mode 0600.
    static func connect(_ path: String) throws -> DatabasePool {
        guard !FileManager.default.fileExists(atPath: Restoring.draft(of: path)) else {
            throw StoreOpening.halfRestored
        }
        try create(path)
        let pool = try DatabasePool(path: path, configuration: configuration)
        // Whoever began to restore between that look and the opening will put another file here.
        guard !FileManager.default.fileExists(atPath: Restoring.draft(of: path)) else {
            throw StoreOpening.halfRestored
        }
        try pool.writeWithoutTransaction { database in
            // GRDB sets NORMAL when it switches to WAL, whatever was asked for before.
            try database.execute(sql: "PRAGMA synchronous = FULL")
            // Pages are written again and again before they go back to the file, 16 MB at a time, and 8 MB of them stay at hand.
            try database.execute(sql: "PRAGMA wal_autocheckpoint = 4000")
            try database.execute(sql: "PRAGMA cache_size = -8192")
        }
        return pool
    }

    /// One that is there is not opened, not even for a moment: another process may just have made it, and written to it.
    private static func create(_ path: String) throws {
        let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor < 0 else {
            Foundation.close(descriptor)
            return
        }
        guard errno == EEXIST else {
            let folder = URL(filePath: path).deletingLastPathComponent().path
            throw StoreOpening.unusable("cannot create \(path): check the owner and mode of \(folder)")
        }
    }

    /// Where a link leads: whoever serves a file by one name keeps away whoever would by another.
    static func resolved(_ path: String) -> String {
        var facts = stat()
        guard lstat(path, &facts) == 0, facts.st_mode & S_IFMT == S_IFLNK, let place = realpath(path, nil) else {
            return path
        }
        defer { free(place) }
        return String(cString: place)
    }

    /// Whether a running service has the file to itself.
    package static func isServed(path: String) -> Bool {
        let lock = resolved(path) + ".lock"
        guard FileManager.default.fileExists(atPath: lock) else { return false }
        do throws(StoreOpening) {
            try FileLock(path: lock).release()
            return false
        } catch {
            if case .inUse = error { return true }
            return false
        }
    }

    /// Where the erasures of a database are written down.
    package static func ledger(of path: String) -> String { path + ".erasures" }

    static func makeDirectory(of path: String) throws(StoreOpening) {
        let folder = URL(filePath: path).deletingLastPathComponent().path
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw .unusable(
                "the data directory \(folder) cannot be made: check that what is above it is a directory, its owner and mode"
            )
        }
    }

    static var configuration: GRDB.Configuration {
        var configuration = GRDB.Configuration()
        configuration.busyMode = .timeout(5)
        configuration.maximumReaderCount = 4
        configuration.prepareDatabase { database in
            try database.execute(sql: "PRAGMA secure_delete = ON")
            try database.execute(sql: "PRAGMA temp_store = MEMORY")
            // A stray write through a pointer must not reach the file.
            try database.execute(sql: "PRAGMA mmap_size = 0")
            try database.execute(sql: "PRAGMA trusted_schema = OFF")
        }
        return configuration
    }

    static func prepare(_ database: Database, _ keyring: Keyring, mayUpgrade: Bool) throws {
        try database.inTransaction(.immediate) {
            try SQLiteConnection(database: database).prepare(keyring, mayUpgrade: mayUpgrade)
            return .commit
        }
    }
}
