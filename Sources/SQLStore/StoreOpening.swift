/// Why a store cannot be served.
package enum StoreOpening: Error, Equatable {
    /// Says what and what to do.
    case unusable(String)
    /// Another process serves this file.
    case inUse(String)
    /// A command of the host's has this file to itself for a moment.
    case busy(String)
    /// Somebody serves this database, on whatever machine.
    case served
    /// The key file belongs to another database.
    case wrongKeys
    /// The key file is a copy from before the keys were rotated.
    case olderKeys
    /// The server is not there, or not yet: it may be soon. Says what is wrong.
    case away(String)
    /// The server lacks something, or refuses us; says what and what to do.
    case unreachable(String)
    /// Tables of somebody else's.
    case foreignTables([String])
    /// What the schema has and this database lacks, such as `subscription.person`.
    case changedSchema([String])
    /// An earlier version of Courant has made the schema, so many steps ago; whoever opens it may not change that.
    case olderSchema(Int)
    /// A later version of Courant has changed the schema.
    case newerSchema(String)
    /// The ledger of erasures and the database do not belong together.
    case ledger(LedgerFault, path: String)
    /// What is in the database was sealed with a key that is not there any more: it is a copy from before the keys were rotated.
    case olderThanKeys(UInt8)
    /// The file is on a file system of that kind, which other machines see too.
    case onNetwork(String)
    /// The file is mounted by itself, and what belongs beside it is not.
    case mountedAlone
    /// The file has so many names: programs that open it by others do not see its log.
    case severalNames(Int)
    /// A restore was interrupted.
    case halfRestored
    /// It is being moved at this moment.
    case beingMoved
    /// Its records are elsewhere now.
    case movedAway(to: String)
    /// A move to it was interrupted.
    case halfMoved(from: String)
}
