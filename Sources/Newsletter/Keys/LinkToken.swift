import Foundation

/// Reads the token in a link as it arrives: mail programs, gateways and hands put a full stop, a bracket or a query behind it,
/// encode what needs no encoding, and break the line in the middle of it.
///
/// A token of so many bytes has so many signs of base64url: the first ones are the token, and what stands around, behind or
/// between them is passed over where it can be no part of one. A forged token stays forged: its code decides.
enum LinkToken {
    /// The longest text that is looked at.
    private static let limit = 1024

    /// The `count` bytes whose token stands in `text`; nil where there are too few signs, or a foreign one among them.
    static func bytes(_ count: Int, in text: some StringProtocol) -> Data? {
        let length = (count * 4 + 2) / 3
        guard text.utf8.count <= limit else { return nil }
        var signs: [UInt8] = []
        for byte in decoded(decoded(Array(text.utf8))) {
            if isSign(byte) {
                signs.append(byte)
                if signs.count == length { break }
            } else if !signs.isEmpty, !isBreak(byte) {
                return nil
            }
        }
        guard signs.count == length else { return nil }
        return Data(base64URL: String(decoding: signs, as: UTF8.self))
    }

    /// `%2D` is `-`, and `%252D` after the second time; what is no such code stays as it is.
    private static func decoded(_ bytes: [UInt8]) -> [UInt8] {
        var plain: [UInt8] = []
        plain.reserveCapacity(bytes.count)
        var place = 0
        while place < bytes.count {
            if bytes[place] == UInt8(ascii: "%"), place + 2 < bytes.count,
                let byte = UInt8(String(decoding: bytes[(place + 1)...(place + 2)], as: UTF8.self), radix: 16)
            {
                plain.append(byte)
                place += 3
            } else {
                plain.append(bytes[place])
                place += 1
            }
        }
        return plain
    }

    private static func isSign(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    /// White space, quoted-printable's `=` at a line's end, and the bytes of what is invisible (such as U+200B, U+00AD, U+00A0).
    private static func isBreak(_ byte: UInt8) -> Bool {
        byte <= 0x20 || byte == UInt8(ascii: "=") || byte >= 0x80
    }
}
