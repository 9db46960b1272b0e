import Crypto
package import Foundation

/// Writes and reads the ledger's lines. Each ends with a code under a key of this installation (HMAC-SHA-256, 120 bits of
/// it), over its number too: what is edited, moved or from elsewhere is told apart, and what is missing leaves a gap.
///
/// Every line has the same length, so that a line's number says where it stands. An erasure, with its subscription's id and
/// what stayed of the address; a wish never to be written to again (`+`) and its end (`~`), with the fingerprint in
/// base64url, the seconds since 1970 (hexadecimal) and the list's number (in base 36):
/// `000000000017 2026-11-21T09:30:00Z 0b64…32 hexadecimal digits… - …30 digits of the code…`
/// `000000000018 +Zm9v…43 characters…6921a3f00001…30 digits of the code…`
package struct LedgerSeal: Sendable {
    package static let lineLength = 100
    private static let textLength = 69

    private let key: SymmetricKey

    package init(_ keyring: Keyring) {
        key = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: keyring.fingerprints, info: Data("courant ledger".utf8), outputByteCount: 32)
    }

    package func line(_ entry: LedgerEntry) -> Data {
        let number = Self.padded(String(entry.number), 12)
        switch entry.fact {
        case .erasure(let id, let kept):
            return sealed("\(number) \(entry.at.formatted(.iso8601)) \(id.hex) \(kept.rawValue) ")
        case .wish(let fingerprint, let list): return sealed("\(number) +" + Self.text(fingerprint, list, entry.at))
        case .lifting(let fingerprint, let list): return sealed("\(number) ~" + Self.text(fingerprint, list, entry.at))
        }
    }

    /// 43 characters, 8 and 4: all there is room for. Lists are counted by ones; nobody makes a million and a half of them.
    private static let mostLists: Int64 = 36 * 36 * 36 * 36 - 1

    private static func text(_ fingerprint: Data, _ list: Int64, _ at: Date) -> String {
        let time = String(Int64(at.timeIntervalSince1970), radix: 16)
        return fingerprint.base64URL + padded(time, 8) + padded(String(min(list, mostLists), radix: 36), 4)
    }

    /// The first line of a file: the lines up to `number` have been let go of.
    package func heading(after number: Int64) -> Data {
        sealed("Courant's erasures, version 1, after \(Self.padded(String(number), 12))")
    }

    /// The code at a line's end.
    package func code(_ line: Data) -> Data { line.suffix(31).dropLast() }

    /// Nil where it is not a line that was written here.
    package func entry(_ line: Data) -> LedgerEntry? {
        guard let text = genuine(line), let number = Int64(text.prefix(12)) else { return nil }
        let rest = text.dropFirst(13)
        return rest.first == "+" || rest.first == "~" ? Self.wish(rest, number) : Self.erasure(rest, number)
    }

    private static func erasure(_ text: Substring, _ number: Int64) -> LedgerEntry? {
        let words = text.split(separator: " ")
        guard words.count == 3, let at = try? Date(String(words[0]), strategy: .iso8601),
            let id = UInt128(words[1], radix: 16), let kept = LedgerEntry.Kept(rawValue: String(words[2]))
        else { return nil }
        return LedgerEntry(number: number, at: at, .erasure(SubscriptionID(number: id), kept))
    }

    private static func wish(_ text: Substring, _ number: Int64) -> LedgerEntry? {
        let (word, time, place) = (text.dropFirst().prefix(43), text.dropFirst(44).prefix(8), text.dropFirst(52))
        guard let fingerprint = Data(base64URL: word), fingerprint.count == 32, let seconds = Int64(time, radix: 16),
            let list = Int64(place, radix: 36)
        else { return nil }
        return LedgerEntry(
            number: number, at: Date(timeIntervalSince1970: TimeInterval(seconds)),
            text.first == "+" ? .wish(fingerprint, list: list) : .lifting(fingerprint, list: list))
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

    private static func padded(_ digits: String, _ width: Int) -> String {
        String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
}
