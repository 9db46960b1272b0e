import Foundation
import Logging
import Mail
import Newsletter
package import SQLStore

/// The host's own commands on the database and its keys.
extension Courant {
    /// Also while the service runs.
    package static func backup(to file: String, settings: Settings) async throws -> Backup {
        guard let database = settings.databaseFile else { throw StartFailure.backup(settings.dumpAdvice) }
        try settings.refuseOthersFiles()
        do {
            return try await backup(of: database, to: file, settings)
        } catch let failure as BackupFailure {
            throw StartFailure.backup(failure.advice(file))
        } catch let failure as StoreOpening {
            throw StartFailure.store(failure.advice(settings))
        }
    }

    /// Of an earlier version's as it is, before an upgrade; there the audit does not learn of it.
    private static func backup(of database: String, to file: String, _ settings: Settings) async throws -> Backup {
        let (keyring, terms) = (try settings.keyring(), settings.terms(serves: false))
        let store: SQLiteStore
        do {
            store = try SQLiteStore(path: database, keyring: keyring, terms: terms, logger: settings.logger())
        } catch StoreOpening.olderSchema {
            return try await SQLiteStore.backup(ofOlder: database, to: file)
        }
        defer { try? store.close() }
        try await store.write {
            try $0.audit(.writeBackup, of: .installation, by: .host, keyring: keyring, at: WallClock.system.now())
        }
        return try await store.backup(to: file)
    }

    /// While the service is stopped.
    package static func restore(
        _ file: String, replacing: Bool, withoutLedger: Bool, settings: Settings
    ) throws -> Restoring.Outcome {
        guard let database = settings.databaseFile else { throw StartFailure.backup(settings.undumpAdvice) }
        let keyring = try KeyFile.existing(settings.keysFile)
        do {
            return try Restoring(backup: file, database: database, keyring: keyring)
                .run(replacing: replacing, withoutLedger: withoutLedger, at: WallClock.system.now())
        } catch let failure as RestoreFailure {
            throw StartFailure.backup(failure.advice(file, database, settings))
        } catch let failure as StoreOpening {
            throw StartFailure.store(failure.advice(settings))
        }
    }

    package struct Resealed: Sendable {
        package let persons: Int
        package let mails: Int
        package let key: UInt8
    }

    /// Also while the service runs. Whatever interrupts it, running it again goes on where it was.
    ///
    /// - Parameter pause: how long what was read before may still be in somebody's hands.
    package static func rotateKeys(settings: Settings, pause: Duration = .seconds(1)) async throws -> Resealed {
        let file = settings.keysFile
        let lock = try lock(file)
        defer { lock.release() }
        let keyring = try KeyFile.existing(file)
        let store = try store(settings, keyring, settings.terms(serves: false), settings.logger())
        defer { try? store.close() }
        let rotation = Rotation(store: store, keyring: keyring)
        // Also where a rotation is taken up again: before anything is sealed anew, it is seen that the file can be replaced.
        if try await rotation.isUnderWay() {
            try KeyFile.replace(file, with: keyring)
        } else {
            guard let next = keyring.withNextSealingKey() else { throw StartFailure.keysUsedUp(file) }
            try KeyFile.replace(file, with: next)
            keyring.refresh()
        }
        let (persons, mails) = try await patiently {
            try await rotation.begin()
            return try await rotation.reseal()
        }
        try await Task.sleep(for: pause)
        try KeyFile.replace(file, with: keyring.withNewestSealingKeyAlone())
        keyring.refresh()
        try await patiently { try await rotation.end(persons + mails, by: .host, at: WallClock.system.now()) }
        while await !store.scrub() { try await Task.sleep(for: .milliseconds(50)) }
        return Resealed(persons: persons, mails: mails, key: keyring.newestSealingNumber)
    }

    static func lock(_ file: String) throws(StartFailure) -> FileLock {
        do {
            return try FileLock(path: file + ".lock")
        } catch {
            guard case .inUse = error else {
                throw .keysUnwritable(file, because: "cannot be locked: check the owner and mode of its directory")
            }
            throw .keysRotating(file)
        }
    }

    /// A campaign at full speed may hold the database for longer than a writer waits for it.
    private static func patiently<Value>(_ work: () async throws -> Value) async throws -> Value {
        for _ in 1...10 {
            do { return try await work() } catch is StoreFailure { try await Task.sleep(for: .milliseconds(200)) }
        }
        return try await work()
    }
}
