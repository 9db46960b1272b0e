import Foundation
import Logging
import Mail
package import Newsletter
import SQLStore

extension Courant {
    package static let version = "0.1.0"

    /// The logins, as the host reaches them also while the service runs: the store takes a second writer for this.
    package static func staff(_ settings: Settings) throws -> Staff {
        let (store, keyring) = try beside(settings)
        return Staff(store: store, keyring: keyring, clock: .system)
    }

    /// Store and keys for a command on the host, beside a service that may be running.
    static func beside(_ settings: Settings) throws(StartFailure) -> (store: any ServedStore, keyring: Keyring) {
        let keyring = try settings.keyring()
        return (try store(settings, keyring, settings.terms(serves: false), settings.logger()), keyring)
    }

    static func store(
        _ settings: Settings, _ keyring: Keyring, _ terms: StoreOpeningTerms, _ logger: Logger
    ) throws(StartFailure) -> any ServedStore {
        try settings.refuseOthersFiles()
        do throws(StoreOpening) {
            return try settings.store.open(keyring, terms, logger: logger)
        } catch {
            throw error.failure(settings)
        }
    }
}

extension Settings {
    /// A database that another user has made: SQLite says of it only that it cannot be opened.
    func refuseOthersFiles() throws(StartFailure) {
        guard let databaseFile else { return }
        for path in [databaseFile, databaseFile + "-wal", databaseFile + "-shm", databaseFile + ".lock", ledger] {
            if access(path, R_OK | W_OK) != 0, errno == EACCES {
                throw .store("The store cannot be used: \(path) \(HostFile(path: path).words(EACCES, "opened")).")
            }
        }
    }

    /// That the files which settings name are there and right, without opening the store; a server is not asked at all.
    package func checkFiles() throws(StartFailure) {
        _ = try Courant.templates(self)
        _ = try Courant.policy(self)
        _ = try Courant.promiseBook(self)
        _ = try signer()
        if FileManager.default.fileExists(atPath: databaseFile ?? keysFile) { _ = try keyring() }
    }
}
