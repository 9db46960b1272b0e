import Crypto
import Foundation

/// User and password (RFC 7617), or a bearer token (RFC 6750): what a provider is known by that signs nothing.
package struct HookCredentials: Sendable {
    package enum Scheme: String, Sendable {
        case basic = "Basic"
        case bearer = "Bearer"
    }

    let scheme: Scheme
    private let header: String

    /// `USER:PASSWORD`, or a token.
    init?(key: String) {
        guard key.utf8.count >= 16, key.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
        scheme = key.utf8.contains(UInt8(ascii: ":")) ? .basic : .bearer
        header = scheme == .basic ? "Basic \(Data(key.utf8).base64EncodedString())" : "Bearer \(key)"
    }

    /// Digests are compared in constant time.
    func check(_ call: HookCall) throws(HookFailure) {
        let given = SHA256.hash(data: Data((call.header("Authorization") ?? "").utf8))
        guard given == SHA256.hash(data: Data(header.utf8)) else { throw .unauthorized(scheme) }
    }
}
