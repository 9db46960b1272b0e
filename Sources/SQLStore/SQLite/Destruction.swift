import Foundation

extension SQLiteStore {
    /// The database with its log, and what restores and upgrades have set aside; the bytes first.
    static func destroy(path: String) throws(StoreOpening) {
        let lock = try FileLock(path: resolved(path) + ".lock", for: .command)
        defer { lock.release() }
        let database = resolved(path)
        do {
            for aside in SetAside.all(of: path) { try aside.delete() }
            let suffixes = ["-wal", "-shm", "-journal", ".restoring", ""]
            for suffix in suffixes { try FileManager.default.overwriteAndDelete(database + suffix) }
            if database != path { unlink(path) }
            unlink(database + ".lock")
        } catch {
            throw .unusable(
                "not all of \(database) can be deleted: check its owner, and the directory's, and run it again")
        }
    }
}
