package import Foundation

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Whether anybody of a trial's people can be read in files: `reader12@…`, `Reader 12`, `visitor3@…`, in any case, gone or
/// still there.
package enum ReadableSearch {
    /// The files of a directory and all below it in which somebody can.
    static func hits(in directory: URL) -> [String] {
        let paths = (try? FileManager.default.subpathsOfDirectory(atPath: directory.path)) ?? []
        return paths.filter { path in
            // What is deleted between the listing and the reading is not on the disk.
            guard let bytes = try? Data(contentsOf: directory.appending(path: path), options: .mappedIfSafe) else {
                return false
            }
            return isReadable(bytes)
        }
    }

    package static func isReadable(_ bytes: Data) -> Bool {
        bytes.withUnsafeBytes { bytes in "rRvV".utf8.contains { stands(from: $0, in: bytes) } }
    }

    /// One of the words that begin with this letter, and a number behind it.
    private static func stands(from initial: UInt8, in bytes: UnsafeRawBufferPointer) -> Bool {
        guard let start = bytes.baseAddress else { return false }
        var place = 0
        while place < bytes.count, let found = memchr(start + place, Int32(initial), bytes.count - place) {
            let rest = bytes[(UnsafeRawPointer(found) - start)...]
            place = rest.startIndex + 1
            guard let word = words.first(where: { rest.prefix($0.count).elementsEqual($0) { $0 | 0x20 == $1 } }) else {
                continue
            }
            let next = rest.dropFirst(word.count).prefix(2)
            if let number = next.first == 0x20 ? next.last : next.first, (0x30...0x39).contains(number) { return true }
        }
        return false
    }

    private static let words = [Array("reader".utf8), Array("visitor".utf8)]
}
