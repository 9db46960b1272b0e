import Foundation
import Newsletter
import Synchronization

#if canImport(CDispatch)
    import CDispatch  // stat, on Linux, if it was seen there first
#endif

/// The ledger of erasures and of wishes never to be written to again: a file of lines beside the database, which a backup
/// of the database does not hold.
///
/// Each line has a place of its own, given by its number, so that writing it twice, or by two processes at once, is
/// harmless. A line is on the disk before whoever asked for the erasure is answered.
final class LedgerFile: Sendable {
    let path: String
    private let seal: LedgerSeal
    private let state: Mutex<State>

    private struct State {
        var file: FileHandle
        /// The lines up to this number have been let go of.
        var base: Int64
    }

    private static let length = UInt64(LedgerSeal.lineLength)

    /// Makes the file where there is none and `isNew`.
    init(path: String, seal: LedgerSeal, isNew: Bool) throws(LedgerFault) {
        self.path = path
        self.seal = seal
        if !FileManager.default.fileExists(atPath: path) {
            guard isNew else { throw .missing }
            try Self.make(path, seal.heading(after: 0))
        }
        guard let file = FileHandle(forUpdatingAtPath: path) else { throw .unreadable }
        guard let heading = try? file.line(0), let base = seal.base(heading) else {
            throw Self.newPlace(of: path).map { .moved(to: $0) } ?? .foreign(line: 1)
        }
        state = Mutex(State(file: file, base: base))
    }

    /// The heading is whole and on the disk before the file has its name.
    private static func make(_ path: String, _ heading: Data) throws(LedgerFault) {
        do {
            try Data.write(heading, privatelyTo: path + ".new")
            guard rename(path + ".new", path) == 0 else { throw LedgerFault.unwritable }
            try FileHandle.synchronizeDirectory(of: path)
        } catch {
            throw .unwritable
        }
    }

    /// The number of the last whole line.
    var last: Int64 {
        state.withLock { state in
            let size = (try? state.file.seekToEnd()) ?? 0
            return state.base + Int64(size / Self.length) - 1
        }
    }

    var base: Int64 { state.withLock { $0.base } }

    /// Returns once they are on the disk.
    func write(_ entries: [LedgerEntry]) throws {
        try state.withLock { state in
            try follow(&state)
            for entry in entries where entry.number > state.base {
                try state.file.seek(toOffset: UInt64(entry.number - state.base) * Self.length)
                try state.file.write(contentsOf: seal.line(entry))
            }
            guard fdatasync(state.file.fileDescriptor) == 0 else { throw LedgerFault.unwritable }
        }
    }

    /// Another process may have let go of old lines, and put a shorter file in this one's place: what is written to the old
    /// one stands nowhere.
    private func follow(_ state: inout State) throws {
        var (open, named) = (stat(), stat())
        guard fstat(state.file.fileDescriptor, &open) == 0, stat(path, &named) == 0 else {
            throw LedgerFault.unwritable
        }
        guard open.st_ino != named.st_ino || open.st_dev != named.st_dev else { return }
        guard let file = FileHandle(forUpdatingAtPath: path), let heading = try? file.line(0),
            let base = seal.base(heading)
        else { throw LedgerFault.unwritable }
        state = State(file: file, base: base)
    }

    func code(of entry: LedgerEntry) -> Data { seal.code(seal.line(entry)) }

    /// Nil where the line is missing, edited or foreign.
    func entry(_ number: Int64) -> LedgerEntry? {
        state.withLock { state in
            guard number > state.base, let line = try? state.file.line(number - state.base),
                let entry = seal.entry(line), entry.number == number
            else { return nil }
            return entry
        }
    }

    /// Every one after that number, each checked.
    func entries(after number: Int64) throws(LedgerFault) -> [LedgerEntry] {
        var entries: [LedgerEntry] = []
        let (first, last) = (max(number, base) + 1, last)
        guard first <= last else { return [] }
        for number in first...last {
            guard let entry = entry(number) else { throw .foreign(line: number - base + 1) }
            entries.append(entry)
        }
        return entries
    }

    /// Lets go of what is older than any backup that could be restored; the last line always stays.
    func forget(before horizon: Date) throws {
        let last = last
        var keep = base + 1
        while keep < last, let entry = entry(keep), entry.at < horizon { keep += 1 }
        guard keep > base + 1 else { return }
        try state.withLock { state in
            try follow(&state)
            guard keep > state.base + 1 else { return }
            try state.file.seek(toOffset: UInt64(keep - state.base) * Self.length)
            let rest = try state.file.readToEnd() ?? Data()
            try Data.write(seal.heading(after: keep - 1) + rest, privatelyTo: path + ".new")
            guard let file = FileHandle(forUpdatingAtPath: path + ".new"), rename(path + ".new", path) == 0 else {
                throw LedgerFault.unwritable
            }
            try FileHandle.synchronizeDirectory(of: path)
            state = State(file: file, base: keep - 1)
        }
    }
}

/// What is wrong with a ledger.
package enum LedgerFault: Error, Equatable {
    case missing
    case unreadable
    case unwritable
    /// A line that was not written here, or was edited; counted from 1.
    case foreign(line: Int64)
    /// The database knows of so many erasures that are not in it.
    case truncated(missing: Int64)
    /// The database lacks so many erasures that are in it: it is an older copy.
    case databaseOlder(by: Int64)
    /// It went along with the records.
    case moved(to: String)
}

extension FileHandle {
    fileprivate func line(_ place: Int64) throws -> Data {
        try seek(toOffset: UInt64(place) * UInt64(LedgerSeal.lineLength))
        return try read(upToCount: LedgerSeal.lineLength) ?? Data()
    }

    /// A new name is durable once its directory is.
    static func synchronizeDirectory(of path: String) throws {
        let folder = URL(filePath: path).deletingLastPathComponent().path
        let descriptor = open(folder, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw CocoaError(.fileWriteUnknown) }
        try FileHandle(fileDescriptor: descriptor, closeOnDealloc: true).synchronize()
    }
}

extension Data {
    /// Mode 0600, on the disk; replaces what a killed process left there.
    static func write(_ data: Data, privatelyTo path: String) throws {
        unlink(path)
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw CocoaError(.fileWriteUnknown) }
        let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        try file.write(contentsOf: data)
        try file.synchronize()
    }
}
