import Foundation
package import Newsletter
import SQLStore

/// Where the keyring lives: one JSON file, readable by its owner alone. Keep a copy apart from the database's backups;
/// without it the database is ciphertext.
package enum KeyFile {
    /// Reads the file. Makes one when there is neither a key file nor a database yet; whether there is one is asked only
    /// then.
    package static func open(
        _ path: String, database: String, exists: @autoclosure () throws(StartFailure) -> Bool
    ) throws(StartFailure) -> Keyring {
        if FileManager.default.fileExists(atPath: path) { return try existing(path) }
        guard try !exists() else { throw .keysMissing(path, database: database) }
        return try create(path).following { try? read(path) }
    }

    /// Makes none.
    package static func existing(_ path: String) throws(StartFailure) -> Keyring {
        guard FileManager.default.fileExists(atPath: path) else { throw .keysAbsent(path) }
        return try read(path).following { try? read(path) }
    }

    private static func read(_ path: String) throws(StartFailure) -> Keyring {
        let file = HostFile(path: path)
        if case .others(let advice) = file.readers { throw .keysReadableByOthers(path, advice: advice) }
        let data: Data
        do throws(HostFile.Unreadable) {
            data = try file.contents()
        } catch {
            throw .keysUnreadable(path, because: error.words)
        }
        guard let keyring = try? JSONDecoder().decode(Keyring.self, from: data) else { throw .keysDamaged(path) }
        return keyring
    }

    /// Who can read it, for people.
    package static func standing(_ path: String) -> String {
        if case .taken(let how) = HostFile(path: path).readers { return "\(path), \(how): taken as it is" }
        return "\(path), readable by its owner alone"
    }

    private static func create(_ path: String) throws(StartFailure) -> Keyring {
        let keyring = Keyring.random()
        do {
            let url = URL(filePath: path)
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700])
            try write(encoded(keyring), to: path)
            return keyring
        } catch {
            throw .keysUnwritable(path, because: HostFile(path: path).words(error, "written"))
        }
    }

    /// At every moment the file is whole: the old or the new. What it held before is overwritten. A link stays one: the file
    /// behind it is replaced.
    package static func replace(_ path: String, with keyring: Keyring) throws(StartFailure) {
        let target = URL(filePath: path).resolvingSymlinksInPath().path
        let draft = target + ".new"
        do {
            let descriptor = Foundation.open(target, O_RDWR | O_CLOEXEC)
            guard descriptor >= 0 else { throw SystemFailure() }
            let old = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
            unlink(draft)
            try write(encoded(keyring), to: draft)
            // Who may read it stays: a command may run as root, and the service as somebody else.
            let rights: Set<FileAttributeKey> =
                geteuid() == 0 ? [.ownerAccountID, .groupOwnerAccountID, .posixPermissions] : [.posixPermissions]
            try FileManager.default.setAttributes(
                FileManager.default.attributesOfItem(atPath: target).filter { rights.contains($0.key) },
                ofItemAtPath: draft)
            guard rename(draft, target) == 0 else {
                throw errno == EBUSY ? StartFailure.keysMountedAlone(path) as any Error : SystemFailure()
            }
            try synchronizeDirectory(of: target)
            try old.overwrite()
        } catch {
            // It holds every key.
            unlink(draft)
            throw error as? StartFailure
                ?? .keysUnwritable(path, because: HostFile(path: target).words(error, "replaced"))
        }
    }

    private static func encoded(_ keyring: Keyring) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(keyring)
    }

    /// On the disk before anything is sealed with it; whole, or not there at all.
    static func write(_ data: Data, to path: String) throws {
        let descriptor = Foundation.open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SystemFailure() }
        let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        do {
            try file.write(contentsOf: data)
            try file.synchronize()
            try synchronizeDirectory(of: path)
        } catch {
            unlink(path)
            throw error
        }
    }

    /// A new file's name is durable once its directory is.
    private static func synchronizeDirectory(of path: String) throws {
        let descriptor = Foundation.open(URL(filePath: path).deletingLastPathComponent().path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemFailure() }
        try FileHandle(fileDescriptor: descriptor, closeOnDealloc: true).synchronize()
    }
}

/// Why the service does not start; each says what to do.
package enum StartFailure: Error, CustomStringConvertible {
    case keysMissing(String, database: String)
    case keysAbsent(String)
    case keysReadableByOthers(String, advice: String)
    case keysDamaged(String)
    case keysUnreadable(String, because: String)
    case keysUnwritable(String, because: String)
    /// The file is mounted by itself, so that nothing can be put in its place.
    case keysMountedAlone(String)
    case keysRotating(String)
    case keysUsedUp(String)
    case store(String)
    /// The database may be there soon.
    case databaseAway(String)
    case templates(String)
    case policy(String)
    case port(String)
    case promises(String)
    case signing(String)
    case backup(String)
    case move(String)
    case setup(String)

    /// A new start changes nothing about it; all else may have passed by then.
    package var waitsForAPerson: Bool {
        switch self {
        case .keysMissing, .keysAbsent, .keysReadableByOthers, .keysDamaged, .keysUnreadable, .keysUsedUp, .templates,
            .policy, .promises, .signing:
            true
        case .keysUnwritable, .keysMountedAlone, .keysRotating, .store, .databaseAway, .port, .backup,
            .move, .setup:
            false
        }
    }

    package var description: String {
        switch self {
        case .keysMissing(let path, let database):
            "The key file \(path) is missing, and \(database) is there already: its addresses can be read with its own keys "
                + "alone. Put the key file back from where you keep its copy (setting keys.file)."
        case .keysAbsent(let path):
            "There is no key file \(path): put it there from where you keep its copy (setting keys.file). Without it a "
                + "database or a backup is ciphertext."
        case .keysReadableByOthers(let path, let advice): "The key file \(path) can be read by others: \(advice)"
        case .keysDamaged(let path): "\(path) is not a key file, or is damaged: put its copy back."
        case .keysUnreadable(let path, let why), .keysUnwritable(let path, let why): "The key file \(path) \(why)."
        case .keysMountedAlone(let path):
            "The key file \(path) is mounted by itself and cannot be replaced, so the keys stay as they are: mount its directory "
                + "instead, writable, and try again."
        case .keysRotating(let path):
            "Somebody is rotating the keys of \(path), or moving its records, already: let it finish."
        case .keysUsedUp(let path):
            "\(path) has had all of its 255 sealing keys: begin a new installation and import into it."
        case .store(let what), .databaseAway(let what), .templates(let what), .policy(let what), .port(let what),
            .backup(let what),
            .promises(let what), .signing(let what), .move(let what), .setup(let what):
            what
        }
    }
}
