import Foundation

/// What somebody with the disk in their hands would find: words in every file below a directory, in the spellings in which
/// software writes them. It reads in pieces, so that a large database costs time and no memory.
struct DiskSearch {
    private let needles: [Data]

    private static let piece = 4 * 1024 * 1024

    init(_ words: [String]) {
        needles = Array(Set(words.flatMap { Self.spellings(of: $0) }))
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

    /// The names of the files that hold any of the words.
    func files(in directory: URL) throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: directory.path).filter { name in
            try holds(directory.appending(path: name))
        }.sorted()
    }

    /// The same, without what is in folders of it.
    func files(lyingIn directory: URL) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: directory.path).filter { name in
            try holds(directory.appending(path: name))
        }.sorted()
    }

    private func holds(_ url: URL) throws -> Bool {
        // What is gone between the listing and the reading is not on the disk.
        guard (try? url.resourceValues(forKeys: [.isRegularFileKey]))?.isRegularFile == true,
            let file = try? FileHandle(forReadingFrom: url)
        else { return false }
        defer { try? file.close() }
        let longest = needles.map(\.count).max() ?? 0
        var window = Data()
        while let piece = try file.read(upToCount: Self.piece), !piece.isEmpty {
            window.append(piece)
            if needles.contains(where: { window.range(of: $0) != nil }) { return true }
            window = Data(window.suffix(longest))
        }
        return false
    }
}
