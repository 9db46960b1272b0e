import SQLStore

/// What to do where a backup is not made, or is not restored.
extension Settings {
    /// Instead of courantd backup.
    var dumpAdvice: String {
        "courantd backup copies SQLite's file alone, and the records are in \(store): copy them with pg_dump, which finds "
            + "addresses and names sealed as well, and keep copies of \(keysFile) and \(ledger) apart from the dump."
    }

    /// Instead of courantd restore.
    var undumpAdvice: String {
        "courantd restore is for SQLite's file alone, and the records are in \(store): stop every courantd, put the dump "
            + "back with pg_restore, and start again with \(ledger) in its place; the first start erases again whoever has "
            + "left since the dump."
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
    func advice(_ file: String, _ database: String, _ settings: Settings) -> String {
        switch self {
        case .noBackup: "There is no file \(file)."
        case .unreadable: "\(file) cannot be opened: check its owner and mode, and those of its directory."
        case .databaseThere:
            "There is a database \(database) already: --replace moves it aside and puts the backup in its place."
        case .damaged: "\(file) is no backup of Courant's, or not a whole one: take another."
        case .code(let names):
            "\(file) has a \(names.prefix(3).joined(separator: ", ")), which no version of Courant made and which would run with "
                + "every change: somebody has altered it. Take another backup."
        case .foreign:
            "\(file) was made with another key file than \(settings.keysFile): put the key file that belongs to it there."
        case .keyDestroyed:
            "\(file) is from before the keys were rotated: what it holds can be read by nobody any more, as was meant. Take a "
                + "newer backup."
        case .tooOld:
            "\(file) is older than the ledger of erasures reaches back (setting backup.expires-after): people who have left "
                + "since would come back. Take a newer backup."
        case .ledger(let fault): fault.forRestoring(settings.ledger)
        case .ledgerBehind(let missing):
            "The ledger of erasures \(settings.ledger) has lost its end, or is an older copy: the database \(database) knows of "
                + "\(missing) entries that it lacks. \(LedgerFault.lost(settings.ledger))"
        case .inUse:
            "Another courantd command has \(database) open: let it end, then restore again."
        case .ledgerThere:
            "There is a ledger \(settings.ledger): --without-ledger is for where it is lost. Leave the option out."
        case .unwritable: "\(database) cannot be written: check its directory, owner, mode and the disk."
        }
    }
}

extension LedgerFault {
    fileprivate static func lost(_ path: String) -> String {
        "Without it, whoever has left since the backup would come back, and whoever has asked since never to be written to would "
            + "be. Put its newest copy there. Only where there is none: --without-ledger, with \(path) moved away; then erase again "
            + "by hand whom you know of."
    }

    fileprivate func forRestoring(_ path: String) -> String {
        let lost = Self.lost(path)
        return switch self {
        case .missing: "The ledger of erasures \(path) is missing. \(lost)"
        case .unreadable, .unwritable:
            "The ledger of erasures \(path) cannot be read and written: check its owner and mode."
        case .foreign(let line):
            "The ledger of erasures \(path) is another installation's, or was edited (line \(line)). \(lost)"
        case .truncated(let missing):
            "The ledger of erasures \(path) ends \(missing) lines before the backup does: it has lost its end, or is an older "
                + "copy. \(lost)"
        case .moved(let place):
            "The ledger of erasures has gone from \(path) to \(place) with the records: put a copy of its newest state in its "
                + "place first. Without it, whoever has left since the backup would come back."
        case .databaseOlder: "The ledger of erasures \(path) does not reach back to the backup. Take a newer backup."
        }
    }
}
