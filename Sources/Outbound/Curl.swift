package import CCurl
import Foundation

/// What every use of libcurl here shares: it is set up once, and a peer that closes its connection raises no signal.
package enum Curl {
    static let ready: Void = {
        _ = ccurl_global_init()
        signal(SIGPIPE, SIG_IGN)
    }()

    /// curl's own fixed sentence for a code: it names no host and quotes no peer.
    package static func text(_ code: CURLcode) -> String { String(cString: curl_easy_strerror(code)) }

    package static func milliseconds(_ duration: Duration) -> Int {
        let (seconds, attoseconds) = duration.components
        guard seconds < 1_000_000 else { return 1_000_000_000 }
        return max(0, Int(seconds) * 1000 + Int(attoseconds / 1_000_000_000_000_000))
    }
}

/// A curl_multi: confined to the thread that made it, but for `wake`.
package struct CurlMulti: @unchecked Sendable {
    package let pointer: UnsafeMutableRawPointer

    package init() {
        Curl.ready
        guard let pointer = curl_multi_init() else { preconditionFailure("out of memory") }
        self.pointer = pointer
    }

    package func free() { curl_multi_cleanup(pointer) }

    package func wake() { curl_multi_wakeup(pointer) }

    package func perform() {
        var running: Int32 = 0
        curl_multi_perform(pointer, &running)
    }

    /// Calls `body` with each handle that is done.
    package func takeDone(_ body: (_ handle: UnsafeMutableRawPointer, _ result: CURLcode) -> Void) {
        var left: Int32 = 0
        while let message = curl_multi_info_read(pointer, &left) {
            guard message.pointee.msg == CURLMSG_DONE, let handle = message.pointee.easy_handle else { continue }
            body(handle, ccurl_result(message))
        }
    }
}

/// A curl_easy: confined to one thread at a time.
package struct CurlHandle {
    package let pointer: UnsafeMutableRawPointer

    package init() {
        Curl.ready
        guard let pointer = curl_easy_init() else { preconditionFailure("out of memory") }
        self.pointer = pointer
    }

    package func set(_ option: CURLoption, _ value: Int) { _ = ccurl_set_long(pointer, option, value) }
    package func set(_ option: CURLoption, _ value: String?) { _ = ccurl_set_string(pointer, option, value) }
    package func set(_ option: CURLoption, _ value: Duration) { set(option, max(1, Curl.milliseconds(value))) }
    package func set(_ option: CURLoption, _ value: UnsafeRawPointer?) { _ = ccurl_set_pointer(pointer, option, value) }
    package func set(_ option: CURLoption, _ value: ccurl_bytes_callback) {
        _ = ccurl_set_callback(pointer, option, value)
    }

    package func string(_ info: CURLINFO) -> String? { ccurl_get_string(pointer, info).map { String(cString: $0) } }

    /// TLS verified against `authorities`, or the system's bundle. The system's directory of authorities is left out: with
    /// it, curl cannot share what it has parsed, and each connection costs 19 ms of CPU.
    package func verifyTLS(authorities: String?) {
        set(CURLOPT_SSL_VERIFYPEER, 1)
        set(CURLOPT_SSL_VERIFYHOST, 2)
        set(CURLOPT_CAPATH, nil as String?)
        if let authorities { set(CURLOPT_CAINFO, authorities) }
        set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
    }

    /// To open a connection and no more (`CONNECT_ONLY`), on which another speaks: name, TCP, TLS or STARTTLS, and the login.
    package func connectOnly(within limit: Duration, isEncrypted: Bool, authorities: String?) {
        set(CURLOPT_PROXY, "")
        set(CURLOPT_CONNECT_ONLY, 1)
        set(CURLOPT_NOSIGNAL, 1)
        // A name that is still being looked up keeps nobody waiting who has given it up.
        set(CURLOPT_QUICK_EXIT, 1)
        set(CURLOPT_FRESH_CONNECT, 1)
        // curl takes a connection that it has not used itself for this long to be dead, and closes it under our hands.
        set(CURLOPT_MAXAGE_CONN, 10 * 365 * 24 * 60 * 60)
        // The steps have clocks of their own, which are kept by whoever waits.
        set(CURLOPT_CONNECTTIMEOUT_MS, limit)
        set(CURLOPT_SERVER_RESPONSE_TIMEOUT, Curl.milliseconds(limit) / 1000 + 1)
        set(CURLOPT_USE_SSL, Int(isEncrypted ? CURLUSESSL_ALL.rawValue : CURLUSESSL_NONE.rawValue))
        verifyTLS(authorities: authorities)
    }
}
