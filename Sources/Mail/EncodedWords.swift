/// Text in a header that is not plain ASCII (RFC 2047): `=?utf-8?Q?…?=` words of at most 75 octets, whole characters only.
///
/// A run of words that need it is encoded together with the spaces between them, since white space between adjacent
/// encoded-words is not displayed (§6.2).
package enum EncodedWords {
    /// The tokens, each an atom's worth of text or an encoded-word, to be separated by one space or a fold.
    /// The first leaves `column` columns of its line to the field's name: some readers show a fold before it as a space.
    static func tokens(_ text: String, phrase: Bool, after column: Int) -> [[UInt8]] {
        guard needsEncoding(text, phrase: phrase) else {
            return text.utf8.split(separator: 0x20, omittingEmptySubsequences: false).map(Array.init)
        }
        return encoded(text, first: min(capacity, 76 - column - prefix.count - suffix.count))
    }

    /// Plain only if a reader gets back exactly what was written: printable ASCII without a look-alike of an encoded
    /// word, no double spaces (folding may lose them), no token too long to fold; in a phrase, atoms only.
    private static func needsEncoding(_ text: String, phrase: Bool) -> Bool {
        let bytes = Array(text.utf8)
        if bytes.contains(where: { $0 < 0x20 || $0 > 0x7E }) || bytes.first == 0x20 || bytes.last == 0x20 {
            return true
        }
        if zip(bytes, bytes.dropFirst()).contains(where: { $0 == (0x3D, 0x3F) || $0 == (0x20, 0x20) }) { return true }
        if bytes.split(separator: 0x20).contains(where: { $0.count > 60 }) { return true }
        return phrase && !bytes.allSatisfy { $0.isPlainInEncodedWord || $0 == 0x20 || $0 == UInt8(ascii: "'") }
    }

    private static func encoded(_ text: String, first: Int) -> [[UInt8]] {
        var words: [[UInt8]] = []
        var word: [UInt8] = []
        var room: Int { words.isEmpty ? first : capacity }
        // Whole grapheme clusters as long as they fit: an emoji family split in two looks wrong in weak readers.
        for cluster in text {
            let piece = Self.q(String(cluster).utf8)
            if word.count + piece.count <= room {
                word += piece
                continue
            }
            if !word.isEmpty { words.append(word) }
            word = []
            for scalar in cluster.unicodeScalars {
                let bytes = q(String(scalar).utf8)
                if word.count + bytes.count > room {
                    words.append(word)
                    word = []
                }
                word += bytes
            }
        }
        if !word.isEmpty { words.append(word) }
        return words.map { prefix + $0 + suffix }
    }

    /// The Q encoding, restricted to what a phrase may hold (§5 rule 3), so that one form serves everywhere.
    private static func q(_ bytes: String.UTF8View) -> [UInt8] {
        bytes.flatMap { byte -> [UInt8] in
            if byte == 0x20 { return [UInt8(ascii: "_")] }
            if byte.isPlainInEncodedWord { return [byte] }
            return [UInt8(ascii: "="), QuotedPrintable.hex(byte >> 4), QuotedPrintable.hex(byte & 15)]
        }
    }

    private static let prefix = Array("=?utf-8?Q?".utf8)
    private static let suffix = Array("?=".utf8)
    /// 75 less the delimiters.
    private static let capacity = 75 - prefix.count - suffix.count
}

extension UInt8 {
    fileprivate var isPlainInEncodedWord: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "!*+-/".utf8.contains(self)
        }
    }
}
