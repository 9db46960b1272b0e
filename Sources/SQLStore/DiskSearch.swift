package import Foundation

#if canImport(CDispatch)
    import CDispatch  // stat, on Linux, if it was seen there first
#endif

/// What somebody with the disk in their hands would find: words in every file below a directory, in the spellings in which
/// software writes them. It reads in pieces, so that a large database costs time and no memory.
package struct DiskSearch: Sendable {
    private let needles: [Data]
    private let longest: Int

    static let piece = 4 * 1024 * 1024

    package init(_ words: [String]) {
        needles = Array(Set(words.flatMap { Self.spellings(of: $0) }))
        longest = needles.map(\.count).max() ?? 0
    }

    /// As it is, in lower case, UTF-16, base64 at each of its three alignments, hexadecimal and percent-encoded.
    private static func spellings(of word: String) -> [Data] {
        let plain = Data(word.utf8)
        let base64 = (0..<3).map { offset in
            // Only the characters that do not depend on the neighbours.
            Data((Data(count: offset) + plain).base64EncodedData().dropFirst(offset == 0 ? 0 : 4).dropLast(4))
        }
        let percent = word.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? word
        let hex = plain.map { $0 < 16 ? "0\(String($0, radix: 16))" : String($0, radix: 16) }.joined()
        return [plain, Data(word.lowercased().utf8), Data(percent.utf8), Data(hex.utf8)] + base64
            + [String.Encoding.utf16LittleEndian, .utf16BigEndian].compactMap { word.data(using: $0) }
    }

    /// The names of the files that hold any of the words. `passingOver`: files that are an engine's own to read.
    package func files(in directory: URL, passingOver own: Set<FileIdentity> = []) throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: directory.path).filter { name in
            try holds(directory.appending(path: name), own)
        }.sorted()
    }

    /// The same, without what is in folders of it.
    package func files(lyingIn directory: URL) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: directory.path).filter { name in
            try holds(directory.appending(path: name), [])
        }.sorted()
    }

    private func holds(_ url: URL, _ own: Set<FileIdentity>) throws -> Bool {
        // What is gone between the listing and the reading is not on the disk. Whose name it is does not matter: a link to
        // an engine's file is the engine's file.
        guard let identity = FileIdentity(ofFile: url.path), !own.contains(identity),
            let file = try? FileHandle(forReadingFrom: url)
        else { return false }
        defer { try? file.close() }
        return try isFound { try file.read(upToCount: Self.piece) ?? Data() }
    }

    /// In what `next` gives, piece after piece; the end is empty.
    func isFound(in next: () throws -> Data) rethrows -> Bool {
        var window = Data()
        while true {
            let piece = try next()
            guard !piece.isEmpty else { return false }
            window.append(piece)
            if needles.contains(where: { window.range(of: $0) != nil }) { return true }
            window = Data(window.suffix(longest))
        }
    }
}

/// A file, whatever it is called: by its device and its number there.
package struct FileIdentity: Hashable, Sendable {
    private let device: UInt64
    private let number: UInt64
    /// How many names it has.
    let links: UInt64

    /// Nil where there is no regular file of that very name; a symbolic link is none.
    package init?(ofFile path: String) {
        var facts = stat()
        guard lstat(path, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else { return nil }
        (device, number, links) = (UInt64(facts.st_dev), UInt64(facts.st_ino), UInt64(facts.st_nlink))
    }

    package static func == (a: FileIdentity, b: FileIdentity) -> Bool { a.device == b.device && a.number == b.number }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(device)
        hasher.combine(number)
    }
}
