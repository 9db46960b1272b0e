package import Foundation

extension Data {
    /// Two digits a byte.
    package var hex: String {
        String(unsafeUninitializedCapacity: 2 * count) { text in
            for (place, byte) in enumerated() {
                text[2 * place] = hexDigits[Int(byte >> 4)]
                text[2 * place + 1] = hexDigits[Int(byte & 15)]
            }
            return 2 * count
        }
    }

    /// Nil for an odd number of digits, or anything else than digits.
    package init?(hex text: some StringProtocol) {
        let digits = text.utf8.map { UInt8(String(UnicodeScalar($0)), radix: 16) }
        guard digits.count % 2 == 0 else { return nil }
        self.init(capacity: digits.count / 2)
        for place in stride(from: 0, to: digits.count, by: 2) {
            guard let high = digits[place], let low = digits[place + 1] else { return nil }
            append(high << 4 | low)
        }
    }
}

private let hexDigits = Array("0123456789abcdef".utf8)
