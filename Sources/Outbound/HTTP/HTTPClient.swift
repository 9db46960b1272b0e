/// Requests to other houses, over libcurl: captcha providers, and the service itself for its staff's client.
///
/// One thread owns a curl_multi and moves all transfers; mail has a thread of its own, so that neither waits for the other.
/// Only `http` and `https` are spoken, redirects are answers like any other, certificates are verified, and proxies that
/// the environment names are passed over unless asked for.
package final class HTTPClient: Sendable {
    package struct Configuration: Sendable {
        /// PEM file of the authorities to trust instead of the system's.
        package var certificateAuthorities: String?
        /// Go through the proxy that the environment names (`https_proxy`).
        package var usesProxyOfEnvironment = false
        /// Connections to one host at once; further requests wait for one of them.
        package var connectionsPerHost = 512
        package var userAgent = "Courant"
        /// From the first look at the name to the end of TLS; the request's own time may be shorter.
        package var connectTimeout: Duration = .seconds(10)

        /// Connects to no address on the inside of a network (`InsideNetwork`), whatever a name leads to.
        package var refusesInside = false

        package init() {}
    }

    private let desk: TransferQueue

    package init(configuration: Configuration = Configuration()) {
        desk = TransferQueue()
        HTTPThread.start(configuration, desk: desk)
    }

    deinit { desk.close() }

    /// The whole answer, whatever its status. Cancelling the task ends the transfer.
    package func send(_ request: HTTPRequest) async throws(HTTPFailure) -> HTTPResponse {
        try await perform(HTTPTransfer(request, lines: nil))
    }

    /// The answer's head, and its body line by line as it comes (NDJSON). Dropping the lines ends the transfer.
    package func lines(_ request: HTTPRequest) async throws(HTTPFailure) -> (head: HTTPResponse, lines: HTTPLines) {
        let transfer = HTTPTransfer(request, lines: HTTPLineQueue(longestLine: request.longestAnswer))
        let lines = HTTPLines(transfer: transfer, desk: desk)
        return (try await perform(transfer), lines)
    }

    private func perform(_ transfer: HTTPTransfer) async throws(HTTPFailure) -> HTTPResponse {
        guard transfer.request.isWellFormed else { throw .malformedRequest }
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                transfer.expect(continuation)
                if !desk.hand(.begin(transfer)) { transfer.answer(.failure(.cancelled)) }
            }
        } onCancel: {
            _ = desk.hand(.cancel(transfer))
        }
        return try result.get()
    }
}
