/// A request to another house.
package struct HTTPRequest: Sendable {
    package enum Method: String, Sendable {
        case get = "GET"
        case head = "HEAD"
        case post = "POST"
        case put = "PUT"
        case patch = "PATCH"
        case delete = "DELETE"
    }

    package var method: Method
    /// `https://…`, or `http://…`; nothing else is asked for.
    package var url: String
    package var headers: [HTTPHeader]
    package var body: [UInt8]?
    /// A file that is sent as the body, read piece by piece while it goes; instead of `body`.
    package var file: HTTPFile?
    /// From the first look at the name to the last byte of the answer; for `lines`, to the answer's head, and then the
    /// longest silence; for a file, the longest silence.
    package var timeout: Duration
    /// The longest body (for `lines`: line) that is taken.
    package var longestAnswer: Int
    /// What comes beyond that is not looked at: the answer counts as far as it was taken.
    package var cutsLongAnswer = false
    /// Asked once there is a connection, just before anything is sent; where it says no, nothing is, and the request ends
    /// as `cancelled`.
    package var mayStart: (@Sendable () -> Bool)?

    package init(
        _ method: Method = .get, _ url: String, headers: [HTTPHeader] = [], body: [UInt8]? = nil,
        timeout: Duration = .seconds(30), longestAnswer: Int = 1024 * 1024
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.timeout = timeout
        self.longestAnswer = longestAnswer
    }

    var isWellFormed: Bool {
        let scheme = url.utf8.prefix { $0 != UInt8(ascii: ":") }
        let isHTTP = ["http", "https"].contains(String(Substring(scheme)).lowercased())
        return isHTTP && url.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F } && headers.allSatisfy(\.fitsALine)
    }
}

package struct HTTPHeader: Hashable, Sendable {
    package let name: String
    package let value: String

    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }

    /// Nothing in it can end the line or begin another header (RFC 9110 §5.5).
    var fitsALine: Bool {
        !name.utf8.isEmpty && name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: ":") }
            && value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == UInt8(ascii: "\t") }
    }
}

package struct HTTPResponse: Sendable {
    package let status: Int
    package let headers: [HTTPHeader]
    package let body: [UInt8]

    package init(status: Int, headers: [HTTPHeader] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// The first header of that name; case does not matter.
    package subscript(_ name: String) -> String? {
        let name = name.lowercased()
        return headers.first { $0.name.lowercased() == name }?.value
    }

    package var text: String { String(decoding: body, as: UTF8.self) }
}

/// Why there is no answer, named for what to do next. It names no URL, quotes no body, and can be shown.
package enum HTTPFailure: Error, Sendable, Equatable {
    /// The request itself cannot be sent: its URL, or a header.
    case malformedRequest
    /// No such name, nobody listens, or the connection broke: try again later.
    case unreachable(String)
    /// The certificate does not verify, or TLS failed: trying again does not help.
    case insecure(String)
    case timedOut
    /// The answer is longer than was asked for.
    case tooLarge
    /// The name leads to the inside of the network alone, and the client goes there for nobody.
    case inside
    /// What came back is not HTTP.
    case garbled(String)
    /// The task was cancelled, or the client closed.
    case cancelled
}
