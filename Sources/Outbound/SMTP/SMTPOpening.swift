import CCurl
import Mail

/// What curl does at a connection's beginning, and what the relay says meanwhile: its greeting, what it offers, and the
/// reply on which it all failed.
final class SMTPOpening {
    /// As much as a relay may say before it is hung up on.
    private static let longest = 64 * 1024

    private var said: [UInt8] = []

    /// Prepares a handle to connect; this object must live as long as the handle.
    func prepare(_ handle: CurlHandle, _ configuration: SMTPRelay.Configuration) {
        handle.set(CURLOPT_URL, "\(configuration.address)/\(configuration.heloName)")
        handle.set(CURLOPT_PROTOCOLS_STR, "smtp,smtps")
        handle.set(CURLOPT_PROXY, "")
        handle.set(CURLOPT_CONNECT_ONLY, 1)
        handle.set(CURLOPT_NOSIGNAL, 1)
        handle.set(CURLOPT_FRESH_CONNECT, 1)
        // curl takes a connection that it has not used itself for this long to be dead, and closes it under our hands.
        handle.set(CURLOPT_MAXAGE_CONN, 10 * 365 * 24 * 60 * 60)
        handle.set(CURLOPT_CONNECTTIMEOUT_MS, configuration.timeouts.connect)
        handle.set(
            CURLOPT_USE_SSL, Int(configuration.tls == .required ? CURLUSESSL_ALL.rawValue : CURLUSESSL_NONE.rawValue))
        handle.verifyTLS(authorities: configuration.certificateAuthorities)
        if let user = configuration.user {
            handle.set(CURLOPT_USERNAME, user)
            handle.set(CURLOPT_PASSWORD, configuration.password ?? "")
            handle.set(CURLOPT_SASL_IR, 1)
        }
        handle.set(CURLOPT_HEADERDATA, UnsafeRawPointer(Unmanaged.passUnretained(self).toOpaque()))
        handle.set(CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
            guard let context else { return 0 }
            let opening = Unmanaged<SMTPOpening>.fromOpaque(context).takeUnretainedValue()
            return opening.hear(UnsafeRawBufferPointer(start: bytes, count: size * count)) ? size * count : 0
        }
    }

    private func hear(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard said.count + bytes.count <= Self.longest else { return false }
        said.append(contentsOf: bytes)
        return true
    }

    private var lines: [ArraySlice<UInt8>] { said.split(separator: UInt8(ascii: "\n")) }

    /// Of the last EHLO: before STARTTLS anybody may have answered (RFC 3207 §4.2).
    var abilities: SMTPAbilities {
        let lines = lines
        let greeting = lines.lastIndex { $0.starts(with: "220".utf8) } ?? lines.startIndex
        return SMTPAbilities(ehlo: lines[greeting...])
    }

    /// The last reply, whole: to the connection where it is the first, otherwise to EHLO unless it ended the login.
    private func lastReply(_ result: CURLcode) -> SMTPReply? {
        let lines = lines
        guard let last = lines.last else { return nil }
        let code = last.prefix(3)
        let start = lines.lastIndex { $0.prefix(3) != code }.map { $0 + 1 } ?? 0
        let command: SMTPCommand =
            start == 0
            ? .connection : result == CURLE_LOGIN_DENIED || result == CURLE_AUTH_ERROR ? .authentication : .hello
        return SMTPReply(
            parsing: Array((lines[start...].joined(separator: [UInt8(ascii: "\n")]))) + [UInt8(ascii: "\n")],
            to: command)
    }

    func failure(_ result: CURLcode) -> RelayFailure? {
        let text = Curl.text(result)
        let reply = lastReply(result)
        switch result {
        case CURLE_OK: return nil
        case CURLE_LOGIN_DENIED, CURLE_AUTH_ERROR: return .unauthorised(reply)
        case CURLE_USE_SSL_FAILED, CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE,
            CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS:
            return .insecure(text)
        default:
            if let reply, reply.code >= 400 { return .unwelcome(reply) }
            return .unreachable(text)
        }
    }
}

extension SMTPRelay.Configuration {
    var isEncrypted: Bool { tls == .required || address.scheme == .smtps }
}
