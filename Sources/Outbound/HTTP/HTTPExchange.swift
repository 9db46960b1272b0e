import CCurl

/// One transfer's curl handle, and what has come back so far. Confined to the client's thread.
final class HTTPExchange {
    let transfer: HTTPTransfer
    let handle: CurlHandle
    private var headerList: UnsafeMutablePointer<curl_slist>?

    private var status = 0
    private var headers: [HTTPHeader] = []
    private var headBytes = 0
    private var body: [UInt8] = []
    private var isTooLarge = false
    /// How much of the request's file has gone.
    private var sent: Int64 = 0

    private static let longestHead = 64 * 1024

    init(_ transfer: HTTPTransfer, _ handle: CurlHandle, _ configuration: HTTPClient.Configuration) {
        self.transfer = transfer
        self.handle = handle
        prepare(configuration)
        prepareRequest()
        listen()
    }

    deinit { curl_slist_free_all(headerList) }

    private func prepare(_ configuration: HTTPClient.Configuration) {
        handle.set(CURLOPT_PROTOCOLS_STR, "http,https")
        handle.set(CURLOPT_FOLLOWLOCATION, 0)
        handle.set(CURLOPT_NOSIGNAL, 1)
        // Answers are small, and memory of curl's usual 16 KB is given back to the system each time.
        handle.set(CURLOPT_BUFFERSIZE, 2048)
        handle.set(CURLOPT_PIPEWAIT, 1)
        handle.set(CURLOPT_USERAGENT, configuration.userAgent)
        if !configuration.usesProxyOfEnvironment { handle.set(CURLOPT_PROXY, "") }
        handle.verifyTLS(authorities: configuration.certificateAuthorities)

        let timeout = transfer.request.timeout
        handle.set(CURLOPT_CONNECTTIMEOUT_MS, min(timeout, configuration.connectTimeout))
        if transfer.lines == nil, transfer.request.file == nil {
            handle.set(CURLOPT_TIMEOUT_MS, timeout)
        } else {
            handle.set(CURLOPT_LOW_SPEED_LIMIT, 1)
            handle.set(CURLOPT_LOW_SPEED_TIME, max(1, Curl.milliseconds(timeout) / 1000))
        }
    }

    private func prepareRequest() {
        let request = transfer.request
        handle.set(CURLOPT_URL, request.url)
        if request.method == .head { handle.set(CURLOPT_NOBODY, 1) }
        if let body = request.body {
            _ = ccurl_set_offset(handle.pointer, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body.count))
            body.withUnsafeBytes {
                handle.set(CURLOPT_COPYPOSTFIELDS, $0.baseAddress ?? UnsafeRawPointer(handle.pointer))
            }
        }
        if let file = request.file { send(file) }
        handle.set(CURLOPT_CUSTOMREQUEST, request.method.rawValue)
        // Without it curl waits a second for a "100 Continue" that nobody sends.
        headerList = curl_slist_append(headerList, "Expect:")
        for header in request.headers {
            let line = header.value.utf8.isEmpty ? "\(header.name);" : "\(header.name): \(header.value)"
            headerList = curl_slist_append(headerList, line)
        }
        _ = ccurl_set_list(handle.pointer, CURLOPT_HTTPHEADER, headerList)
    }

    private func send(_ file: HTTPFile) {
        handle.set(CURLOPT_POST, 1)
        _ = ccurl_set_offset(handle.pointer, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(file.size))
        // On a connection that may have died curl would have to begin the file again.
        handle.set(CURLOPT_FRESH_CONNECT, 1)
        handle.set(CURLOPT_READDATA, UnsafeRawPointer(Unmanaged.passUnretained(self).toOpaque()))
        handle.set(CURLOPT_READFUNCTION) { bytes, size, count, context in
            guard let context else { return Int(CURL_READFUNC_ABORT) }
            let exchange = Unmanaged<HTTPExchange>.fromOpaque(context).takeUnretainedValue()
            return exchange.giveFile(UnsafeMutableRawBufferPointer(start: bytes, count: size * count))
        }
    }

    private func giveFile(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
        let count = transfer.request.file?.read(into: buffer, at: sent) ?? -1
        guard count >= 0 else { return Int(CURL_READFUNC_ABORT) }
        sent += Int64(count)
        return count
    }

    private func listen() {
        let context = UnsafeRawPointer(Unmanaged.passUnretained(self).toOpaque())
        handle.set(CURLOPT_HEADERDATA, context)
        handle.set(CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
            guard let context else { return 0 }
            let exchange = Unmanaged<HTTPExchange>.fromOpaque(context).takeUnretainedValue()
            return exchange.takeHead(UnsafeRawBufferPointer(start: bytes, count: size * count)) ? size * count : 0
        }
        handle.set(CURLOPT_WRITEDATA, context)
        handle.set(CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
            guard let context else { return 0 }
            let exchange = Unmanaged<HTTPExchange>.fromOpaque(context).takeUnretainedValue()
            return exchange.takeBody(UnsafeRawBufferPointer(start: bytes, count: size * count))
        }
    }
}

// MARK: The answer

extension HTTPExchange {
    private func takeHead(_ bytes: UnsafeRawBufferPointer) -> Bool {
        headBytes += bytes.count
        guard headBytes <= Self.longestHead else {
            isTooLarge = true
            return false
        }
        let line = bytes.prefix { $0 != UInt8(ascii: "\r") && $0 != UInt8(ascii: "\n") }
        if line.starts(with: "HTTP/".utf8) {
            headers.removeAll()
            status = ccurl_get_long(handle.pointer, CURLINFO_RESPONSE_CODE)
        } else if let colon = line.firstIndex(of: UInt8(ascii: ":")) {
            let value = line[(colon + 1)...].drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
            headers.append(
                HTTPHeader(String(decoding: line[..<colon], as: UTF8.self), String(decoding: value, as: UTF8.self)))
        } else if line.isEmpty, status >= 200, transfer.lines != nil {
            transfer.answer(.success(HTTPResponse(status: status, headers: headers)))
        }
        return true
    }

    private func takeBody(_ bytes: UnsafeRawBufferPointer) -> Int {
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
        guard result == CURLE_OK else { return fail(isTooLarge ? .tooLarge : HTTPFailure(result)) }
        transfer.answer(.success(HTTPResponse(status: status, headers: headers, body: body)))
        transfer.lines?.finish(nil)
    }

    func fail(_ failure: HTTPFailure) {
        transfer.answer(.failure(failure))
        transfer.lines?.finish(failure)
    }
}

extension HTTPFailure {
    init(_ result: CURLcode) {
        let text = Curl.text(result)
        switch result {
        case CURLE_URL_MALFORMAT: self = .malformedRequest
        case CURLE_OPERATION_TIMEDOUT: self = .timedOut
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CERTPROBLEM,
            CURLE_SSL_CIPHER, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS:
            self = .insecure(text)
        case CURLE_WEIRD_SERVER_REPLY, CURLE_UNSUPPORTED_PROTOCOL, CURLE_BAD_CONTENT_ENCODING, CURLE_HTTP2,
            CURLE_HTTP2_STREAM:
            self = .garbled(text)
        default: self = .unreachable(text)
        }
    }
}
