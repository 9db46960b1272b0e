/// Why a store cannot be served.
package enum StoreOpening: Error, Equatable {
    /// Says what and what to do.
    case unusable(String)
    /// Another process serves this file.
    case inUse(String)
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
    /// A later version of Courant has changed the schema.
    case newerSchema(String)
    /// The ledger of erasures and the database do not belong together.
    case ledger(LedgerFault, path: String)
    /// A restore was interrupted.
    case halfRestored
    /// It is being moved at this moment.
    case beingMoved
    /// Its records are elsewhere now.
    case movedAway(to: String)
    /// A move to it was interrupted.
    case halfMoved(from: String)
}
