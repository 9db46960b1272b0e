import GRDB

extension DatabaseError: EngineFailure {
    var advice: String {
        switch resultCode.primaryResultCode {
        case .SQLITE_FULL: "the disk is full: make room"
        case .SQLITE_READONLY: "the database is read-only: check the owner and mode of the data directory"
        case .SQLITE_CANTOPEN: "the database cannot be opened: check the path, owner and mode of the data directory"
        case .SQLITE_CORRUPT, .SQLITE_NOTADB: "the database file is damaged: restore a backup"
        case .SQLITE_BUSY, .SQLITE_LOCKED: "another program holds the database"
        case .SQLITE_IOERR: "the disk reports an error"
        default: "SQLite says \(resultCode.rawValue)"
        }
    }

    var isLoss: Bool { false }
}
