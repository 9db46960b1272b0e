package import Foundation
package import Testing

/// What somebody with the disk in their hands would find.
extension TestApp {
    package func files() throws -> [Data] {
        let names = try FileManager.default.contentsOfDirectory(atPath: directory.path)
        return try names.map { try Data(contentsOf: directory.appending(path: $0)) }
    }

    /// In any spelling: raw, lower case, UTF-16, base64 at each of its three alignments, percent and quoted-printable.
    package func expectNothingReadable(_ words: [String], sourceLocation: SourceLocation = #_sourceLocation) throws {
        let files = try files()
        for word in words {
            for spelling in Self.spellings(of: word) {
                let found = files.contains { $0.range(of: spelling) != nil }
                #expect(!found, "found a spelling of \(word)", sourceLocation: sourceLocation)
            }
        }
    }

    package static func spellings(of word: String) -> [Data] {
        var spellings: [Data] = []
        for text in Set([word, word.lowercased(), word.uppercased()]) {
            spellings.append(Data(text.utf8))
            spellings.append(text.data(using: .utf16LittleEndian) ?? Data())
            spellings.append(text.data(using: .utf16BigEndian) ?? Data())
            for offset in 0..<3 {
                // Only the characters that do not depend on the neighbours.
                let encoded = Array((Data(repeating: 0x20, count: offset) + Data(text.utf8)).base64EncodedData())
                let inner = encoded.dropFirst(offset == 0 ? 0 : 4).dropLast(4)
                if inner.count >= 4 { spellings.append(Data(inner)) }
            }
            spellings.append(Data(text.utf8.map { "%" + String($0, radix: 16) }.joined().utf8))
            spellings.append(Data(text.utf8.map { "=" + String($0, radix: 16, uppercase: true) }.joined().utf8))
        }
        return spellings.filter { $0.count >= 4 }
    }
}
