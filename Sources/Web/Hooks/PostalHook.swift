import Crypto
import CryptoExtras
import Foundation
import Reports

/// Postal signs the body with the key of its installation, which all its customers' calls are signed with. One event a
/// call.
struct PostalHook: HookFormat {
    private let key: _RSA.Signing.PublicKey

    /// - Parameter key: the public key in PEM, or as it stands in Postal's own DKIM record (`p=`), or that record.
    init?(key: String) {
        guard let read = Self.read(key) else { return nil }
        self.key = read
    }

    /// Postal makes keys of 1,024 bits, which are not taken elsewhere.
    private static func read(_ key: String) -> _RSA.Signing.PublicKey? {
        if let key = try? _RSA.Signing.PublicKey(unsafePEMRepresentation: key) { return key }
        let record = key.split(separator: ";").map { $0.trimmingCharacters(in: .whitespacesAndNewlines) }
        let text = record.first { $0.hasPrefix("p=") }.map { String($0.dropFirst(2)) } ?? key
        return Data(base64Encoded: text).flatMap { try? _RSA.Signing.PublicKey(unsafeDERRepresentation: $0) }
    }

    /// It tries again for half an hour, and does not write the time of the attempt.
    private static let tolerance: TimeInterval = 24 * 3600

    func open(_ call: HookCall) throws(HookFailure) -> OpenedCall {
        guard let code = call.header("X-Postal-Signature-256").flatMap({ Data(base64Encoded: $0) }),
            key.isValidSignature(
                _RSA.Signing.RSASignature(rawRepresentation: code), for: SHA256.hash(data: call.body),
                padding: .insecurePKCS1v1_5)
        else { throw .forged }
        let event = try JSONValue(call.body)
        guard call.isFresh(event["timestamp"].text, within: Self.tolerance) else { throw .forged }
        return OpenedCall(event.items, signed: Data(call.body))
    }

    func report(_ event: JSONValue) -> Report? {
        let payload = event["payload"]
        let (message, bounced) = (payload["message"], payload["original_message"])
        guard message["direction"].text != "incoming" else { return nil }
        let words = [payload["output"].text, payload["details"].text].compactMap(\.self).joined(separator: " ")
        switch event["event"].text {
        // What the bounce says, it does not tell.
        case "MessageBounced": return .told(.echo(bounced["tag"].text), .soft)
        case "MessageDeliveryFailed": return .told(.echo(message["tag"].text), words: words, otherwise: nil)
        case "MessageDelayed": return .told(.echo(message["tag"].text), .delayed)
        // On Postal's own list of those who bounced: nothing was tried.
        case "MessageHeld" where words.contains("suppression list"):
            return .told(.echo(message["tag"].text), .strike)
        default: return nil
        }
    }
}
