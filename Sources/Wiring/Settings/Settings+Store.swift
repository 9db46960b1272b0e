import Foundation
package import Newsletter
package import SQLStore

/// What follows from where the records are.
extension Settings {
    /// SQLite's file; nil where the records are on a server.
    package var databaseFile: String? {
        if case .sqlite(let path) = store { path } else { nil }
    }

    /// Where our own files are: beside SQLite's, or beside the key file where the records are on a server.
    package var dataDirectory: String {
        URL(filePath: databaseFile ?? keysFile).deletingLastPathComponent().path
    }

    /// The ledger of erasures.
    package var ledger: String {
        databaseFile.map { SQLiteStore.ledger(of: $0) }
            ?? URL(filePath: dataDirectory).appending(path: "courant.erasures").path
    }

    package func terms(serves: Bool) -> StoreOpeningTerms {
        var terms = StoreOpeningTerms(ledger: ledger)
        terms.serves = serves
        terms.upgrade = serves ? .copied : .refused
        terms.backupsExpireAfter = backupsExpireAfter
        terms.told = eventReceiver?.events ?? []
        return terms
    }

    /// Those of the database, or new ones where there is none.
    package func keyring() throws(StartFailure) -> Keyring {
        try KeyFile.open(keysFile, database: "\(store)", exists: try hasDatabase())
    }

    /// Whether there is a database of ours already.
    package func hasDatabase() throws(StartFailure) -> Bool {
        do throws(StoreOpening) {
            return try store.exists()
        } catch {
            throw error.failure(self)
        }
    }

    /// Whether a running service has it.
    func isServed() throws(StartFailure) -> Bool {
        do throws(StoreOpening) {
            return try store.isServed()
        } catch {
            throw error.failure(self)
        }
    }
}
