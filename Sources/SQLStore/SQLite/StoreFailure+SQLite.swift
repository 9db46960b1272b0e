import GRDB
import Newsletter

extension StoreFailure {
    /// SQLite's message without its arguments: those may be personal, the message is not.
    init(_ error: any Error) {
        guard let error = error as? DatabaseError else {
            self = error as? StoreFailure ?? .unavailable("\(type(of: error))")
            return
        }
        let advice: String =
            switch error.resultCode.primaryResultCode {
            case .SQLITE_FULL: "the disk is full: make room"
            case .SQLITE_READONLY: "the database is read-only: check the owner and mode of the data directory"
            case .SQLITE_CANTOPEN: "the database cannot be opened: check the path, owner and mode of the data directory"
            case .SQLITE_CORRUPT, .SQLITE_NOTADB: "the database file is damaged: restore a backup"
            case .SQLITE_BUSY, .SQLITE_LOCKED: "another program holds the database"
            case .SQLITE_IOERR: "the disk reports an error"
            default: "SQLite says \(error.resultCode.rawValue)"
            }
        self = .unavailable(advice)
    }

    /// What a change threw itself goes to its caller as it is; what SQLite threw is the store's failure.
    static func mapped(_ error: any Error) -> any Error {
        error is DatabaseError ? StoreFailure(error) : error
    }
}
