import Foundation
import Logging
package import Newsletter
import SQLStore

extension Courant {
    package static let version = "0.1.0"

    /// On the host, also while the service runs: the store takes a second writer for this.
    package static func addStaff(
        _ name: String, role: Role, settings: Settings
    ) async throws -> (token: StaffToken, member: StaffMember) {
        let keyring = try KeyFile.open(settings.keysFile, database: settings.databasePath)
        let store = try store(settings, keyring, settings.logger(), exclusively: false)
        return try await Staff(store: store, clock: .system).add(name, role: role)
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
