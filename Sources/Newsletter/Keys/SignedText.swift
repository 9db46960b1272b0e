import Crypto
import Foundation

/// Lines of ASCII with a signature (Ed25519, RFC 8032) below, over exactly what stands above it. Whoever has the public key
/// can tell without us whether we wrote them.
extension Keyring {
    /// `statement` ends with a line break.
    func signed(_ statement: String) throws -> String {
        let signature = try receipts.signature(for: Data(statement.utf8))
        return statement + "Signature: \(Data(signature).base64URL)"
    }

    /// Whether these lines were signed here; white space around lines, as mail programs add it, does not matter.
    package func hasSigned(_ text: String) -> Bool {
        let lines = text.utf8.split(whereSeparator: { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") })
            .map { String(decoding: $0, as: UTF8.self).trimmingCharacters(in: .whitespaces) }
            .filter { !$0.isEmpty }
        guard let last = lines.last, last.hasPrefix("Signature: "),
            let signature = Data(base64URL: last.dropFirst("Signature: ".count))
        else { return false }
        let statement = lines.dropLast().map { $0 + "\n" }.joined()
        return receipts.publicKey.isValidSignature(signature, for: Data(statement.utf8))
    }

    /// The other half of the key that signs, as PEM (RFC 8410 §4): what openssl and its kin verify with.
    package var publicKey: String {
        let prefix: [UInt8] = [0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00]
        let key = Data(prefix) + receipts.publicKey.rawRepresentation
        return "-----BEGIN PUBLIC KEY-----\n\(key.base64EncodedString())\n-----END PUBLIC KEY-----\n"
    }
}
