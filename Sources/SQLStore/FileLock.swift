#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Held for as long as the process lives, released by the kernel however it ends: two services on one file would each take
/// the other's claims for a dead one's.
package final class FileLock: Sendable {
    /// The file says so, for whoever comes meanwhile.
    package enum Holder: String, Sendable {
        case service = ""
        /// A command of the host's, which has the database to itself for a moment.
        case command
    }

    private let descriptor: Int32

    package init(path: String, for holder: Holder = .service) throws(StoreOpening) {
        // Not through a link: that would make a file wherever somebody who may write here wants one.
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else {
            let advice =
                errno == ELOOP ? "it is a symbolic link: delete it" : "check the data directory's owner and mode"
            throw .unusable("cannot open \(path) (\(String(cString: strerror(errno)))): \(advice)")
        }
        guard Self.isTaken(descriptor) else {
            defer { close(descriptor) }
            throw Self.holder(descriptor) == .command ? .busy(path) : .inUse(path)
        }
        let word = Array(holder.rawValue.utf8)
        _ = ftruncate(descriptor, 0)
        _ = pwrite(descriptor, word, word.count, 0)
    }

    /// Whoever asks whether it is held has it for an instant.
    private static func isTaken(_ descriptor: Int32) -> Bool {
        for _ in 1...5 {
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return true }
            usleep(10_000)
        }
        return false
    }

    private static func holder(_ descriptor: Int32) -> Holder? {
        var word = [UInt8](repeating: 0, count: 16)
        let length = pread(descriptor, &word, word.count, 0)
        return length < 0 ? nil : Holder(rawValue: String(decoding: word.prefix(length), as: UTF8.self))
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
