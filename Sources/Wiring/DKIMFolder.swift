package import DKIM
package import Foundation
import Mail
import SQLStore

/// The folder of keys that sign mail (`dkim.keys`): one file for each, PEM, named for its record in DNS:
/// `SELECTOR._domainkey.DOMAIN.pem`. So keys of other programs can be put there as they are.
///
/// A key that takes another's place waits beside it as `….pem.next` until its record is known everywhere. Of the old one a mark
/// stays, `….retired`, for as long as its record is needed.
package struct DKIMFolder: Sendable {
    /// How long a new record is left to become known, and an old one is kept.
    package static let wait: Duration = .seconds(2 * 86_400)
    package static let keep: Duration = .seconds(7 * 86_400)

    package enum State: String, Sendable {
        case signs = ".pem"
        case next = ".pem.next"
        case retired = ".retired"
    }

    package struct Entry: Sendable {
        package let selector: String
        package let domain: String
        package let state: State
        package let path: String
        /// When the key was made, or retired.
        package let since: Date

        package var recordName: String { DKIMKey.recordName(selector, domain) }
    }

    package let path: String

    package init(_ path: String) { self.path = path }

    // MARK: Reading

    /// Sorted by domain and selector; empty where there is no folder.
    package func entries() throws(StartFailure) -> [Entry] {
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: path)
        } catch {
            guard FileManager.default.fileExists(atPath: path) else { return [] }
            throw .signing("The folder dkim.keys, \(path), \(HostFile(path: path).words(error, "read")).")
        }
        return names.compactMap(entry).sorted { ($0.domain, $0.selector) < ($1.domain, $1.selector) }
    }

    private func entry(_ name: String) -> Entry? {
        guard !name.hasPrefix("."),
            let state = [State.next, .signs, .retired].first(where: { name.hasSuffix($0.rawValue) })
        else { return nil }
        let parts = name.dropLast(state.rawValue.count).components(separatedBy: "._domainkey.")
        guard parts.count == 2, !parts[0].isEmpty, let domain = DomainName.ascii(parts[1]) else { return nil }
        let file = "\(path)/\(name)"
        let changed = try? FileManager.default.attributesOfItem(atPath: file)[.modificationDate] as? Date
        return Entry(selector: parts[0], domain: domain, state: state, path: file, since: changed ?? .distantPast)
    }

    package func key(_ entry: Entry) throws(StartFailure) -> DKIMKey {
        let file = HostFile(path: entry.path)
        if case .others(let advice) = file.readers {
            throw .signing("The key \(entry.path) can be read by others, who could sign in your name: \(advice)")
        }
        let pem: [UInt8]
        do throws(HostFile.Unreadable) {
            pem = [UInt8](try file.contents())
        } catch {
            throw .signing("The key \(entry.path) \(error.words).")
        }
        do throws(DKIMKey.Problem) {
            return try DKIMKey(domain: entry.domain, selector: entry.selector, pem: pem)
        } catch {
            throw .signing("\(entry.path) \(Self.words(error))")
        }
    }

    private static func words(_ problem: DKIMKey.Problem) -> String {
        switch problem {
        case .notAKey: "is no RSA or Ed25519 key in PEM without a passphrase: courantd dkim new makes one."
        case .tooShort(let bits):
            "is a key of \(bits) bits, which receivers pass over: courantd dkim new makes one of 2048."
        }
    }

    /// Of all keys that sign.
    package func signer() throws(StartFailure) -> DKIMSigner {
        var keys: [DKIMKey] = []
        for entry in try entries() where entry.state == .signs {
            let key = try key(entry)
            if let twin = keys.first(where: { $0.domain == key.domain && $0.algorithm == key.algorithm }) {
                throw .signing(
                    "Two keys in \(path) sign for \(key.domain), \(twin.selector) and \(key.selector): take away the older one."
                )
            }
            keys.append(key)
        }
        return DKIMSigner(keys)
    }

    // MARK: Writing

    /// A file that its owner alone can read, who is `owner`'s owner where root makes it.
    package func add(_ key: DKIMKey, as state: State, ownedAs owner: String) throws(StartFailure) -> Entry {
        let file = "\(path)/\(key.recordName)\(state.rawValue)"
        do {
            let isNew = !FileManager.default.fileExists(atPath: path)
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            try KeyFile.write(Data(key.pem), to: file)
            for place in isNew ? [path, file] : [file] {
                try FileManager.default.give(place, toOwnerOf: isNew ? owner : path)
            }
        } catch {
            throw .signing("The key \(file) \(HostFile(path: file).words(error, "written")).")
        }
        guard let entry = try entries().first(where: { $0.path == file }) else {
            throw .signing("The key \(file) was written and is not there: check the folder.")
        }
        return entry
    }

    /// The next one signs from the next start on; the old one is overwritten and gone, for nobody needs it to verify.
    package func replace(_ old: Entry, by next: Entry) throws(StartFailure) {
        do {
            let mark = "\(path)/\(old.recordName)\(State.retired.rawValue)"
            try KeyFile.write(Data(), to: mark)
            try FileManager.default.give(mark, toOwnerOf: path)
            try FileManager.default.moveItem(
                atPath: next.path, toPath: "\(path)/\(next.recordName)\(State.signs.rawValue)")
            try FileManager.default.overwriteAndDelete(old.path)
        } catch {
            throw .signing("The key \(old.path) \(HostFile(path: old.path).words(error, "replaced")).")
        }
    }

    package func forget(_ retired: Entry) { try? FileManager.default.removeItem(atPath: retired.path) }
}

extension Settings {
    /// Where keys are made while the setting names no folder.
    package var dkimFolder: DKIMFolder {
        DKIMFolder(
            dkimKeys ?? URL(filePath: keysFile).deletingLastPathComponent().appending(path: "dkim").path)
    }

    /// What signs our mails; nil where nothing is signed. The company's own senders must have a key.
    package func signer() throws(StartFailure) -> DKIMSigner? {
        guard dkimKeys != nil else { return nil }
        let signer = try dkimFolder.signer()
        for (key, sender) in [("mail.from", mailFrom), ("mail.transactional-from", mailTransactionalFrom)] {
            let domain = sender.address.domain
            guard signer.keys(for: domain).isEmpty else { continue }
            throw .signing(
                "No key in \(dkimFolder.path) signs for \(domain), which \(key) is in: courantd dkim new \(domain) makes one. "
                    + "Without dkim.keys nothing is signed here.")
        }
        let own = mailFrom.address.domain
        if asksForComplaints, !signer.keys(for: own).contains(where: { $0.domain == own }) {
            throw .signing(
                "complaints.cfbl-address needs a key of \(own) itself, which mail.from is in (RFC 9477): courantd dkim new "
                    + "\(own) makes one.")
        }
        return signer
    }
}
