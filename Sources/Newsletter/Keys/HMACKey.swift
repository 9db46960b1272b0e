import Crypto
import Foundation

/// HMAC-SHA-256 under one key, got ready once: that costs as much as a short text does itself.
struct HMACKey: Sendable {
    private let ready: HMAC<SHA256>

    init(_ key: SymmetricKey) {
        ready = HMAC(key: key)
    }

    func code(of bytes: Data) -> Data {
        mac(of: bytes).withUnsafeBytes { Data($0) }
    }

    func mac(of bytes: some DataProtocol) -> HMAC<SHA256>.MAC {
        var hmac = ready
        hmac.update(data: bytes)
        return hmac.finalize()
    }
}
