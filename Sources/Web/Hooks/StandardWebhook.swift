import Crypto
import Foundation

/// Standard Webhooks: HMAC-SHA-256 over `id.timestamp.body` under the key behind `whsec_`; while a key is changed there
/// are two signatures.
struct StandardWebhook: Sendable {
    private let key: SymmetricKey

    init?(key: String) {
        guard key.hasPrefix("whsec_"), let bytes = Data(base64Encoded: String(key.dropFirst(6))), bytes.count >= 16
        else {
            return nil
        }
        self.key = SymmetricKey(data: bytes)
    }

    /// What is signed.
    func check(_ call: HookCall) throws(HookFailure) -> Data {
        func header(_ name: String) -> String? { call.header("webhook-\(name)") ?? call.header("svix-\(name)") }
        guard let id = header("id"), let timestamp = header("timestamp"), call.isFresh(timestamp) else { throw .forged }
        let signed = Data("\(id).\(timestamp).".utf8) + call.body
        let signatures = (header("signature") ?? "").split(separator: " ").prefix(8)
        guard signatures.contains(where: { isGood($0, signed) }) else { throw .forged }
        return signed
    }

    private func isGood(_ signature: Substring, _ signed: Data) -> Bool {
        guard signature.hasPrefix("v1,"), let code = Data(base64Encoded: String(signature.dropFirst(3))) else {
            return false
        }
        return HMAC<SHA256>.isValidAuthenticationCode(code, authenticating: signed, using: key)
    }
}
