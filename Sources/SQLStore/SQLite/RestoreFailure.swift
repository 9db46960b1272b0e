/// Why nothing was restored; what was there is as it was.
package enum RestoreFailure: Error, Equatable {
    case noBackup
    /// It is there, and cannot be opened.
    case unreadable
    case databaseThere
    /// Not a whole database of Courant's.
    case damaged
    /// It has triggers or views, such as no version of Courant made.
    case code([String])
    /// Made with another installation's key file.
    case foreign
    /// Made before the keys were rotated: nobody can read it any more.
    case keyDestroyed
    /// The ledger does not reach back to it.
    case tooOld
    case ledger(LedgerFault)
    /// The database that is there knows of so many entries that the ledger lacks.
    case ledgerBehind(Int64)
    /// `withoutLedger` is for a ledger that is lost.
    case ledgerThere
    /// A command of the host's has the database open.
    case inUse
    case unwritable
}
