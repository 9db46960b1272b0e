package import Foundation

/// A subscription's name to the outside: 128 random bits that say nothing about the person and mean nothing once the row
/// is gone.
package struct SubscriptionID: Hashable, Sendable {
    package let number: UInt128

    package init(number: UInt128) {
        self.number = number
    }

    package static func random() -> SubscriptionID {
        SubscriptionID(number: .random(in: 1...UInt128.max))
    }

    /// 16 bytes, most significant first.
    package var bytes: Data {
        withUnsafeBytes(of: number.bigEndian) { Data($0) }
    }

    /// Nil unless there are 16 bytes.
    package init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 16 else { return nil }
        number = bytes.reduce(0) { $0 << 8 | UInt128($1) }
    }

    /// Nil unless there are 32 hexadecimal digits.
    init?(hex: String) {
        guard hex.utf8.count == 32, let number = UInt128(hex, radix: 16) else { return nil }
        self.number = number
    }

    /// 32 hexadecimal digits: how logs, reports and the audit name a subscription.
    package var hex: String {
        String(unsafeUninitializedCapacity: 32) { text in
            var rest = number
            for place in text.indices.prefix(32).reversed() {
                let digit = UInt8(truncatingIfNeeded: rest & 0xF)
                text[place] = digit + (digit < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") - 10)
                rest >>= 4
            }
            return 32
        }
    }
}
