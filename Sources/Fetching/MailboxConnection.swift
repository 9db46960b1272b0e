import CCurl
import Foundation
import Mail
import Outbound

/// A connection to the mailbox's server: curl opens it (name, TCP, TLS or STARTTLS, login), then hands it over
/// (`CONNECT_ONLY`), and a session speaks on it. Confined to the fetcher's thread.
final class MailboxConnection {
    typealias Instant = ContinuousClock.Instant

    let configuration: MailboxConfiguration
    private let interrupt: Interrupt
    private let handle = CurlHandle()
    private var socket: curl_socket_t = -1
    /// All that the server has said until we were in.
    private var said: [UInt8] = []
    /// Where curl says what went wrong.
    private let words = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 16 * 1024, alignment: 16)

    /// As much as a server may say before it is hung up on.
    private static let longestGreeting = 64 * 1024

    /// Which logins curl may take. Under verified TLS the plain ones are as safe as any (RFC 8314 §3).
    enum Login: String {
        case plain = "AUTH=PLAIN;AUTH=LOGIN"
        /// Whatever the server has, IMAP's LOGIN and POP3's USER and PASS too: where it offers neither of the plain ones.
        case any = "AUTH=*"
        case token = "AUTH=XOAUTH2;AUTH=OAUTHBEARER"
    }

    /// Signed in; the session is still to begin.
    static func open(
        _ configuration: MailboxConfiguration, _ interrupt: Interrupt
    ) throws(FetchFailure) -> MailboxConnection {
        if case .tokenFile(let path) = configuration.secret {
            guard
                let token = try? String(contentsOfFile: path, encoding: .utf8)
                    .trimmingCharacters(in: .whitespacesAndNewlines), !token.utf8.isEmpty
            else { throw .noToken(path: path) }
            return try MailboxConnection(configuration, interrupt, .token, token)
        }
        do throws(FetchFailure) {
            return try MailboxConnection(configuration, interrupt, .plain)
        } catch .unauthorised(words: nil) {
            return try MailboxConnection(configuration, interrupt, .any)
        }
    }

    private init(
        _ configuration: MailboxConfiguration, _ interrupt: Interrupt, _ login: Login, _ token: String? = nil
    ) throws(FetchFailure) {
        self.configuration = configuration
        self.interrupt = interrupt
        words.initialize(to: 0)
        prepare(login, token)
        curl_multi_add_handle(interrupt.multi.pointer, handle.pointer)
        let result = try connect()
        if let failure = failure(result) { throw failure }
        socket = ccurl_get_socket(handle.pointer)
    }

    deinit {
        curl_multi_remove_handle(interrupt.multi.pointer, handle.pointer)
        curl_easy_cleanup(handle.pointer)
        words.deallocate()
        buffer.deallocate()
    }

    var isEncrypted: Bool { configuration.isEncrypted }

    // MARK: Opening

    private func prepare(_ login: Login, _ token: String?) {
        handle.set(CURLOPT_URL, "\(configuration.address)/")
        handle.set(CURLOPT_PROTOCOLS_STR, "imap,imaps,pop3,pop3s")
        handle.connectOnly(
            within: configuration.timeouts.opening, isEncrypted: configuration.requiresTLS,
            authorities: configuration.certificateAuthorities)
        handle.set(CURLOPT_USERNAME, configuration.user)
        if case .password(let password) = configuration.secret { handle.set(CURLOPT_PASSWORD, password) }
        if let token { handle.set(CURLOPT_XOAUTH2_BEARER, token) }
        handle.set(CURLOPT_LOGIN_OPTIONS, login.rawValue)
        handle.set(CURLOPT_ERRORBUFFER, UnsafeRawPointer(words))
        handle.set(CURLOPT_HEADERDATA, UnsafeRawPointer(Unmanaged.passUnretained(self).toOpaque()))
        handle.set(CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
            guard let context else { return 0 }
            let connection = Unmanaged<MailboxConnection>.fromOpaque(context).takeUnretainedValue()
            return connection.hear(UnsafeRawBufferPointer(start: bytes, count: size * count)) ? size * count : 0
        }
    }

    private func hear(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard said.count + bytes.count <= Self.longestGreeting else { return false }
        said.append(contentsOf: bytes)
        return true
    }

    /// Each step has a clock of its own, which begins anew as something happens.
    private func connect() throws(FetchFailure) -> CURLcode {
        let multi = interrupt.multi
        var progress = -1
        var deadline = Instant.now
        let latest = Instant.now + configuration.timeouts.opening
        while !interrupt.isRaised {
            multi.perform()
            var result: CURLcode?
            multi.takeDone { result = $1 }
            if let result { return result }
            let now = said.count + (isConnected ? 1 : 0)
            if now != progress {
                progress = now
                deadline = .now + (isConnected ? configuration.timeouts.reply : configuration.timeouts.connect)
            }
            if Instant.now >= min(deadline, latest) { throw .unreachable("no \(missing) in time") }
            curl_multi_poll(multi.pointer, nil, 0, 100, nil)
        }
        throw .stopping
    }

    private var isConnected: Bool { ccurl_get_offset(handle.pointer, CURLINFO_CONNECT_TIME_T) > 0 }
    private var missing: String { !isConnected ? "connection" : said.isEmpty ? "greeting" : "answer to the login" }

    private func failure(_ result: CURLcode) -> FetchFailure? {
        let text = words.pointee == 0 ? Curl.text(result) : String(cString: words)
        switch result {
        case CURLE_OK: return nil
        case CURLE_LOGIN_DENIED, CURLE_AUTH_ERROR: return .unauthorised(words: refusal)
        case CURLE_USE_SSL_FAILED: return .insecure(.notOffered)
        case CURLE_PEER_FAILED_VERIFICATION:
            return .insecure(TLSFault(verification: ccurl_get_long(handle.pointer, CURLINFO_SSL_VERIFYRESULT)))
        case CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
            CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS:
            return .insecure(.other(text))
        default: return .unreachable(text)
        }
    }

    /// What the server said to our login; nil where it was asked for none.
    private var refusal: String? {
        guard let last = said.split(separator: UInt8(ascii: "\n")).last else { return nil }
        let line = String(said: last.filter { $0 != UInt8(ascii: "\r") })
        let parts = line.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
        let isRefusal =
            configuration.address.scheme.isPOP3
            ? line.hasPrefix("-ERR") : parts.count == 2 && (parts[1].hasPrefix("NO") || parts[1].hasPrefix("BAD"))
        return isRefusal ? parts.last.map(String.init) : nil
    }
}

// MARK: Bytes

extension MailboxConnection {
    func send(_ text: String) throws(FetchFailure) {
        let deadline = Instant.now + configuration.timeouts.reply
        let bytes = Array(text.utf8)
        let isSent = bytes.withUnsafeBytes { bytes in
            var rest = bytes[...]
            while !rest.isEmpty, Instant.now < deadline, !interrupt.isRaised {
                var count = 0
                // TLS wants an interrupted write repeated from the same address with the same length.
                let piece = UnsafeRawBufferPointer(rebasing: rest)
                switch curl_easy_send(handle.pointer, piece.baseAddress, piece.count, &count) {
                case CURLE_OK: rest = rest.dropFirst(count)
                case CURLE_AGAIN: interrupt.wait(for: socket, writing: true, until: deadline)
                default: return false
                }
            }
            return rest.isEmpty
        }
        guard isSent else { throw interrupt.isRaised ? .stopping : .lost("it takes nothing more") }
    }

    /// What has come by then: nothing where nothing has. The bytes are there until the next call.
    func receive(by deadline: Instant) throws(FetchFailure) -> UnsafeRawBufferPointer {
        while !interrupt.isRaised {
            var count = 0
            switch curl_easy_recv(handle.pointer, buffer.baseAddress, buffer.count, &count) {
            case CURLE_OK where count > 0: return UnsafeRawBufferPointer(rebasing: buffer[..<count])
            case CURLE_AGAIN:
                guard Instant.now < deadline else { return UnsafeRawBufferPointer(rebasing: buffer[..<0]) }
                interrupt.wait(for: socket, until: deadline)
            default: throw .lost("it closed the connection")
            }
        }
        throw .stopping
    }

    /// What has come, of an answer that is due.
    func receive(answerTo command: String, by deadline: Instant) throws(FetchFailure) -> UnsafeRawBufferPointer {
        let patience = configuration.timeouts.reply
        let bytes = try receive(by: min(deadline, .now + patience))
        guard !bytes.isEmpty else { throw .lost("no answer to \(command) within \(patience.inWords)") }
        // Whoever goes on and on without an end is as good as silent.
        guard Instant.now < deadline else { throw .lost("no end to the answer to \(command)") }
        return bytes
    }
}
