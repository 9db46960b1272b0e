import Foundation
import SQLStore

/// What to do about a store that does not open, a backup that is not made, or is not restored.
extension StoreOpening {
    func advice(_ settings: Settings) -> String {
        let database = settings.databasePath
        return switch self {
        case .unusable(let what): "The store cannot be used: \(what)."
        case .inUse(let lock): "Another courantd serves \(database) (it holds \(lock)): stop it first."
        case .wrongKeys:
            "The key file \(settings.keysFile) is not this database's: put the right one back (setting keys.file), or point "
                + "store.url to its database."
        case .olderKeys:
            "The key file \(settings.keysFile) is a copy from before the keys were rotated: put the newest one back."
        case .newerSchema(let step):
            "The database was used by a later version of Courant (\"\(step)\"): install that version or a newer one."
        case .halfRestored: "A restore of \(database) was interrupted: run courantd restore FILE --replace again."
        case .ledger(let fault, let path): fault.advice(path, database)
        }
    }
}

extension LedgerFault {
    func advice(_ path: String, _ database: String) -> String {
        let lost =
            "Put its newest copy back. Only where there is none, begin a new one: courantd restore \(database) --replace "
            + "--without-ledger, with \(path) moved away."
        return switch self {
        case .missing: "The ledger of erasures \(path) is missing, and the database has erasures in it. \(lost)"
        case .unreadable: "The ledger of erasures \(path) cannot be read: check its owner and mode."
        case .unwritable:
            "The ledger of erasures \(path) cannot be written: check its directory, owner, mode and the disk."
        case .foreign(let line):
            "The ledger of erasures \(path) is another installation's, or was edited (line \(line)). \(lost)"
        case .truncated(let missing):
            "The ledger of erasures \(path) has lost \(missing) lines at its end. \(lost)"
        case .databaseOlder(let count):
            "The database \(database) is older than its ledger of erasures: \(count) who have left since would come back. "
                + "Restore it instead of copying it, which erases them again: courantd restore FILE --replace "
                + "(FILE may be \(database) itself)."
        }
    }
}

extension BackupFailure {
    func advice(_ file: String) -> String {
        switch self {
        case .exists: "\(file) is there already, and nothing is overwritten: name another file."
        case .unwritable(let what): "There is no backup: \(what)."
        }
    }
}

extension RestoreFailure {
    func advice(_ file: String, _ settings: Settings) -> String {
        let ledger = SQLiteStore.ledger(of: settings.databasePath)
        return switch self {
        case .noBackup: "There is no file \(file)."
        case .databaseThere:
            "There is a database \(settings.databasePath) already: --replace moves it aside and puts the backup in its place."
        case .damaged: "\(file) is no backup of Courant's, or not a whole one: take another."
        case .foreign:
            "\(file) was made with another key file than \(settings.keysFile): put the key file that belongs to it there."
        case .keyDestroyed:
            "\(file) is from before the keys were rotated: what it holds can be read by nobody any more, as was meant. Take a "
                + "newer backup."
        case .tooOld:
            "\(file) is older than the ledger of erasures reaches back (setting backup.expires-after): people who have left "
                + "since would come back. Take a newer backup."
        case .ledger(let fault): fault.forRestoring(ledger)
        case .ledgerThere:
            "There is a ledger \(ledger): --without-ledger is for where it is lost. Leave the option out."
        case .unwritable: "\(settings.databasePath) cannot be written: check its directory, owner, mode and the disk."
        }
    }
}

extension LedgerFault {
    fileprivate func forRestoring(_ path: String) -> String {
        let lost =
            "Without it, whoever has left since the backup would come back. Put its newest copy there. Only where there is "
            + "none: --without-ledger, with \(path) moved away; then erase again by hand whom you know of."
        return switch self {
        case .missing: "The ledger of erasures \(path) is missing. \(lost)"
        case .unreadable, .unwritable:
            "The ledger of erasures \(path) cannot be read and written: check its owner and mode."
        case .foreign(let line):
            "The ledger of erasures \(path) is another installation's, or was edited (line \(line)). \(lost)"
        case .truncated(let missing):
            "The ledger of erasures \(path) ends \(missing) lines before the backup does: it has lost its end, or is an older "
                + "copy. \(lost)"
        case .databaseOlder: "The ledger of erasures \(path) does not reach back to the backup. Take a newer backup."
        }
    }
}
