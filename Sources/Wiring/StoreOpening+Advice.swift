import Foundation
import SQLStore

/// What to do about a store that does not open.
extension StoreOpening {
    func failure(_ settings: Settings) -> StartFailure {
        switch self {
        case .away, .busy: .databaseAway(advice(settings))
        default: .store(advice(settings))
        }
    }

    func advice(_ settings: Settings) -> String {
        let database = "\(settings.store)"
        return switch self {
        case .unusable(let what): "The store cannot be used: \(what)."
        case .inUse(let lock): "Another courantd serves \(database) (it holds \(lock)): stop it first."
        case .busy(let lock):
            "A command such as courantd promises, restore or move has \(database) to itself (it holds \(lock)): it is over soon."
        case .served:
            "A courantd serves \(database), or did so until a few seconds ago: stop every one, then try again."
        case .wrongKeys:
            "The key file \(settings.keysFile) is not this database's: put the right one back (setting keys.file), or point "
                + "store.url to its database.\(settings.sameKeysEverywhere)"
        case .olderKeys:
            "The key file \(settings.keysFile) is a copy from before the keys were rotated: put the newest one back."
                + settings.sameKeysEverywhere
        case .unreachable(let what), .away(let what): "The store \(database) cannot be used: \(what)."
        case .foreignTables(let tables):
            "The database \(database) holds other tables (\(tables.prefix(3).joined(separator: ", "))): give Courant a database "
                + "of its own (CREATE DATABASE courant)."
        case .changedSchema(let columns):
            "The database \(database) lacks \(columns.prefix(3).joined(separator: ", ")): somebody has changed it by hand. "
                + "Put back what is missing, or restore a dump."
        case .olderSchema(let count):
            "The database \(database) was last used by an earlier version of Courant (\(count) \(count == 1 ? "step" : "steps") "
                + "of its schema \(count == 1 ? "is" : "are") to come): start the service, which \(settings.databaseFile == nil ? "takes" : "copies it and takes") "
                + "them, or run courantd upgrade; courantd upgrade --check says beforehand what that does."
        case .newerSchema(let step):
            "The database was used by a later version of Courant (\"\(step)\"): install that version or a newer one."
        case .olderThanKeys(let number):
            "The database \(database) is older than the key file \(settings.keysFile): addresses in it were sealed with key "
                + "\(number), which courantd keys rotate has destroyed since, so that nobody can read them. It is an old copy: put the "
                + "newest database back, or a backup that was made after the rotation."
        case .onNetwork(let kind):
            "The database \(database) is on a network file system (\(kind)), where another machine may write to it as well and "
                + "its locks may be none: put it on a disk of this machine, or use PostgreSQL."
        case .mountedAlone:
            "\(database) is mounted by itself: its log and its ledger would lie elsewhere, and be lost. Mount its directory instead."
        case .severalNames(let count):
            "\(database) has \(count) names (hard links): whoever opens it by another does not see its log, and destroys it. Leave "
                + "one name, and make copies with courantd backup."
        case .halfRestored: "A restore of \(database) was interrupted: run courantd restore FILE --replace again."
        case .beingMoved: "The records of \(database) are being moved at this moment: let courantd move finish."
        case .movedAway(let place):
            "The records of \(database) have moved to \(place): point store.url there. What is here is an old copy, in which "
                + "everybody still stands who has left since."
        case .halfMoved(let place):
            "The move from \(place) to \(database) was interrupted: run courantd move again, or go on at \(place) and "
                + "drop what is here."
        case .ledger(let fault, let path): fault.advice(path, settings)
        }
    }
}

extension Settings {
    /// Several may serve one PostgreSQL database, each on a machine of its own.
    fileprivate var sameKeysEverywhere: String {
        databaseFile == nil ? " Every courantd that serves \(store) needs a copy of the same one." : ""
    }
}

extension ServiceLost {
    /// The service has stopped by itself.
    package var advice: String {
        switch self {
        case .another(let path):
            "Another courantd serves \(path) too, from a place where locks do not hold (a network or container file system): this "
                + "one has stopped, so that nobody is mailed twice. Run one, on a disk of one machine; several need PostgreSQL."
        case .replaced(let path):
            "\(path) or its log was replaced or deleted under this courantd, which has stopped, so that nothing more is lost. Stop "
                + "whatever does that, look with courantd doctor, and start again. Copy with courantd backup, put back with courantd "
                + "restore."
        }
    }
}

extension LedgerFault {
    func advice(_ path: String, _ settings: Settings) -> String {
        let lost = settings.databaseFile.map { Self.lostBesideFile($0, path) } ?? Self.lostBesideServer(path)
        return switch self {
        case .missing: "The ledger of erasures \(path) is missing, and the database has erasures in it. \(lost)"
        case .unreadable: "The ledger of erasures \(path) cannot be read: check its owner and mode."
        case .unwritable:
            "The ledger of erasures \(path) cannot be written: check its directory, owner, mode and the disk."
        case .foreign(let line):
            "The ledger of erasures \(path) is another installation's, or was edited (line \(line)). \(lost)"
        case .truncated(let missing):
            "The ledger of erasures \(path) has lost \(missing) lines at its end. \(lost)"
        case .moved(let place):
            "The ledger of erasures has gone from \(path) to \(place) with the records: put a copy of its newest state in its "
                + "place, or whoever has left since would come back."
        case .databaseOlder(let count):
            "The database \(settings.store) is older than its ledger of erasures: \(count) who have left since would come "
                + "back. \(Self.mended(settings.databaseFile))"
        }
    }

    private static func lostBesideFile(_ database: String, _ ledger: String) -> String {
        "Put its newest copy back. Only where there is none, begin a new one: courantd restore \(database) --replace "
            + "--without-ledger, with \(ledger) moved away."
    }

    /// The database remembers the erasures itself for as long as backups live.
    private static func lostBesideServer(_ ledger: String) -> String {
        "Put its newest copy back, or another courantd's. Where the database was not restored from a dump since, "
            + "\(ledger) may also be moved away: it is made anew from the database."
    }

    private static func mended(_ database: String?) -> String {
        guard let database else {
            return "Stop every courantd that serves it and start one: it erases them again first."
        }
        return "Restore it instead of copying it, which erases them again: courantd restore FILE --replace "
            + "(FILE may be \(database) itself)."
    }
}
