import CCurl

/// A curl handle as it is set up for requests of one kind: to set it up anew costs as much as the request itself, and the
/// next one is nearly always of the same kind. Confined to the client's thread.
final class HTTPHandle {
    let curl = CurlHandle()
    private let configuration: HTTPClient.Configuration
    private var kind: Kind?
    private var headerList: UnsafeMutablePointer<curl_slist>?

    /// What requests share that differ in nothing but what they say.
    private struct Kind: Equatable {
        let method: HTTPRequest.Method
        let url: String
        let headers: [HTTPHeader]
        let hasBody: Bool
        let timeout: Duration
        let isEndless: Bool
        let isAsked: Bool

        init(_ transfer: HTTPTransfer) {
            let request = transfer.request
            (method, url, headers) = (request.method, request.url, request.headers)
            (hasBody, timeout) = (request.body != nil, request.timeout)
            isEndless = transfer.isEndless
            isAsked = request.mayStart != nil
        }
    }

    init(_ configuration: HTTPClient.Configuration) {
        self.configuration = configuration
    }

    deinit {
        curl_easy_cleanup(curl.pointer)
        curl_slist_free_all(headerList)
    }

    func prepare(for transfer: HTTPTransfer) {
        let kind = Kind(transfer)
        if kind != self.kind || transfer.request.file != nil {
            curl_easy_reset(curl.pointer)
            prepare(kind)
            if let file = transfer.request.file { send(file) }
            self.kind = transfer.request.file == nil ? kind : nil
        }
        if let body = transfer.request.body { send(body) }
    }

    private func prepare(_ kind: Kind) {
        curl.set(CURLOPT_PROTOCOLS_STR, "http,https")
        curl.set(CURLOPT_FOLLOWLOCATION, 0)
        curl.set(CURLOPT_NOSIGNAL, 1)
        // Answers are small, and memory of curl's usual 16 KB is given back to the system each time.
        curl.set(CURLOPT_BUFFERSIZE, 2048)
        curl.set(CURLOPT_USERAGENT, configuration.userAgent)
        if !configuration.usesProxyOfEnvironment { curl.set(CURLOPT_PROXY, "") }
        curl.verifyTLS(authorities: configuration.certificateAuthorities)
        limit(kind)
        curl.set(CURLOPT_URL, kind.url)
        if kind.method == .head { curl.set(CURLOPT_NOBODY, 1) }
        curl.set(CURLOPT_CUSTOMREQUEST, kind.method.rawValue)
        setHeaders(kind.headers)
        listen()
        if configuration.refusesInside { guardAddresses() }
        if kind.isAsked { askBeforeStart() }
    }

    /// At the connection itself, so that no name can lead elsewhere between a look and the connection.
    private func guardAddresses() {
        _ = ccurl_set_opensocket(
            curl.pointer,
            { context, _, address in
                guard let context, let address else { return CURL_SOCKET_BAD }
                guard !InsideNetwork.contains(ccurl_address(address)) else {
                    HTTPExchange.of(context).noteInside()
                    return CURL_SOCKET_BAD
                }
                return ccurl_open_socket(address)
            }, curl.pointer)
    }

    private func askBeforeStart() {
        _ = ccurl_set_prerequest(curl.pointer) { context, _, _, _, _ in
            guard let context else { return CURL_PREREQFUNC_ABORT }
            return HTTPExchange.of(context).mayStart() ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
        }
    }

    private func limit(_ kind: Kind) {
        curl.set(CURLOPT_CONNECTTIMEOUT_MS, min(kind.timeout, configuration.connectTimeout))
        if kind.isEndless {
            curl.set(CURLOPT_LOW_SPEED_LIMIT, 1)
            curl.set(CURLOPT_LOW_SPEED_TIME, max(1, Curl.milliseconds(kind.timeout) / 1000))
        } else {
            curl.set(CURLOPT_TIMEOUT_MS, kind.timeout)
        }
    }

    private func setHeaders(_ headers: [HTTPHeader]) {
        let last = headerList
        // Without it curl waits a second for a "100 Continue" that nobody sends.
        headerList = curl_slist_append(nil, "Expect:")
        for header in headers {
            let line = header.value.utf8.isEmpty ? "\(header.name);" : "\(header.name): \(header.value)"
            headerList = curl_slist_append(headerList, line)
        }
        _ = ccurl_set_list(curl.pointer, CURLOPT_HTTPHEADER, headerList)
        curl_slist_free_all(last)
    }

    private func send(_ body: [UInt8]) {
        _ = ccurl_set_offset(curl.pointer, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body.count))
        body.withUnsafeBytes {
            curl.set(CURLOPT_COPYPOSTFIELDS, $0.baseAddress ?? UnsafeRawPointer(curl.pointer))
        }
    }

    private func send(_ file: HTTPFile) {
        curl.set(CURLOPT_POST, 1)
        _ = ccurl_set_offset(curl.pointer, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(file.size))
        // On a connection that may have died curl would have to begin the file again.
        curl.set(CURLOPT_FRESH_CONNECT, 1)
        curl.set(CURLOPT_READFUNCTION) { bytes, size, count, context in
            guard let context else { return Int(CURL_READFUNC_ABORT) }
            return HTTPExchange.of(context).giveFile(UnsafeMutableRawBufferPointer(start: bytes, count: size * count))
        }
    }

    private func listen() {
        curl.set(CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
            guard let context else { return 0 }
            let head = UnsafeRawBufferPointer(start: bytes, count: size * count)
            return HTTPExchange.of(context).takeHead(head) ? head.count : 0
        }
        curl.set(CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
            guard let context else { return 0 }
            return HTTPExchange.of(context).takeBody(UnsafeRawBufferPointer(start: bytes, count: size * count))
        }
    }
}
