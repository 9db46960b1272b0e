/// In which signs a file's text is written.
package enum TextEncoding: String, CaseIterable, Sendable {
    case utf8 = "utf-8"
    case utf16LittleEndian = "utf-16le"
    case utf16BigEndian = "utf-16be"
    case windows1252 = "windows-1252"

    /// Two bytes or more for each sign, of which one may be zero.
    var isWide: Bool { self == .utf16LittleEndian || self == .utf16BigEndian }

    package init?(named name: String) {
        switch name.lowercased() {
        case "utf-8", "utf8": self = .utf8
        case "utf-16", "utf-16le", "utf16": self = .utf16LittleEndian
        case "utf-16be": self = .utf16BigEndian
        // Latin-1's own signs are the same there; what it leaves empty is quotation marks and the euro sign.
        case "windows-1252", "cp1252", "latin1", "latin-1", "iso-8859-1": self = .windows1252
        default: return nil
        }
    }
}

/// Turns a file's bytes into UTF-8, piece by piece.
package struct TextDecoder {
    private let encoding: TextEncoding
    private var isAtStart = true
    /// Of a sign that the next piece completes.
    private var rest: [UInt8] = []
    private var highSurrogate: UInt16?

    package init(_ encoding: TextEncoding) { self.encoding = encoding }

    package mutating func decode(_ bytes: some Sequence<UInt8>) -> [UInt8] {
        switch encoding {
        case .utf8: withoutMark(Array(bytes))
        case .windows1252: Array(bytes.flatMap { Array(Self.windows1252($0).utf8) })
        case .utf16LittleEndian, .utf16BigEndian: decodeUnits(bytes)
        }
    }

    package mutating func finish() -> [UInt8] {
        guard encoding != .utf8 else { return rest }
        let isBroken = !rest.isEmpty || highSurrogate != nil
        (rest, highSurrogate) = ([], nil)
        return isBroken ? Array("\u{FFFD}".utf8) : []
    }

    private mutating func withoutMark(_ bytes: [UInt8]) -> [UInt8] {
        guard isAtStart else { return bytes }
        rest += bytes
        guard rest.count >= 3 else { return [] }
        isAtStart = false
        defer { rest = [] }
        return rest.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(rest.dropFirst(3)) : rest
    }

    private mutating func decodeUnits(_ bytes: some Sequence<UInt8>) -> [UInt8] {
        var text = String.UnicodeScalarView()
        for byte in bytes {
            guard let first = rest.popLast() else {
                rest = [byte]
                continue
            }
            let (high, low) = encoding == .utf16BigEndian ? (first, byte) : (byte, first)
            take(UInt16(high) << 8 | UInt16(low), &text)
        }
        return Array(String(text).utf8)
    }

    private mutating func take(_ unit: UInt16, _ text: inout String.UnicodeScalarView) {
        defer { isAtStart = false }
        if isAtStart, unit == 0xFEFF { return }
        if let high = highSurrogate {
            highSurrogate = nil
            if (0xDC00...0xDFFF).contains(unit) {
                let value = 0x10000 + (UInt32(high) - 0xD800) << 10 + (UInt32(unit) - 0xDC00)
                text.append(Unicode.Scalar(value) ?? "\u{FFFD}")
                return
            }
            text.append("\u{FFFD}")
        }
        if (0xD800...0xDBFF).contains(unit) {
            highSurrogate = unit
        } else {
            text.append(Unicode.Scalar(unit) ?? "\u{FFFD}")
        }
    }

    private static func windows1252(_ byte: UInt8) -> Unicode.Scalar {
        guard (0x80..<0xA0).contains(byte) else { return Unicode.Scalar(byte) }
        return upper[Int(byte) - 0x80]
    }

    /// 0x80 to 0x9F; what is not assigned is no sign.
    private static let upper: [Unicode.Scalar] = Array(
        "€\u{FFFD}‚ƒ„…†‡ˆ‰Š‹Œ\u{FFFD}Ž\u{FFFD}\u{FFFD}‘’“”•–—˜™š›œ\u{FFFD}žŸ".unicodeScalars)
}
