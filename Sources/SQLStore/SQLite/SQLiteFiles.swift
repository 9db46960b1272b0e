import Foundation
import GRDB
import GRDBSQLite

/// The database's own files, which nobody in this process opens but SQLite.
///
/// POSIX locks belong to a process and a file: whoever closes any descriptor of a file loses every lock that the process
/// has on it, also those of which it knows nothing. SQLite's locks are what keeps the next program that closes the
/// database from taking itself for the last, and from deleting the log under a service that still writes to it
/// (https://www.sqlite.org/howtocorrupt.html §2.2). So whatever is to be read of them is read through SQLite's own handles.
extension SQLiteStore {
    /// What is not to be opened.
    package var files: Set<FileIdentity> { Self.files(of: path) }

    static func files(of path: String) -> Set<FileIdentity> {
        Set(["", "-wal", "-shm", "-journal"].compactMap { FileIdentity(ofFile: resolved(path) + $0) })
    }

    /// The log comes first, for its pages go from there to the database and not back. Its index (`-shm`) has numbers of
    /// pages and none of their content.
    package func places(holding words: [String]) async throws -> [String] {
        let (search, name) = (DiskSearch(words), URL(filePath: path).lastPathComponent)
        return try await pool.unsafeRead { database in
            // A connection opens the log with its first look.
            _ = try Int.fetchOne(database, sql: "SELECT COUNT(*) FROM sqlite_master")
            let files = [(name + "-wal", SQLITE_FCNTL_JOURNAL_POINTER), (name, SQLITE_FCNTL_FILE_POINTER)]
            return try files.filter { try OpenFile(database, $0.1).holds(search) }.map(\.0).sorted()
        }
    }

    /// Whether every page, row and index entry is where it belongs: the whole of it, read once.
    package func isWhole() async throws -> Bool {
        try await pool.read { try Self.isWhole($0) }
    }

    static func isWhole(_ database: Database) throws -> Bool {
        do {
            return try String.fetchOne(database, sql: "PRAGMA integrity_check(1)") == "ok"
        } catch let error as DatabaseError where error.resultCode.primaryResultCode == .SQLITE_CORRUPT {
            return false
        }
    }

    /// What each start can afford to read: 4,096 bytes each, so 16 MB.
    private static let fewPages = 4096

    /// A small database is looked through at each start. That of a large one is asked for: `courantd doctor`.
    static func refuseDamaged(_ database: Database, _ path: String) throws {
        guard try Int.fetchOne(database, sql: "PRAGMA page_count") ?? 0 <= fewPages else { return }
        guard try isWhole(database) else { throw DatabaseError(resultCode: .SQLITE_CORRUPT) }
    }
}

/// A file that SQLite has open, as it reads it itself.
private struct OpenFile {
    private let file: UnsafeMutablePointer<sqlite3_file>

    init(_ database: Database, _ kind: Int32) throws {
        var file: UnsafeMutablePointer<sqlite3_file>?
        let code = sqlite3_file_control(database.sqliteConnection, "main", kind, &file)
        guard code == SQLITE_OK, let file, file.pointee.pMethods != nil else {
            throw DatabaseError(resultCode: .SQLITE_IOERR)
        }
        self.file = file
    }

    func holds(_ search: DiskSearch) throws -> Bool {
        var size: sqlite3_int64 = 0
        try check(file.pointee.pMethods.pointee.xFileSize(file, &size))
        var place: sqlite3_int64 = 0
        return try search.isFound {
            var piece = Data(count: Int(min(sqlite3_int64(DiskSearch.piece), size - place)))
            guard !piece.isEmpty else { return piece }
            let code = piece.withUnsafeMutableBytes {
                file.pointee.pMethods.pointee.xRead(file, $0.baseAddress, Int32($0.count), place)
            }
            // It was truncated meanwhile.
            if code != SQLITE_IOERR_SHORT_READ { try check(code) }
            place += sqlite3_int64(piece.count)
            return piece
        }
    }

    private func check(_ code: Int32) throws {
        guard code == SQLITE_OK else { throw DatabaseError(resultCode: ResultCode(rawValue: code)) }
    }
}

/// `SQLITE_IOERR | (2 << 8)`, which Swift does not import.
private let SQLITE_IOERR_SHORT_READ = SQLITE_IOERR | (2 << 8)
