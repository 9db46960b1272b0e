import Crypto
package import Foundation

/// Writes and reads the ledger's lines. Each ends with a code under a key of this installation (HMAC-SHA-256, 120 bits of
/// it), over its number too: what is edited, moved or from elsewhere is told apart, and what is missing leaves a gap.
///
/// Every line has the same length, so that a line's number says where it stands:
/// `000000000017 2026-11-21T09:30:00Z 0b64…32 hexadecimal digits… - …30 digits of the code…`
package struct LedgerSeal: Sendable {
    package static let lineLength = 100
    private static let textLength = 69

    private let key: SymmetricKey

    package init(_ keyring: Keyring) {
        key = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: keyring.fingerprints, info: Data("courant ledger".utf8), outputByteCount: 32)
    }

    package func line(_ erasure: Erasure) -> Data {
        sealed(
            "\(padded(erasure.number)) \(erasure.at.formatted(.iso8601)) \(erasure.subscription.hex) \(erasure.kept.rawValue) "
        )
    }

    /// The first line of a file: the lines up to `number` have been let go of.
    package func heading(after number: Int64) -> Data {
        sealed("Courant's erasures, version 1, after \(padded(number))")
    }

    /// The code at a line's end.
    package func code(_ line: Data) -> Data { line.suffix(31).dropLast() }

    /// Nil where it is not a line that was written here.
    package func erasure(_ line: Data) -> Erasure? {
        guard let words = genuine(line)?.split(separator: " "), words.count == 4, let number = Int64(words[0]),
            let at = try? Date(String(words[1]), strategy: .iso8601),
            let kept = Erasure.Kept(rawValue: String(words[3])),
            let id = UInt128(words[2], radix: 16)
        else { return nil }
        return Erasure(number: number, subscription: SubscriptionID(number: id), at: at, kept: kept)
    }

    package func base(_ heading: Data) -> Int64? {
        genuine(heading)?.split(separator: " ").last.flatMap { Int64($0) }
    }

    private func sealed(_ text: String) -> Data {
        var line = Data(text.utf8)
        line.append(contentsOf: [UInt8](repeating: 0x20, count: max(0, Self.textLength - line.count)))
        return line + code(over: line) + [0x0A]
    }

    private func genuine(_ line: Data) -> String? {
        guard line.count == Self.lineLength, line.last == 0x0A,
            code(over: line.prefix(Self.textLength)).equalsInConstantTime(Data(code(line)))
        else { return nil }
        return String(decoding: line.prefix(Self.textLength), as: UTF8.self)
    }

    private func code(over text: Data) -> Data {
        let code = HMAC<SHA256>.authenticationCode(for: text, using: key).prefix(15)
        return Data(code.flatMap { byte in [byte >> 4, byte & 0xF].map { $0 + ($0 < 10 ? 0x30 : 0x57) } })
    }

    private func padded(_ number: Int64) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, 12 - digits.utf8.count)) + digits
    }
}
