import Foundation
import Logging
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
    static func beside(_ settings: Settings) throws -> (store: SQLiteStore, keyring: Keyring) {
        let keyring = try KeyFile.open(settings.keysFile, database: settings.databasePath)
        return (try store(settings, keyring, settings.logger(), exclusively: false), keyring)
    }
}

extension Settings {
    /// That the files which settings name are there and right, without opening the store.
    package func checkFiles() throws(StartFailure) {
        _ = try Courant.templates(self)
        _ = try Courant.policy(self)
        _ = try Courant.promiseBook(self)
        if FileManager.default.fileExists(atPath: databasePath) {
            _ = try KeyFile.open(keysFile, database: databasePath)
        }
    }
}
