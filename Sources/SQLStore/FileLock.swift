#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Held for as long as the process lives, released by the kernel however it ends: two services on one file would each take
/// the other's claims for a dead one's.
package final class FileLock: Sendable {
    private let descriptor: Int32

    package init(path: String) throws(StoreOpening) {
        // Not through a link: that would make a file wherever somebody who may write here wants one.
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else {
            let advice =
                errno == ELOOP ? "it is a symbolic link: delete it" : "check the data directory's owner and mode"
            throw .unusable("cannot open \(path) (\(String(cString: strerror(errno)))): \(advice)")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw .inUse(path)
        }
    }

    package func release() {
        flock(descriptor, LOCK_UN)
    }

    deinit {
        // A child that is just being started still has a copy of the descriptor, and with it the lock.
        release()
        close(descriptor)
    }
}
