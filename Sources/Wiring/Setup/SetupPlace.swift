import Foundation

/// Where a settings file that is being set up lies, and whose what is written there shall be.
package struct SetupPlace: Sendable {
    package let file: String
    /// A package's: its data and its service's user are where the package's unit expects them.
    package let isPackaged: Bool
    private let owner: ServiceUser?

    /// Where nobody says where: a package's place, where the program came in one; else `config/courant.yaml`.
    package init(file: String?) {
        let (own, packaged) = (Settings.usualFiles[0], Settings.usualFiles[1])
        let path = file ?? (Installation.current == nil ? own : packaged)
        self.file = URL(filePath: path).standardizedFileURL.path
        isPackaged = self.file == packaged
        owner = isPackaged ? ServiceUser("courant") : nil
    }

    private var folder: URL { URL(filePath: file).deletingLastPathComponent() }

    /// Where the explanation of every setting is.
    var manual: String { Installation.current?.path("courant.yaml") ?? "config/courant.yaml, docs/operator.md" }

    /// Whether there is a file that somebody has written: the one that a package has put there, and nobody has changed, is none.
    package var isTaken: Bool {
        guard let there = try? Data(contentsOf: URL(filePath: file)) else {
            return FileManager.default.fileExists(atPath: file)
        }
        return there != Installation.current.flatMap { try? Data(contentsOf: URL(filePath: $0.path("unset.yaml"))) }
    }

    /// What a package's place makes of settings that have another default in a source tree.
    package func complete(_ answers: inout SetupAnswers) {
        if isPackaged { answers["store.url"] = answers["store.url"] ?? "sqlite:\(Self.data)/courant.db" }
    }

    private static let data = "/var/lib/courant"

    /// Of a secret that was typed, beside the settings: `relay.password-file` is `relay-password`.
    func file(of key: String) -> String {
        folder.appending(path: key.replacing("-file", with: "").replacing(".", with: "-")).path
    }

    /// Beside its place, for a look at what it says.
    var draft: String { file + ".new" }

    func publish() throws(StartFailure) {
        guard rename(draft, file) == 0 else { throw .setup("\(file) \(HostFile(path: file).words(errno, "written"))") }
    }

    /// For its owner's eyes, or for root's and the service's group's.
    func write(_ text: String, to path: String) throws(StartFailure) {
        let mode = owner == nil ? 0o600 : 0o640
        do {
            try FileManager.default.createDirectory(
                at: folder, withIntermediateDirectories: true,
                attributes: [.posixPermissions: owner == nil ? 0o700 : 0o750])
            unlink(path)
            let made = FileManager.default.createFile(
                atPath: path, contents: Data(text.utf8), attributes: [.posixPermissions: mode])
            guard made else { throw SystemFailure() }
            if let owner { guard chown(path, 0, owner.group) == 0 else { throw SystemFailure() } }
        } catch {
            throw .setup("\(path) \(HostFile(path: path).words(error, "written")).")
        }
    }

    /// From here on root is the service's user, so that the database, its ledger and its keys are the service's.
    package func becomeOwner() throws(StartFailure) {
        guard let owner, geteuid() == 0 else { return }
        do {
            try FileManager.default.createDirectory(
                atPath: Self.data, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            guard chown(Self.data, owner.user, owner.group) == 0, owner.become() else { throw SystemFailure() }
        } catch {
            throw .setup("\(Self.data) \(HostFile(path: Self.data).words(error, "given to the user \(owner.name)")).")
        }
    }
}

/// The user that a package's service runs as.
private struct ServiceUser: Sendable {
    let name: String
    let user: uid_t
    let group: gid_t

    /// Nil where there is none, or where we may not become it.
    init?(_ name: String) {
        guard geteuid() == 0, let entry = getpwnam(name) else { return nil }
        (self.name, user, group) = (name, entry.pointee.pw_uid, entry.pointee.pw_gid)
    }

    func become() -> Bool { setgid(group) == 0 && initgroups(name, group) == 0 && setuid(user) == 0 }
}
