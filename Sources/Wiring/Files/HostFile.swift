import Foundation

// stat, on Linux: of whichever of these it was seen in first.
#if canImport(CDispatch)
    import CDispatch
#endif
#if canImport(CoreFoundation)
    import CoreFoundation
#endif

/// A file that the settings name: the settings themselves, a password, the keys. What keeps us from it, and who besides its
/// owner can read it, in words.
///
/// Secrets come as links and on mounts that are not ours to change (Kubernetes, Docker, systemd's credentials), so what counts
/// is the file behind a link, and whether there is anything to be done about its mode.
struct HostFile: Sendable {
    let path: String

    struct Unreadable: Error {
        /// Behind the path.
        let words: String
    }

    /// The whole of it.
    func contents() throws(Unreadable) -> Data {
        let descriptor = Foundation.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Unreadable(words: words(errno, "read")) }
        let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        do {
            return try file.readToEnd() ?? Data()
        } catch {
            throw Unreadable(words: isDirectory ? "is a directory" : "cannot be read")
        }
    }

    func text() throws(Unreadable) -> String {
        guard let text = String(data: try contents(), encoding: .utf8) else {
            throw Unreadable(words: "is not text in UTF-8")
        }
        return text
    }

    /// What an error of the system means for this file and the user who runs us; `verb` is what was tried: `read`, `written`.
    func words(_ code: Int32, _ verb: String) -> String {
        switch code {
        case ENOENT: "is not there"
        case EACCES, EPERM: "cannot be \(verb) by \(User.current): \(ownership)"
        case EBUSY: "cannot be \(verb): it is mounted by itself, so that nothing can take its place"
        case EROFS: "cannot be \(verb): it is on a mount that is read-only"
        case ENOSPC: "cannot be \(verb): the disk is full"
        case EISDIR: "is a directory"
        case EEXIST, ENOTDIR: "cannot be \(verb): check that its directory is one"
        default: "cannot be \(verb): \(String(cString: strerror(code)).lowercased())"
        }
    }

    func words(_ error: any Error, _ verb: String) -> String {
        let underlying = (error as? CocoaError)?.userInfo[NSUnderlyingErrorKey] as? POSIXError
        guard let code = (error as? SystemFailure)?.code ?? underlying?.code.rawValue else {
            return "cannot be \(verb): check that its directory is one, its owner and mode, and that the disk has room"
        }
        return words(code, verb)
    }

    /// Whose it is, or whose the nearest folder is that is there.
    private var ownership: String {
        var place = URL(filePath: path)
        while Facts(place.path) == nil, place.path != "/" { place.deleteLastPathComponent() }
        guard let facts = Facts(place.path) else { return "check its owner and mode" }
        let what = place.path == URL(filePath: path).path ? "it" : place.path
        let owner = User(facts.owner)
        guard facts.owner != geteuid() else { return "the mode of \(what) or of a folder above it keeps \(owner) out" }
        return "\(what) belongs to \(owner), mode \(facts.octal). Was courantd run as \(owner) once? Then: chown -R "
            + "\(User.current) \(URL(filePath: path).deletingLastPathComponent().path)"
    }

    private var isDirectory: Bool { Facts(path)?.isDirectory ?? false }
}

/// What the last call of the system has said.
struct SystemFailure: Error {
    let code = errno
}

// MARK: Who can read it

extension HostFile {
    /// Who can read a secret besides its owner.
    enum Readers: Equatable, Sendable {
        case nobody
        /// Others can, and that is not ours to change: says who, and how it is known.
        case taken(String)
        /// Others can, and should not: says what to do.
        case others(String)
    }

    /// Of the file behind a link. Nobody where it cannot be looked at: then it cannot be read either.
    var readers: Readers {
        guard let facts = Facts(path), facts.mode & 0o077 != 0 else { return .nobody }
        let group = Group(facts.group)
        if facts.mode & 0o022 == 0, facts.isReadOnly {
            return .taken("mode \(facts.octal), on a mount that is read-only")
        }
        // Who runs as root may change any file, but not whom an administrator has let in by a group of its own.
        let isOurs = facts.owner == geteuid() && (geteuid() != 0 || facts.group == 0)
        if facts.mode & 0o037 == 0, !isOurs {
            return .taken("mode \(facts.octal), of \(User(facts.owner)), read through the group \(group)")
        }
        let target = URL(filePath: path).resolvingSymlinksInPath().path
        return facts.owner == geteuid()
            ? .others("chmod 600 \(target)")
            : .others(
                "it belongs to \(User(facts.owner)): chmod 440 \(target), with a group that \(User.current) alone is in"
            )
    }

    /// Whether everybody on this machine can, whoever may change that.
    var isReadByEverybody: Bool { Facts(path).map { $0.mode & 0o004 != 0 && !$0.isReadOnly } ?? false }
}

/// Of the file behind a link.
private struct Facts {
    let mode: UInt32
    let owner: uid_t
    let group: gid_t
    let isDirectory: Bool
    /// It lies on a mount that nobody can write to.
    let isReadOnly: Bool

    init?(_ path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        mode = UInt32(status.st_mode) & 0o777
        (owner, group) = (status.st_uid, status.st_gid)
        isDirectory = status.st_mode & S_IFMT == S_IFDIR
        var mount = statvfs()
        isReadOnly = statvfs(path, &mount) == 0 && UInt(mount.f_flag) & UInt(ST_RDONLY) != 0
    }

    var octal: String { "0" + String(mode, radix: 8) }
}

/// As people name them.
private struct User: CustomStringConvertible {
    let description: String

    init(_ id: uid_t) { description = getpwuid(id).map { String(cString: $0.pointee.pw_name) } ?? "user \(id)" }

    static var current: User { User(geteuid()) }
}

private struct Group: CustomStringConvertible {
    let description: String

    init(_ id: gid_t) { description = getgrgid(id).map { String(cString: $0.pointee.gr_name) } ?? "\(id)" }
}
