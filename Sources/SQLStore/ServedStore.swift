import Foundation
package import Logging
package import Mail
package import Newsletter
package import ServiceLifecycle

/// A store as the service and the host's commands hold it: the records, and what an engine owes beside them.
package protocol ServedStore: Store, Service {
    /// Has erased bytes overwritten where the engine can; false while something is in the way. Ask again then.
    func scrub() async -> Bool
    /// The tables and their columns as the database has them.
    func columns() async throws -> [String: [String]]
    /// Whether the engine finds nothing damaged: all of it is read, which takes seconds where there are a million people.
    func isWhole() async throws -> Bool
    /// For trying verbs out on the records as they are; close it afterwards.
    func rehearsal() throws -> Rehearsal
    /// Files that nobody in this process may open but the engine.
    var files: Set<FileIdentity> { get }
    /// Where the engine holds any of the words in the clear: its own files, or tables where the files are a server's.
    func places(holding words: [String]) async throws -> [String]
    /// Before anything is sent: whoever might be sending the same gets the time to stop.
    func takePlace()
    func close() throws
}

/// What every engine is opened with.
package struct StoreOpeningTerms: Sendable {
    /// Whether this process serves: alone on SQLite, as one of several on PostgreSQL. The host's commands do not, and may
    /// write beside those that do.
    package var serves = true
    /// Who has SQLite's file to itself meanwhile.
    package var holder = FileLock.Holder.service
    /// What becomes of a database that an earlier version of Courant has made.
    package var upgrade = Upgrade.copied
    /// How long the ledger of erasures remembers.
    package var backupsExpireAfter: Duration = .seconds(365 * 86_400)
    /// Where the ledger of erasures is.
    package var ledger: String
    /// Who may still be mailed by this process.
    package var sendGuard: SendGuard
    /// Rung when a commit has left something to send.
    package var doorbell: Doorbell
    /// What a receiver is told.
    package var told: Set<OutgoingEvent.Kind> = []
    /// Rung when a commit has left something to tell it.
    package var eventBell = Doorbell()

    package enum Upgrade: Sendable {
        /// The host's commands leave that to the service: what they do beside it may not change what it works with.
        case refused
        /// Upgraded, after a copy is made of it, where it is one file of ours.
        case copied
        case withoutCopy
    }

    package init(ledger: String, sendGuard: SendGuard = SendGuard(), doorbell: Doorbell = Doorbell()) {
        self.ledger = ledger
        self.sendGuard = sendGuard
        self.doorbell = doorbell
    }

    /// What this process's sending must know of a commit before anybody else does.
    func tellSending(of effects: CommitEffects) {
        sendGuard.stop(effects.stops)
        if effects.mustRing { doorbell.ring() }
        if effects.mustTell { eventBell.ring() }
    }
}

extension StoreAddress {
    /// Makes the schema current and checks that the keyring is this database's.
    package func open(
        _ keyring: Keyring, _ terms: StoreOpeningTerms, logger: Logger
    ) throws(StoreOpening) -> any ServedStore {
        switch self {
        case .sqlite(let path): try SQLiteStore(path: path, keyring: keyring, terms: terms, logger: logger)
        case .postgresql(let address):
            try PostgresStore(address, keyring: keyring, terms: terms, logger: logger)
        }
    }

    /// Whether there is a database of ours already: for whoever would make a key file.
    package func exists() throws(StoreOpening) -> Bool {
        switch self {
        case .sqlite(let path): FileManager.default.fileExists(atPath: path)
        case .postgresql(let address): try PostgresStore.exists(address)
        }
    }

    /// All of it, with its ledger's file and what was set aside. Nobody may serve it.
    package func destroy(ledger: String) throws(StoreOpening) {
        switch self {
        case .postgresql(let address): try PostgresStore.destroy(address)
        case .sqlite(let path): try SQLiteStore.destroy(path: path)
        }
        do {
            try FileManager.default.overwriteAndDelete(ledger)
        } catch {
            throw .unusable("\(ledger) cannot be deleted: check its owner, and the directory's")
        }
    }

    /// What this version would change in it; nil where there is none yet.
    package func upgradeForecast() throws(StoreOpening) -> UpgradeForecast? {
        switch self {
        case .sqlite(let path): try SQLiteStore.upgradeForecast(path: path)
        case .postgresql(let address): try PostgresStore.upgradeForecast(address)
        }
    }

    /// Whether a running service has it: on this machine, where it is a file, and on any where it is not.
    package func isServed() throws(StoreOpening) -> Bool {
        switch self {
        case .sqlite(let path): SQLiteStore.isServed(path: path)
        case .postgresql(let address): try PostgresStore.isServed(address)
        }
    }
}
