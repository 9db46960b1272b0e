internal import Foundation

/// What somebody typed that stands in mails which bear our name. It may hold nothing that a stranger could use it for: no
/// link, no address, no line break, no character that hides or turns its neighbours.
package protocol ShownName: Hashable, Sendable, Redacted {
    /// NFC, no white space around it, U+0020 as its only white space.
    var text: String { get }

    /// Takes back what `text` gave to a store; nobody checks it again.
    init(stored text: String)
}

/// What the visitor must do about it.
package enum NameProblem: Error, Equatable, CaseIterable {
    /// Type a name, or leave the field empty where it is optional.
    case missing
    /// Shorten it to 100 characters (and 400 octets).
    case tooLong
    /// Take the link or address out.
    case link
    /// Take out what cannot be seen or printed.
    case unprintable
}

extension ShownName {
    package typealias Problem = NameProblem

    package init(_ text: String) throws(NameProblem) {
        self.init(stored: try NameScanner.cleaned(text))
    }

    /// Nil for nothing but white space: no name is a wish as well.
    package init?(optional text: String) throws(NameProblem) {
        do {
            try self.init(text)
        } catch .missing {
            return nil
        } catch {
            throw error
        }
    }

    package static func == (a: Self, b: Self) -> Bool { a.text.utf8.elementsEqual(b.text.utf8) }

    package func hash(into hasher: inout Hasher) {
        for byte in text.utf8 { hasher.combine(byte) }
    }
}

private enum NameScanner {
    static func cleaned(_ text: String) throws(NameProblem) -> String {
        guard text.utf8.count <= 4_000 else { throw .tooLong }
        // Most names, and nothing of Unicode's is to be asked about them.
        let isPlain = text.utf8.allSatisfy { (0x20...0x7E).contains($0) }
        let name = isPlain ? Substring(text.utf8.trimmed) : Self.trimmed(text.canonical)[...]
        guard !name.unicodeScalars.isEmpty else { throw .missing }
        guard name.utf8.count <= 400, name.utf8.count <= 100 || name.count <= 100 else { throw .tooLong }
        guard isPlain || Self.isPrintable(Array(name.unicodeScalars)) else { throw .unprintable }
        guard !Self.holdsLink(Array(name.lowercased().utf8)), !Self.holdsDomain(Array(name.unicodeScalars)) else {
            throw .link
        }
        return String(name)
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
        let signs: [StaticString] = ["://", "//", "www.", "@", "\u{FF20}", "\u{FE6B}"]
        if signs.contains(where: bytes.holds) { return true }
        // host.tld/ — a domain with a path, which mail clients turn into a link
        return bytes.indices.contains { index in
            guard bytes[index] == UInt8(ascii: "."), index > 0, bytes[index - 1].isLetterOrDigit else { return false }
            let end = bytes[(index + 1)...].firstIndex { !$0.isLetterOrDigit } ?? bytes.endIndex
            return end - index > 2 && end < bytes.endIndex && bytes[end] == UInt8(ascii: "/")
        }
    }
}

/// Bare domains, which mail programs make links of as well.
extension NameScanner {
    /// Full stops of other scripts and their look-alikes, which browsers take for a dot (UTS 46 §4), and what looks like a slash.
    private static let dots: Set<Unicode.Scalar> = [".", "\u{FF0E}", "\u{3002}", "\u{FF61}", "\u{2024}", "\u{FE52}"]
    private static let slashes: Set<Unicode.Scalar> = [
        "\u{2044}", "\u{2215}", "\u{29F8}", "\u{FF0F}", "\u{2571}", "\u{29F5}", "\u{FE68}", "\u{FF3C}",
    ]
    /// With a capital letter behind its dot, each is how people write their titles.
    private static let titles: Set<String> = [
        "dr", "dra", "st", "ste", "mr", "mrs", "ms", "prof", "fr", "hr", "fru", "ing", "mag", "dipl", "med", "phil",
        "rev",
    ]

    /// `evil.com`, whatever the dot: two or more letters or digits before it and two or more letters behind.
    private static func holdsDomain(_ scalars: [Unicode.Scalar]) -> Bool {
        if scalars.contains(where: slashes.contains) { return true }
        return scalars.indices.contains { place in
            guard dots.contains(scalars[place]) else { return false }
            let before = scalars[..<place].reversed().prefix { $0.isLetterOrDigit || $0 == "-" }
            let behind = scalars[(place + 1)...].prefix { $0.isLetterOrDigit }
            guard before.count >= 2, behind.count >= 2, behind.allSatisfy(\.properties.isAlphabetic) else {
                return false
            }
            let title = String(String.UnicodeScalarView(before.reversed())).lowercased()
            return !(titles.contains(title) && scalars[place] == "." && behind.isCapitalised)
        }
    }
}

extension Collection<Unicode.Scalar> {
    /// `Smith`, and not `SMITH` or `smith`.
    fileprivate var isCapitalised: Bool {
        first?.properties.isUppercase == true && dropFirst().allSatisfy { !$0.properties.isUppercase }
    }
}

extension Unicode.Scalar {
    fileprivate var isLetterOrDigit: Bool { properties.isAlphabetic || properties.numericType != nil }
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
