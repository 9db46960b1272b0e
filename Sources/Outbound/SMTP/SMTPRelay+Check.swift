import CCurl
import Foundation
package import Mail

extension SMTPRelay {
    /// What a relay was found to be when it was asked without sending anything.
    package struct Findings: Sendable, Equatable {
        package let address: RelayAddress
        /// The IP address that the name led to.
        package let ip: String?
        /// The connection is encrypted and its certificate verifies.
        package let isEncrypted: Bool
        /// The relay took the user's password.
        package let isAuthenticated: Bool
        package let abilities: SMTPAbilities
    }

    /// Connects as the relay itself does (name, TCP, TLS, EHLO, AUTH), and leaves again with QUIT.
    package static func check(_ configuration: Configuration) async throws(RelayFailure) -> Findings {
        let result = await withCheckedContinuation { continuation in
            Thread { continuation.resume(returning: Result { () throws(RelayFailure) in try look(configuration) }) }
                .start()
        }
        return try result.get()
    }

    private static func look(_ configuration: Configuration) throws(RelayFailure) -> Findings {
        let handle = CurlHandle()
        let opening = SMTPOpening()
        defer { curl_easy_cleanup(handle.pointer) }
        opening.prepare(handle, configuration)
        let result = curl_easy_perform(handle.pointer)
        return try withExtendedLifetime(opening) { () throws(RelayFailure) in
            if let failure = opening.failure(result) { throw failure }
            var count = 0
            let quit = Array("QUIT\r\n".utf8)
            _ = curl_easy_send(handle.pointer, quit, quit.count, &count)
            return Findings(
                address: configuration.address, ip: handle.string(CURLINFO_PRIMARY_IP),
                isEncrypted: configuration.isEncrypted, isAuthenticated: configuration.user != nil,
                abilities: opening.abilities)
        }
    }
}
