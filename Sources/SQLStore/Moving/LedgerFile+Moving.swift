import Foundation
import Newsletter

#if canImport(CDispatch)
    import CDispatch  // stat, on Linux, if it was seen there first
#endif

/// The ledger goes along with the records: whoever leaves from then on stands in the new one alone.
extension LedgerFile {
    private static let signpost = "Courant's erasures have moved to "

    /// Where the ledger went that was at `path`; nil where that is none, or is still there.
    static func newPlace(of path: String) -> String? {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8), text.hasPrefix(signpost) else {
            return nil
        }
        return text.dropFirst(signpost.count).split(whereSeparator: \.isNewline).first.map(String.init)
    }

    /// What is left at the old place, so that no old backup is restored there by a ledger that lacks its newest lines.
    static func leaveSignpost(at path: String, to place: String) throws {
        try replace(path) { try $0.write(contentsOf: Data("\(signpost)\(place)\n".utf8)) }
    }

    /// Makes the same ledger at `path`, whole and on the disk before it has its name.
    func copy(to path: String, _ seal: LedgerSeal) throws {
        let (first, last) = (try firstGenuine(), last)
        try Self.replace(path) { file in
            try file.write(contentsOf: seal.heading(after: first - 1))
            try forEach(from: first, to: last) {
                try file.write(contentsOf: $0.reduce(into: Data()) { $0 += seal.line($1) })
            }
        }
    }

    /// Every entry from that one on, some at a time.
    func forEach(from first: Int64, to last: Int64, _ work: ([LedgerEntry]) throws -> Void) throws {
        var next = first
        while next <= last {
            let end = min(last, next + Int64(Self.page) - 1)
            try work(
                (next...end).map { number in
                    guard let entry = entry(number) else { throw LedgerFault.foreign(line: number - base + 1) }
                    return entry
                })
            next = end + 1
        }
    }

    private static let page = 5_000

    /// The first line there is. A copy that another instance made from the database lacks those that had expired by then.
    func firstGenuine() throws(LedgerFault) -> Int64 {
        let last = last
        var first = base + 1
        while first <= last, entry(first) == nil { first += 1 }
        guard first <= last || base == last else { throw .foreign(line: 2) }
        return first
    }

    /// Whether all that it says is said in `other` too.
    func isPart(of other: LedgerFile) -> Bool {
        guard last <= other.last else { return false }
        var number = last
        while number > max(base, other.base) {
            if let entry = entry(number), other.entry(number) != entry { return false }
            number -= 1
        }
        return true
    }

    private static func replace(_ path: String, with write: (FileHandle) throws -> Void) throws {
        do {
            try Data.write(Data(), privatelyTo: path + ".new")
            guard let file = FileHandle(forUpdatingAtPath: path + ".new") else { throw LedgerFault.unwritable }
            try write(file)
            try file.synchronize()
            try FileManager.default.giveToOwnerOfFolder(path + ".new")
            guard rename(path + ".new", path) == 0 else { throw LedgerFault.unwritable }
            try FileHandle.synchronizeDirectory(of: path)
        } catch {
            unlink(path + ".new")
            throw error as? LedgerFault ?? .unwritable
        }
    }
}

extension FileManager {
    /// Whoever owns the directory serves from it; the command may run as root.
    func giveToOwnerOfFolder(_ path: String) throws {
        try give(path, toOwnerOf: URL(filePath: path).deletingLastPathComponent().path)
    }

    /// Where a command runs as root, and the service as somebody else.
    package func give(_ path: String, toOwnerOf other: String) throws {
        var facts = stat()
        guard geteuid() == 0, stat(other, &facts) == 0 else { return }
        guard chown(path, facts.st_uid, facts.st_gid) == 0 else { throw CocoaError(.fileWriteNoPermission) }
    }
}
