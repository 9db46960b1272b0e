import CCurl
import Mail

/// One transfer under way, and what has come back so far. Confined to the client's thread.
final class HTTPExchange {
    let transfer: HTTPTransfer
    let handle: HTTPHandle

    private var status = 0
    private var headers: [HTTPHeader] = []
    private var headBytes = 0
    private var body: [UInt8] = []
    private var isTooLarge = false
    private var isInside = false
    private var isStopped = false
    /// How much of the request's file has gone.
    private var sent: Int64 = 0

    private static let longestHead = 64 * 1024
    private let latest: ContinuousClock.Instant
    private static let grace: Duration = .milliseconds(500)

    init(_ transfer: HTTPTransfer, _ handle: HTTPHandle) {
        self.transfer = transfer
        self.handle = handle
        latest = .now + transfer.request.timeout + Self.grace
        handle.prepare(for: transfer)
        let context = UnsafeRawPointer(Unmanaged.passUnretained(self).toOpaque())
        handle.curl.set(CURLOPT_HEADERDATA, context)
        handle.curl.set(CURLOPT_WRITEDATA, context)
        handle.curl.set(CURLOPT_OPENSOCKETDATA, context)
        handle.curl.set(CURLOPT_PREREQDATA, context)
        if transfer.request.file != nil { handle.curl.set(CURLOPT_READDATA, context) }
    }

    static func of(_ context: UnsafeMutableRawPointer) -> HTTPExchange {
        Unmanaged<HTTPExchange>.fromOpaque(context).takeUnretainedValue()
    }
}

extension HTTPExchange {
    /// curl keeps the time itself, but forgets those who wait for a connection that never comes. What has no end of its own
    /// (lines that come, a file that goes) is timed until it has begun.
    func isOverdue(at now: ContinuousClock.Instant) -> Bool {
        now > latest && (transfer.isEndless ? status == 0 && sent == 0 : true)
    }
}

// MARK: The request

extension HTTPExchange {
    func noteInside() { isInside = true }

    func mayStart() -> Bool {
        isStopped = transfer.request.mayStart?() == false
        return !isStopped
    }

    func giveFile(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
        let count = transfer.request.file?.read(into: buffer, at: sent) ?? -1
        guard count >= 0 else { return Int(CURL_READFUNC_ABORT) }
        sent += Int64(count)
        return count
    }
}

// MARK: The answer

extension HTTPExchange {
    func takeHead(_ bytes: UnsafeRawBufferPointer) -> Bool {
        headBytes += bytes.count
        guard headBytes <= Self.longestHead else {
            isTooLarge = true
            return false
        }
        let line = bytes.prefix { $0 != UInt8(ascii: "\r") && $0 != UInt8(ascii: "\n") }
        if line.starts(with: "HTTP/".utf8) {
            headers.removeAll()
            status = ccurl_get_long(handle.curl.pointer, CURLINFO_RESPONSE_CODE)
        } else if let colon = line.firstIndex(of: UInt8(ascii: ":")) {
            let value = line[(colon + 1)...].drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
            headers.append(
                HTTPHeader(String(decoding: line[..<colon], as: UTF8.self), String(decoding: value, as: UTF8.self)))
        } else if line.isEmpty, status >= 200, transfer.lines != nil {
            transfer.answer(.success(HTTPResponse(status: status, headers: headers)))
        }
        return true
    }

    func takeBody(_ bytes: UnsafeRawBufferPointer) -> Int {
        if let lines = transfer.lines {
            switch lines.append(bytes) {
            case .taken: return bytes.count
            case .full: return Int(CURL_WRITEFUNC_PAUSE)
            case .tooLong: isTooLarge = true
            }
        } else if body.count + bytes.count <= transfer.request.longestAnswer {
            body.append(contentsOf: bytes)
            return bytes.count
        } else {
            isTooLarge = true
        }
        return 0
    }

    func finish(_ result: CURLcode) {
        if isTooLarge, transfer.request.cutsLongAnswer, status >= 200 { return succeed() }
        guard result == CURLE_OK else {
            if isStopped { return fail(.cancelled) }
            if isInside, status == 0 { return fail(.inside) }
            let verdict = ccurl_get_long(handle.curl.pointer, CURLINFO_SSL_VERIFYRESULT)
            return fail(isTooLarge ? .tooLarge : HTTPFailure(result, verification: verdict))
        }
        succeed()
        transfer.lines?.finish(nil)
    }

    private func succeed() {
        transfer.answer(.success(HTTPResponse(status: status, headers: headers, body: body)))
    }

    func fail(_ failure: HTTPFailure) {
        transfer.answer(.failure(failure))
        transfer.lines?.finish(failure)
    }
}

extension HTTPFailure {
    /// - Parameter verification: OpenSSL's verdict on the certificate (`X509_V_ERR_…`).
    init(_ result: CURLcode, verification: Int = 0) {
        let text = Curl.text(result)
        switch result {
        case CURLE_PEER_FAILED_VERIFICATION: self = .insecure(TLSFault(verification: verification).words ?? text)
        case CURLE_URL_MALFORMAT: self = .malformedRequest
        case CURLE_OPERATION_TIMEDOUT: self = .timedOut
        case CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
            CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS:
            self = .insecure(text)
        case CURLE_WEIRD_SERVER_REPLY, CURLE_UNSUPPORTED_PROTOCOL, CURLE_BAD_CONTENT_ENCODING, CURLE_HTTP2,
            CURLE_HTTP2_STREAM:
            self = .garbled(text)
        default: self = .unreachable(text)
        }
    }
}

extension TLSFault {
    /// curl's own sentence is the same for all of them; nil where it has to do.
    fileprivate var words: String? {
        switch self {
        case .otherName: "its certificate is for another name"
        case .notYetValid: "its certificate is not valid yet (or this computer's clock is slow)"
        case .expired: "its certificate has expired"
        case .unknownAuthority: "its certificate is from an authority that is not known here"
        case .notOffered, .other: nil
        }
    }
}
