import Foundation

/// What a database would lie on, as far as its locks are concerned: SQLite's log wants one machine, and locks that hold.
package enum FileSystem: Sendable, Equatable {
    case local
    /// Other machines see it too: refused.
    case remote(String)
    /// Somebody else's program stands between us and the disk, and may keep no locks: told.
    case throughAnother(String)

    private static let remote: Set<String> = [
        "nfs", "nfs4", "cifs", "smb3", "smbfs", "ceph", "afs", "coda", "glusterfs", "lustre", "fuse.sshfs",
        "fuse.glusterfs", "fuse.s3fs", "fuse.rclone",
    ]

    /// By the name that the kernel has for it; what is not known is taken for local.
    init(kind: String) {
        self =
            if Self.remote.contains(kind) {
                .remote(kind)
            } else if kind == "9p" || kind == "fuse"
                || kind.hasPrefix("fuse.")
            { .throughAnother(kind) } else { .local }
    }

    /// Of the folder or file at that path.
    package init(of path: String) { self.init(kind: MountTable.current.mount(of: path)?.kind ?? "") }
}

/// What is mounted where, as this process sees it; nothing is known of it but on Linux.
package struct MountTable: Sendable {
    struct Mount: Sendable, Equatable {
        let place: String
        let kind: String
    }

    private let mounts: [Mount]

    /// `/proc/self/mountinfo`, see proc(5): the fifth field is the place, the first one behind `-` the kind.
    init(_ text: String) {
        mounts = text.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ")
            guard fields.count > 5, let bar = fields.firstIndex(of: "-"), bar + 1 < fields.count else { return nil }
            return Mount(place: Self.plain(String(fields[4])), kind: String(fields[bar + 1]))
        }
    }

    package static var current: MountTable {
        MountTable((try? String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8)) ?? "")
    }

    /// Blanks and their like stand there as octal numbers.
    private static func plain(_ text: String) -> String {
        [("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")]
            .reduce(text) { $0.replacingOccurrences(of: $1.0, with: $1.1) }
    }

    /// What that path lies on: the innermost place, and the last that was mounted there.
    func mount(of path: String) -> Mount? {
        guard let real = Self.real(path) else { return nil }
        var found: Mount?
        for mount in mounts where mount.place == "/" || real == mount.place || real.hasPrefix(mount.place + "/") {
            if mount.place.utf8.count >= found?.place.utf8.count ?? 0 { found = mount }
        }
        return found
    }

    /// Whether something is mounted at exactly that place: a file that is can be neither renamed nor replaced, and what belongs
    /// beside it lies elsewhere.
    package func isMountedAlone(_ path: String) -> Bool {
        guard let real = Self.real(path) else { return false }
        return mounts.contains { $0.place == real }
    }

    private static func real(_ path: String) -> String? {
        guard let real = realpath(path, nil) else { return nil }
        defer { free(real) }
        return String(cString: real)
    }
}
