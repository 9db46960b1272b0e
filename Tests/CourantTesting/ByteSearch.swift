package import Foundation
import Mail
package import Testing

/// What somebody with the disk in their hands would find: every byte of a directory's files, in any spelling of a word.
package struct ByteSearch: Sendable {
    package let files: [String: Data]

    /// Of that directory and of all below it.
    package init(_ directory: URL) throws {
        var files: [String: Data] = [:]
        let paths = try FileManager.default.subpathsOfDirectory(atPath: directory.path)
        for path in paths {
            // What is deleted between the listing and the reading is not on the disk.
            files[path] = try? Data(contentsOf: directory.appending(path: path))
        }
        self.files = files
    }

    package init(_ name: String, _ text: String) {
        files = [name: Data(text.utf8)]
    }

    /// `courant.db: Zebedee`, for each word that is found in any spelling.
    package func hits(_ words: [String]) -> [String] {
        files.flatMap { name, bytes in
            words.filter { Self.spellings(of: $0).contains { bytes.range(of: $0) != nil } }.map { "\(name): \($0)" }
        }.sorted()
    }

    package func expectNothing(of words: [String], sourceLocation: SourceLocation = #_sourceLocation) {
        let hits = hits(words)
        #expect(hits.isEmpty, "\(hits)", sourceLocation: sourceLocation)
    }

    /// Raw, lower and upper case, composed and decomposed, UTF-16, Latin-1, base64 (and that of URLs) at each of its three
    /// alignments, hexadecimal, punycode, and as percent, quoted-printable and JSON write what is not plain.
    package static func spellings(of word: String) -> Set<Data> {
        var spellings: Set<Data> = []
        for text in [word, word.lowercased(), word.uppercased()] {
            for form in [text.precomposedStringWithCanonicalMapping, text.decomposedStringWithCanonicalMapping] {
                spellings.formUnion(encodings(of: form))
                spellings.formUnion(escapes(of: form).map { Data($0.utf8) })
            }
        }
        if let label = punycode(of: word) { spellings.formUnion(encodings(of: label)) }
        return spellings.filter { $0.count >= 4 }
    }

    private static func encodings(of text: String) -> [Data] {
        let plain = Data(text.utf8)
        let alphabets = [String.Encoding.utf16LittleEndian, .utf16BigEndian, .isoLatin1].compactMap {
            text.data(using: $0)
        }
        let base64 = (0..<3).map { offset in
            // All the characters that do not depend on the neighbours: fewer are found in a key by chance.
            let encoded = Array((Data(repeating: 0x20, count: offset) + plain).base64EncodedData())
            return Data(encoded[(offset * 8 + 5) / 6..<(offset + plain.count) * 8 / 6])
        }
        let forURLs = base64.map { Data($0.map { $0 == 0x2B ? 0x2D : $0 == 0x2F ? 0x5F : $0 }) }
        return [plain] + alphabets + base64 + forURLs
    }

    /// As a domain writes a word that is not ASCII.
    private static func punycode(of word: String) -> String? {
        guard !word.utf8.allSatisfy({ $0 < 0x80 }), let address = try? EmailAddress("a@\(word).example") else {
            return nil
        }
        return String(address.domain.dropLast(".example".count))
    }

    private static func escapes(of text: String) -> [String] {
        func hex(_ byte: UInt8, _ isUpper: Bool) -> String {
            let digits = String(byte, radix: 16, uppercase: isUpper)
            return digits.utf8.count == 1 ? "0" + digits : digits
        }
        func escaped(_ mark: String, _ isUpper: Bool, whole: Bool) -> String {
            text.utf8.map { byte in
                let isPlain =
                    byte < 0x80 && (Character(UnicodeScalar(byte)).isLetter || Character(UnicodeScalar(byte)).isNumber)
                return isPlain && !whole ? String(UnicodeScalar(byte)) : mark + hex(byte, isUpper)
            }.joined()
        }
        let json = text.utf16.map {
            $0 < 0x80 ? String(UnicodeScalar(UInt8($0))) : "\\u" + String(0x10000 + Int($0), radix: 16).dropFirst()
        }
        return [true, false].flatMap { isUpper in
            ["%", "="].flatMap { [escaped($0, isUpper, whole: true), escaped($0, isUpper, whole: false)] }
                + [escaped("", isUpper, whole: true)]
        } + [json.joined()]
    }
}

extension TestApp {
    package func files() throws -> [Data] { try Array(ByteSearch(directory).files.values) }

    package func expectNothingReadable(_ words: [String], sourceLocation: SourceLocation = #_sourceLocation) throws {
        try ByteSearch(directory).expectNothing(of: words, sourceLocation: sourceLocation)
    }
}
