import Foundation
package import Newsletter

/// Where the keyring lives: one JSON file, readable by its owner alone. Keep a copy apart from the database's backups;
/// without it the database is ciphertext.
package enum KeyFile {
    /// Reads the file. Makes one when there is neither a key file nor a database yet.
    package static func open(_ path: String, database: String) throws(StartFailure) -> Keyring {
        let files = FileManager.default
        if files.fileExists(atPath: path) { return try read(path) }
        guard !files.fileExists(atPath: database) else { throw .keysMissing(path, database: database) }
        return try create(path)
    }

    private static func read(_ path: String) throws(StartFailure) -> Keyring {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        let mode = (attributes?[.posixPermissions] as? NSNumber)?.intValue ?? 0
        guard mode & 0o077 == 0 else { throw .keysReadableByOthers(path) }
        do {
            return try JSONDecoder().decode(Keyring.self, from: Data(contentsOf: URL(filePath: path)))
        } catch is DecodingError {
            throw .keysDamaged(path)
        } catch {
            throw .keysUnreadable(path)
        }
    }

    private static func create(_ path: String) throws(StartFailure) -> Keyring {
        let keyring = Keyring.random()
        do {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            let url = URL(filePath: path)
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            let data = try encoder.encode(keyring)
            guard FileManager.default.createFile(atPath: path, contents: data, attributes: [.posixPermissions: 0o600]) else {
                throw CocoaError(.fileWriteUnknown)
            }
            return keyring
        } catch {
            throw .keysUnwritable(path)
        }
    }
}

/// Why the service does not start; each says what to do.
package enum StartFailure: Error, CustomStringConvertible {
    case keysMissing(String, database: String)
    case keysReadableByOthers(String)
    case keysDamaged(String)
    case keysUnreadable(String)
    case keysUnwritable(String)
    case store(String)
    case templates(String)
    case policy(String)
    case port(String)

    package var description: String {
        switch self {
        case .keysMissing(let path, let database):
            "The key file \(path) is missing, and \(database) is there already: its addresses can be read with its own keys "
                + "alone. Put the key file back from where you keep its copy (setting keys.file)."
        case .keysReadableByOthers(let path): "The key file \(path) can be read by others: chmod 600 \(path)"
        case .keysDamaged(let path): "\(path) is not a key file, or is damaged: put its copy back."
        case .keysUnreadable(let path): "The key file \(path) cannot be read: check its owner and mode."
        case .keysUnwritable(let path): "The key file \(path) cannot be written: check the directory's owner and mode."
        case .store(let what), .templates(let what), .policy(let what), .port(let what): what
        }
    }
}
