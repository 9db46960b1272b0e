import CCurl
import Mail

/// What curl does at a connection's beginning (name, TCP, TLS, EHLO, AUTH), and what the relay says meanwhile: its greeting,
/// what it offers, and the reply on which it all failed.
final class SMTPOpening {
    /// What is waited for.
    enum Step: Equatable { case name, tcp, tls, greeting, reply }

    /// As much as a relay may say before it is hung up on.
    private static let longest = 64 * 1024

    private let configuration: SMTPRelay.Configuration
    private let mechanisms: [String]
    private let shunned: Set<[UInt8]>
    /// Those of the name's addresses that were tried, as the system writes them.
    private(set) var tried: Set<[UInt8]> = []
    private var said: [UInt8] = []
    /// Where curl says what went wrong.
    private let words = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))

    private var hosts: UnsafeMutablePointer<curl_slist>?

    /// Signs in by one of `mechanisms`, and passes over the `shunned` addresses.
    init(_ configuration: SMTPRelay.Configuration, mechanisms: [String], shunned: Set<[UInt8]>) {
        self.configuration = configuration
        self.mechanisms = mechanisms
        self.shunned = shunned
        words.initialize(to: 0)
    }

    deinit {
        words.deallocate()
        curl_slist_free_all(hosts)
    }

    /// Prepares a handle to connect; this object must live as long as the handle.
    func prepare(_ handle: CurlHandle) {
        handle.set(CURLOPT_URL, "\(configuration.address)/\(configuration.heloName)")
        handle.set(CURLOPT_PROTOCOLS_STR, "smtp,smtps")
        handle.connectOnly(
            within: configuration.timeouts.opening, isEncrypted: configuration.tls == .required,
            authorities: configuration.certificateAuthorities)
        if let user = configuration.user {
            handle.set(CURLOPT_USERNAME, user)
            handle.set(CURLOPT_PASSWORD, configuration.password ?? "")
            handle.set(CURLOPT_LOGIN_OPTIONS, mechanisms.map { "AUTH=\($0)" }.joined(separator: ";"))
            handle.set(CURLOPT_SASL_IR, 1)
        }
        handle.set(CURLOPT_ERRORBUFFER, UnsafeRawPointer(words))
        let address = configuration.address
        if !configuration.hosts.isEmpty {
            let list = "\(address.host):\(address.port):\(configuration.hosts.joined(separator: ","))"
            hosts = curl_slist_append(nil, list)
            _ = ccurl_set_list(handle.pointer, CURLOPT_RESOLVE, hosts)
        }
        listen(handle)
    }

    private func listen(_ handle: CurlHandle) {
        let context = Unmanaged.passUnretained(self).toOpaque()
        handle.set(CURLOPT_HEADERDATA, UnsafeRawPointer(context))
        handle.set(CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
            guard let context else { return 0 }
            let opening = Unmanaged<SMTPOpening>.fromOpaque(context).takeUnretainedValue()
            return opening.hear(UnsafeRawBufferPointer(start: bytes, count: size * count)) ? size * count : 0
        }
        _ = ccurl_set_opensocket(
            handle.pointer,
            { context, _, address in
                guard let context, let address else { return -1 }
                let opening = Unmanaged<SMTPOpening>.fromOpaque(context).takeUnretainedValue()
                return opening.mayTry(address) ? ccurl_open_socket(address) : -1
            }, context)
    }

    private func hear(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard said.count + bytes.count <= Self.longest else { return false }
        said.append(contentsOf: bytes)
        return true
    }

    private func mayTry(_ address: UnsafePointer<curl_sockaddr>) -> Bool {
        let bytes = UnsafeRawBufferPointer(start: ccurl_address(address), count: Int(address.pointee.addrlen))
        guard !shunned.contains(Array(bytes)) else { return false }
        tried.insert(Array(bytes))
        return true
    }

    // MARK: How far it is

    /// Grows as something happens.
    var progress: Int { said.count + tried.count }

    func step(_ handle: CurlHandle) -> Step {
        if ccurl_get_offset(handle.pointer, CURLINFO_CONNECT_TIME_T) == 0 { return tried.isEmpty ? .name : .tcp }
        guard !isGreeted else { return .reply }
        let isEncrypted = ccurl_get_offset(handle.pointer, CURLINFO_APPCONNECT_TIME_T) > 0
        return configuration.address.scheme == .smtps && !isEncrypted ? .tls : .greeting
    }

    /// Long for whatever a relay may take its time for; a relay that waits for TLS where we wait for its greeting never speaks.
    func limit(_ step: Step) -> Duration {
        let timeouts = configuration.timeouts
        switch step {
        case .name, .tcp: return timeouts.connect
        case .greeting where configuration.expectsTLSFirst: return timeouts.connect
        case .tls, .greeting, .reply: return timeouts.greeting
        }
    }

    /// To the greeting's last line (RFC 5321 §4.2.1).
    private var isGreeted: Bool { lines.contains { $0.dropFirst(3).first != UInt8(ascii: "-") } }

    private var lines: [ArraySlice<UInt8>] { said.split(separator: UInt8(ascii: "\n")) }

    /// Of the last EHLO: before STARTTLS anybody may have answered (RFC 3207 §4.2).
    var abilities: SMTPAbilities {
        let lines = lines
        let greeting = lines.lastIndex { $0.starts(with: "220".utf8) } ?? lines.startIndex
        return SMTPAbilities(ehlo: lines[greeting...])
    }

    /// The relay took the user's password (RFC 4954 §4).
    var isAuthenticated: Bool { lines.last?.starts(with: "235".utf8) ?? false }
}

// MARK: Why it failed

extension SMTPOpening {
    func failure(_ result: CURLcode, _ handle: CurlHandle) -> RelayFailure? {
        let text = words.pointee == 0 ? Curl.text(result) : String(cString: words)
        let reply = lastReply(result)
        switch result {
        case CURLE_OK:
            // Without a login to offer, curl goes on without one.
            guard configuration.user != nil, !isAuthenticated else { return nil }
            return .unauthorised(LoginRefusal(reply: nil, mechanism: nil, offered: abilities.authentication))
        case CURLE_LOGIN_DENIED, CURLE_AUTH_ERROR: return .unauthorised(refusal(reply))
        case CURLE_USE_SSL_FAILED:
            return reply.flatMap { $0.code >= 400 ? .unwelcome($0) : nil } ?? .insecure(.notOffered)
        case CURLE_PEER_FAILED_VERIFICATION:
            return .insecure(TLSFault(verification: ccurl_get_long(handle.pointer, CURLINFO_SSL_VERIFYRESULT)))
        case CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
            CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS:
            return .insecure(.other(text))
        case CURLE_OPERATION_TIMEDOUT: return silence(handle)
        default:
            if let reply, reply.code >= 400 { return .unwelcome(reply) }
            return .unreachable(text)
        }
    }

    /// What was waited for in vain.
    func silence(_ handle: CurlHandle) -> RelayFailure {
        let step = step(handle)
        let ip = handle.string(CURLINFO_PRIMARY_IP).map { $0.isEmpty ? "" : " from \($0)" } ?? ""
        let text = "no \(step.words)\(ip) within \(limit(step).inWords)"
        guard configuration.expectsTLSFirst, step == .greeting else { return .unreachable(text) }
        return .unreachable("\(text): port 465 speaks TLS from the first byte, so write smtps://")
    }

    func waiting(_ handle: CurlHandle) -> String {
        let step = step(handle)
        let ip = handle.string(CURLINFO_PRIMARY_IP).map { $0.isEmpty ? "" : " from \($0)" } ?? ""
        return "\(step.words)\(ip), for up to \(limit(step).inWords)"
    }

    private func refusal(_ reply: SMTPReply?) -> LoginRefusal {
        let offered = abilities.authentication
        // Where none of them is offered, curl ends the connection by itself.
        let mechanism = mechanisms.first { offered.contains($0) }
        return LoginRefusal(
            reply: reply.flatMap { $0.code >= 400 ? $0 : nil }, mechanism: mechanism, offered: offered)
    }

    /// The last reply, whole.
    private func lastReply(_ result: CURLcode) -> SMTPReply? {
        let lines = lines
        guard let last = lines.last else { return nil }
        let code = last.prefix(3)
        let start = lines.lastIndex { $0.prefix(3) != code }.map { $0 + 1 } ?? 0
        let command: SMTPCommand =
            switch result {
            case _ where start == 0: .connection
            case CURLE_LOGIN_DENIED, CURLE_AUTH_ERROR: .authentication
            case CURLE_USE_SSL_FAILED: .startTLS
            default: .hello
            }
        return SMTPReply(
            parsing: Array((lines[start...].joined(separator: [UInt8(ascii: "\n")]))) + [UInt8(ascii: "\n")],
            to: command)
    }
}

extension SMTPOpening.Step {
    /// "no …"
    var words: String {
        switch self {
        case .name: "address for the name"
        case .tcp: "connection"
        case .tls: "TLS handshake"
        case .greeting: "greeting"
        case .reply: "answer to EHLO, STARTTLS or AUTH"
        }
    }
}
