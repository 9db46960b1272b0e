internal import Foundation

/// What a subscriber wants to be called. It greets somebody in a mail that bears our name, so it may hold nothing that
/// a stranger could use it for: no link, no address, no line break, no character that hides or turns its neighbours.
package struct PersonName: Sendable {
    /// What the visitor must do about it.
    package enum Problem: Error, Equatable, CaseIterable {
        /// Type a name, or leave the field empty where it is optional.
        case missing
        /// Shorten it to 100 characters (and 400 octets).
        case tooLong
        /// Take the link or address out.
        case link
        /// Take out what cannot be seen or printed.
        case unprintable
    }

    /// NFC, no white space around it, U+0020 as its only white space.
    package let text: String

    package init(_ text: String) throws(Problem) {
        guard text.utf8.count <= 4_000 else { throw .tooLong }
        // Most names, and nothing of Unicode's is to be asked about them.
        let isPlain = text.utf8.allSatisfy { (0x20...0x7E).contains($0) }
        let name = isPlain ? Substring(text.utf8.trimmed) : Self.trimmed(text.canonical)[...]
        guard !name.unicodeScalars.isEmpty else { throw .missing }
        guard name.utf8.count <= 400, name.utf8.count <= 100 || name.count <= 100 else { throw .tooLong }
        guard isPlain || Self.isPrintable(Array(name.unicodeScalars)) else { throw .unprintable }
        guard !Self.holdsLink(Array(name.lowercased().utf8)) else { throw .link }
        self.text = String(name)
    }

    /// Takes back what `text` gave to a store.
    package init(stored text: String) {
        self.text = text
    }

    /// Every white space but controls becomes a plain space, so that nothing but U+0020 separates words.
    private static func trimmed(_ text: String) -> String {
        var scalars = text.unicodeScalars.map { $0.properties.generalCategory == .spaceSeparator ? " " : $0 }[...]
        func isWhite(_ scalar: Unicode.Scalar?) -> Bool { scalar?.properties.isWhitespace ?? false }
        while isWhite(scalars.first) { scalars.removeFirst() }
        while isWhite(scalars.last) { scalars.removeLast() }
        return String(String.UnicodeScalarView(scalars))
    }

    private static func isPrintable(_ scalars: [Unicode.Scalar]) -> Bool {
        scalars.indices.allSatisfy { isAllowed(scalars, $0) } && scalars.contains(where: \.isSeen)
    }

    /// Joiners only where they join: emoji families, Persian, Indic scripts. Tags only in a flag.
    private static func isAllowed(_ scalars: [Unicode.Scalar], _ index: Int) -> Bool {
        let scalar = scalars[index]
        switch scalar.value {
        case 0x200C, 0x200D:
            guard index > 0, index + 1 < scalars.count else { return false }
            return scalars[index - 1].isJoinable && scalars[index + 1].isJoinable
        case 0xE0020...0xE007F:
            return index > 0
                && (scalars[index - 1].value == 0x1F3F4 || (0xE0020...0xE007F).contains(scalars[index - 1].value))
        default:
            return !scalar.isUnseen
        }
    }

    /// `bytes` are in lower case.
    private static func holdsLink(_ bytes: [UInt8]) -> Bool {
        if bytes.holds("://") || bytes.holds("www.") || bytes.holds("@") || bytes.holds("\u{FF20}") { return true }
        // host.tld/ — a domain with a path, which mail clients turn into a link
        return bytes.indices.contains { index in
            guard bytes[index] == UInt8(ascii: "."), index > 0, bytes[index - 1].isLetterOrDigit else { return false }
            let end = bytes[(index + 1)...].firstIndex { !$0.isLetterOrDigit } ?? bytes.endIndex
            return end - index > 2 && end < bytes.endIndex && bytes[end] == UInt8(ascii: "/")
        }
    }
}

extension PersonName: Hashable, Redacted {
    package static func == (a: PersonName, b: PersonName) -> Bool { a.text.utf8.elementsEqual(b.text.utf8) }

    package func hash(into hasher: inout Hasher) {
        for byte in text.utf8 { hasher.combine(byte) }
    }
}

extension Unicode.Scalar {
    /// Leaves ink of its own.
    fileprivate var isSeen: Bool {
        guard !properties.isDefaultIgnorableCodePoint, !properties.isWhitespace, value != 0x2800 else { return false }
        switch properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .spacingMark, .unassigned: return false
        default: return true
        }
    }

    fileprivate var isJoinable: Bool {
        guard value >= 0x80 else { return false }
        return properties.isEmoji || properties.isEmojiModifier || properties.isAlphabetic
            || properties.generalCategory == .nonspacingMark || properties.generalCategory == .spacingMark
    }
}

extension UInt8 {
    fileprivate var isLetterOrDigit: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), 0x80...: true
        default: false
        }
    }
}
