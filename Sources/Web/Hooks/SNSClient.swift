import Foundation
import SwiftASN1
import Synchronization
import X509

/// The certificates with which Amazon's SNS, and Scaleway's service of the same protocol, sign; and the one question
/// that is asked there, to confirm a subscription. The URLs are built or checked by `SNSService` before they come here;
/// redirects are not followed.
package final class SNSClient: Sendable {
    /// The body of an HTTPS URL's 200, of at most `largestAnswer` bytes; nil for everything else.
    package typealias Fetch = @Sendable (_ url: String) async -> [UInt8]?

    private let fetch: Fetch
    private let known = Mutex<[String: Certificate]>([:])

    package static let largestAnswer = 16 * 1024
    /// A service has one or two at a time.
    private static let mostKnown = 16

    package init(fetch: @escaping Fetch) { self.fetch = fetch }

    func get(_ url: String) async throws(HookFailure) {
        guard await fetch(url) != nil else { throw .later }
    }

    /// Asked for once: another certificate has another URL.
    func certificate(at url: String) async throws(HookFailure) -> Certificate {
        if let certificate = known.withLock({ $0[url] }) { return certificate }
        guard let bytes = await fetch(url), bytes.count <= Self.largestAnswer else { throw .later }
        guard let certificate = try? Certificate(pemEncoded: String(decoding: bytes, as: UTF8.self)) else {
            throw .forged
        }
        known.withLock { known in
            if known.count >= Self.mostKnown { known = [:] }
            known[url] = certificate
        }
        return certificate
    }
}
