package import Foundation

extension FileHandle {
    /// Every byte is zero afterwards, on the disk too.
    package func overwrite() throws {
        var left = try seekToEnd()
        try seek(toOffset: 0)
        while left > 0 {
            let count = min(left, 1_048_576)
            try write(contentsOf: Data(count: Int(count)))
            left -= count
        }
        try synchronize()
    }
}

extension FileManager {
    /// Its bytes first, then its name. One that is not there is none the worse.
    package func overwriteAndDelete(_ path: String) throws {
        guard fileExists(atPath: path) else { return }
        let file = try FileHandle(forUpdating: URL(filePath: path))
        defer { try? file.close() }
        try file.overwrite()
        try removeItem(atPath: path)
    }
}
