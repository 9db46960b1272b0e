import Foundation
import Newsletter
package import SQLStore

extension Courant {
    /// Restores a backup into a folder beside it, with a copy of the ledger as it is now, and deletes that folder again: what
    /// cannot be restored is told on the day it is made. Also while the service runs.
    package static func tryRestoring(_ file: String, settings: Settings) throws -> Restoring.Outcome {
        let keyring = try KeyFile.existing(settings.keysFile)
        let (files, folder) = (FileManager.default, trialFolder(for: file))
        let database = folder.appending(path: "courant.db").path
        // Of a trial that was killed.
        try? files.removeItem(at: folder)
        defer { try? files.removeItem(at: folder) }
        do {
            try files.createDirectory(
                at: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
            try files.copyItem(atPath: settings.ledger, toPath: SQLiteStore.ledger(of: database))
            return try Restoring(backup: file, database: database, keyring: keyring)
                .run(replacing: false, withoutLedger: false, at: WallClock.system.now())
        } catch let failure as RestoreFailure {
            throw StartFailure.backup(failure.advice(file, database, settings))
        } catch let error as CocoaError {
            throw StartFailure.backup(
                "\(file) is made and could not be tried: \(HostFile(path: folder.path).words(error, "written")).")
        }
    }

    /// Ours by its name alone: nothing else there is touched.
    private static func trialFolder(for file: String) -> URL {
        URL(filePath: file).deletingLastPathComponent().appending(path: ".courant-trial")
    }
}
