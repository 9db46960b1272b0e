/// A header's value of the shape `type/subtype; name=value; name="value"` (RFC 9110 §8.3.1), in lower case but for the
/// parameters' values.
struct MediaTypeText: Equatable {
    let type: String
    let parameters: [String: String]

    /// Nil for anything that is not of that shape, or names a parameter twice.
    init?(_ text: String) {
        guard text.utf8.count <= 500 else { return nil }
        var pieces = Self.pieces(of: Array(text.utf8))[...]
        guard let first = pieces.popFirst(), !first.isEmpty, first.allSatisfy(\.isTypeText) else { return nil }
        type = String(decoding: first, as: UTF8.self).lowercased()
        var parameters: [String: String] = [:]
        for piece in pieces where !piece.isEmpty {
            guard let equals = piece.firstIndex(of: UInt8(ascii: "=")), equals > piece.startIndex,
                let value = Self.unquoted(piece[(equals + 1)...])
            else { return nil }
            let name = String(decoding: piece[..<equals], as: UTF8.self).lowercased()
            guard parameters.updateValue(value, forKey: name) == nil else { return nil }
        }
        self.parameters = parameters
    }

    /// Parted at each `;` outside quotes, without the white space around.
    private static func pieces(of bytes: [UInt8]) -> [ArraySlice<UInt8>] {
        var pieces: [ArraySlice<UInt8>] = []
        var start = 0
        var isQuoted = false
        var isEscaped = false
        for (index, byte) in bytes.enumerated() {
            if isEscaped {
                isEscaped = false
            } else if isQuoted, byte == UInt8(ascii: "\\") {
                isEscaped = true
            } else if byte == UInt8(ascii: "\"") {
                isQuoted.toggle()
            } else if byte == UInt8(ascii: ";"), !isQuoted {
                pieces.append(trimmed(bytes[start..<index]))
                start = index + 1
            }
        }
        return pieces + [trimmed(bytes[start...])]
    }

    private static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        func isWhite(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
        var rest = bytes.drop(while: isWhite)
        while let last = rest.last, isWhite(last) { rest.removeLast() }
        return rest
    }

    private static func unquoted(_ bytes: ArraySlice<UInt8>) -> String? {
        guard bytes.first == UInt8(ascii: "\"") else { return String(validating: bytes, as: UTF8.self) }
        guard bytes.count >= 2, bytes.last == UInt8(ascii: "\"") else { return nil }
        var plain: [UInt8] = []
        var isEscaped = false
        for byte in bytes.dropFirst().dropLast() {
            if byte == UInt8(ascii: "\\"), !isEscaped {
                isEscaped = true
            } else {
                plain.append(byte)
                isEscaped = false
            }
        }
        return String(validating: plain, as: UTF8.self)
    }
}

extension UInt8 {
    /// RFC 9110 §5.6.2 `token`, and the slash between two of them.
    fileprivate var isTypeText: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "/!#$%&'*+-.^_`|~".utf8.contains(self)
        }
    }
}
