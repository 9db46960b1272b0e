import Crypto
package import Foundation

/// Standard Webhooks: HMAC-SHA-256 over `id.timestamp.body` under the key behind `whsec_`. By it a provider signs what
/// it tells us, and we sign what we tell a receiver.
package struct StandardWebhook: Sendable {
    private let key: SymmetricKey

    /// Nil unless it is `whsec_` and at least 16 bytes in base64.
    package init?(key: String) {
        guard key.hasPrefix("whsec_"), let bytes = Data(base64Encoded: String(key.dropFirst(6))), bytes.count >= 16
        else {
            return nil
        }
        self.key = SymmetricKey(data: bytes)
    }

    /// - Parameter timestamp: seconds since 1970.
    package static func signedBytes(id: String, timestamp: String, body: [UInt8]) -> Data {
        Data("\(id).\(timestamp).".utf8) + body
    }

    /// For the header `webhook-signature`.
    package func signature(of signed: Data) -> String {
        "v1,\(Data(HMAC<SHA256>.authenticationCode(for: signed, using: key)).base64EncodedString())"
    }

    /// - Parameter signatures: as the header has them, with a blank between; while a key is changed there are two.
    package func isSigned(_ signed: Data, by signatures: String) -> Bool {
        signatures.split(separator: " ").prefix(8).contains { isGood($0, signed) }
    }

    private func isGood(_ signature: Substring, _ signed: Data) -> Bool {
        guard signature.hasPrefix("v1,"), let code = Data(base64Encoded: String(signature.dropFirst(3))) else {
            return false
        }
        return HMAC<SHA256>.isValidAuthenticationCode(code, authenticating: signed, using: key)
    }
}
