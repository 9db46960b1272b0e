/// Reads `application/x-www-form-urlencoded` (WHATWG URL §5.1), and queries, which look the same.
///
/// Stricter than browsers' own parsers, which repair what they cannot read: a `%` without two digits, bytes that are not
/// UTF-8 and NUL are refused, because a repaired address is another address.
extension Form {
    init(urlEncoded bytes: some Collection<UInt8>) throws(FormFailure) {
        self.init()
        for pair in bytes.split(separator: UInt8(ascii: "&")) {
            let parts = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = parts.first else { continue }
            let value = parts.count > 1 ? try Self.decoded(parts[1]) : ""
            try add(Self.decoded(name), value)
        }
    }

    private static func decoded(_ bytes: some Sequence<UInt8>) throws(FormFailure) -> String {
        var plain: [UInt8] = []
        var rest = bytes.makeIterator()
        while let byte = rest.next() {
            switch byte {
            case UInt8(ascii: "+"): plain.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                guard let high = rest.next()?.hexValue, let low = rest.next()?.hexValue else { throw .malformed }
                plain.append(high << 4 | low)
            default: plain.append(byte)
            }
        }
        return try text(plain)
    }

    static func text(_ bytes: some Collection<UInt8>) throws(FormFailure) -> String {
        guard !bytes.contains(0), let text = String(validating: bytes, as: UTF8.self) else { throw .malformed }
        return text
    }
}

extension UInt8 {
    var hexValue: UInt8? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
