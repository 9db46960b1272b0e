internal import Foundation

/// An address as people bring it: with what a mail program, a page or a spreadsheet has put around or into it. What can mean
/// one thing only is mended; whatever else stands there stays, for its reader to be told of.
struct PastedText {
    private var scalars: [Unicode.Scalar]

    /// `text` as it was meant.
    static func mended(_ text: String) -> String {
        guard text.utf8.count <= 1_000 else { return text }
        var pasted = PastedText(scalars: text.unicodeScalars.map(\.narrow))
        // It turns what stands behind it around, so that nobody knows what its reader saw.
        guard !pasted.scalars.contains(.rightToLeftOverride) else { return text }
        pasted.mend()
        return pasted.text
    }

    private var text: String { String(String.UnicodeScalarView(scalars)) }

    private mutating func mend() {
        // One wrapping may stand in another: Ann <mailto:ann@example.org>.
        for _ in 1...4 {
            let before = scalars
            takeFromBrackets()
            takeOffScheme()
            trim()
            decode()
            if scalars == before { break }
        }
        straightenApostrophes()
        takeOutUnseen()
        closeUp()
    }

    // MARK: Around it

    private mutating func trim() {
        while true {
            if isPaired {
                scalars = Array(scalars.dropFirst().dropLast())
            } else if let first = scalars.first, first.isAir || Self.leading.contains(first) {
                scalars.removeFirst()
            } else if let last = scalars.last, last.isAir || Self.trailing.contains(last) {
                scalars.removeLast()
            } else if text.hasPrefix("%20") {
                scalars.removeFirst(3)
            } else if text.hasSuffix("%20") {
                scalars.removeLast(3)
            } else {
                return
            }
        }
    }

    /// A local part may begin with it, so that it is a quotation mark only where another one answers it.
    private var isPaired: Bool {
        guard scalars.count > 2, let first = scalars.first, let last = scalars.last else { return false }
        return (first == "'" && last == "'") || (first == "`" && last == "`")
    }

    private static let quotes: Set<Unicode.Scalar> = [
        "\"", "\u{2018}", "\u{2019}", "\u{201A}", "\u{201C}", "\u{201D}", "\u{201E}", "\u{AB}", "\u{BB}", "\u{2039}",
        "\u{203A}",
    ]
    private static let leading = quotes.union(["<", ">", ",", ";", ":", "\u{2022}", "\u{B7}"])
    private static let trailing = quotes.union([
        ".", ",", ";", ":", "!", "?", "<", ">", "'", "\u{2026}", "|", "/", "\\",
    ])

    /// `mailto:` and its kin, with what a link has behind the address.
    private mutating func takeOffScheme() {
        guard let colon = scalars.firstIndex(of: ":"), !scalars[..<colon].contains("@") else { return }
        let scheme = String(String.UnicodeScalarView(scalars[..<colon])).lowercased()
        guard ["mailto", "smtp", "email", "e-mail", "mail", "epost", "e-post"].contains(scheme) else { return }
        scalars.removeFirst(colon + 1)
        guard scheme == "mailto" else { return }
        if let query = scalars.firstIndex(of: "?") { scalars.removeLast(scalars.count - query) }
        if let decoded = text.removingPercentEncoding { scalars = decoded.unicodeScalars.map(\.narrow) }
    }

    /// Out of a page's address: there is no `@` but an encoded one.
    private mutating func decode() {
        guard !scalars.contains("@"), text.contains("%40"), let decoded = text.removingPercentEncoding else { return }
        scalars = decoded.unicodeScalars.map(\.narrow)
    }

    /// `Ann Lee <ann@example.org>`, and as some programs write it, in round or square brackets; or a comment behind it.
    private mutating func takeFromBrackets() {
        for (opening, closing) in [("<", ">"), ("(", ")"), ("[", "]")] as [(Unicode.Scalar, Unicode.Scalar)] {
            guard let start = scalars.firstIndex(of: opening), let end = scalars.lastIndex(of: closing), start < end,
                scalars.count(where: { $0 == opening }) == 1
            else { continue }
            let (inner, before, behind) = (scalars[(start + 1)..<end], scalars[..<start], scalars[(end + 1)...])
            let outside = before + behind
            if inner.contains("@"), !outside.contains("@") || Self.isAddressAgain(before, inner) {
                scalars = Array(inner)
            } else if opening == "(", behind.isEmpty, before.contains("@"), !inner.contains("@") {
                scalars = Array(before)
            }
        }
    }

    private static func isAddressAgain(_ name: ArraySlice<Unicode.Scalar>, _ address: ArraySlice<Unicode.Scalar>)
        -> Bool
    {
        mended(String(String.UnicodeScalarView(name))).lowercased()
            == mended(String(String.UnicodeScalarView(address))).lowercased()
    }

    // MARK: In it

    /// Word processors and telephones write o’neil@example.org.
    private mutating func straightenApostrophes() {
        guard let at = scalars.firstIndex(of: "@") else { return }
        for index in 0..<at where scalars[index] == "\u{2019}" { scalars[index] = "'" }
    }

    /// What nobody sees is nothing that somebody meant, as long as there are no letters that it may join or part.
    private mutating func takeOutUnseen() {
        let seen = scalars.filter { !$0.isInvisible }
        if seen.prefix(while: { $0 != "@" }).allSatisfy(\.isASCII) { scalars = seen }
    }

    /// No space can be meant beside the `@`.
    private mutating func closeUp() {
        guard scalars.count(where: { $0 == "@" }) == 1, let at = scalars.firstIndex(of: "@") else { return }
        let local = scalars[..<at].reversed().drop(while: \.properties.isWhitespace).reversed()
        scalars = Array(local) + ["@"] + scalars[(at + 1)...].drop(while: \.properties.isWhitespace)
    }
}

extension Unicode.Scalar {
    fileprivate static let rightToLeftOverride: Unicode.Scalar = "\u{202E}"

    /// Formats, and what fonts show nothing for; no control character, which is no sign at all.
    var isInvisible: Bool { properties.isDefaultIgnorableCodePoint || properties.generalCategory == .format }

    /// What may stand around a text without being part of it.
    fileprivate var isAir: Bool { isInvisible || properties.isWhitespace }

    /// East Asian keyboards' wide signs, and hyphens that do not break, as the keyboards' own.
    fileprivate var narrow: Unicode.Scalar {
        switch value {
        case 0xFF01...0xFF5E: Unicode.Scalar(value - 0xFEE0) ?? self
        case 0x3002, 0xFF61, 0xFE52: "."
        case 0xFE6B: "@"
        case 0x2010, 0x2011: "-"
        default: self
        }
    }
}
