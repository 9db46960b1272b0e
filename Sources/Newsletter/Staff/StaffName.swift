import Foundation

/// What a login may be called: the audit, approvals and everybody who reads them tell people apart by it.
enum StaffName {
    static func check(_ name: String) throws {
        guard (1...64).contains(name.utf8.count), name.unicodeScalars.allSatisfy(isAllowed) else {
            throw problem("A name is 1 to 64 letters, digits, spaces or . - _ '.")
        }
        guard let first = name.unicodeScalars.first, let last = name.unicodeScalars.last, isWord(first), isWord(last),
            !name.contains("..")
        else { throw problem("A name begins and ends with a letter or digit, and holds no two dots in a row.") }
        guard Set(name.unicodeScalars.compactMap(script)).count <= 1 else {
            throw problem("A name is written in one alphabet: a letter of another looks like one of these.")
        }
    }

    /// The same for names that people take for one: by case, by what stands between the words, by letters that look alike.
    static func likeness(_ name: String) -> String {
        let folded = name.precomposedStringWithCompatibilityMapping.lowercased()
        return String(
            String.UnicodeScalarView(
                folded.unicodeScalars.filter { $0.properties.isAlphabetic || digits.contains($0) }
                    .map { lookalikes[$0] ?? $0 }))
    }

    private static func problem(_ words: String) -> Refusal { .invalid(field: "name", problem: words) }

    private static let digits = "0123456789".unicodeScalars

    private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isAlphabetic || digits.contains(scalar)
    }

    private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        isWord(scalar) || ".-_ '".unicodeScalars.contains(scalar)
    }

    /// Roughly, by blocks; nil for what belongs to every script.
    private static func script(_ scalar: Unicode.Scalar) -> Int? {
        guard scalar.properties.isAlphabetic, scalar.properties.generalCategory != .nonspacingMark else { return nil }
        switch scalar.value {
        case 0..<0x370, 0x1D00..<0x1F00: return 0
        case 0x370..<0x400, 0x1F00..<0x2000: return 1
        case 0x400..<0x530, 0x2DE0..<0x2E00, 0xA640..<0xA6A0: return 2
        // Chinese, Japanese and Korean names mix theirs.
        case 0x2E80..<0xA4D0, 0xAC00..<0xD800, 0xF900..<0xFB00, 0x20000...: return 3
        default: return 0x100 + Int(scalar.value >> 7)
        }
    }

    /// Cyrillic and Greek letters that nobody tells from Latin ones.
    private static let lookalikes: [Unicode.Scalar: Unicode.Scalar] = [
        "а": "a", "е": "e", "о": "o", "р": "p", "с": "c", "х": "x", "у": "y", "і": "i", "ј": "j", "ѕ": "s", "ԁ": "d",
        "һ": "h", "ӏ": "l", "ο": "o", "α": "a", "ν": "v", "ι": "i", "κ": "k", "υ": "u", "ρ": "p",
    ]
}
