package import Foundation
package import Newsletter
import Outbound

/// A receiver of Standard Webhooks over HTTP. Anything but 2xx is a failure, and is tried again: also 410 and what else
/// is said for good, for who runs the receiver mends it, and redirects, which are not followed, for the data was to go
/// to the URL in the settings and nowhere else. Of an answer's body nothing is read but as much as a server may say in
/// passing.
package struct WebhookReceiver: EventReceiver {
    private static let longestAnswer = 4096

    private let settings: EventReceiverSettings
    private let client: HTTPClient

    package init(_ settings: EventReceiverSettings) {
        self.settings = settings
        var configuration = HTTPClient.Configuration()
        configuration.connectionsPerHost = EventSender.window
        configuration.refusesInside = !settings.mayBeInside
        configuration.certificateAuthorities = settings.certificateAuthorities
        client = HTTPClient(configuration: configuration)
    }

    package func deliver(
        _ message: EventMessage, at now: Date, mayStart: @escaping @Sendable () -> Bool
    ) async -> EventOutcome {
        do throws(HTTPFailure) {
            let status = try await client.send(request(message, at: now, mayStart)).status
            return (200..<300).contains(status) ? .delivered : .failed(String(status))
        } catch {
            return EventOutcome(error)
        }
    }

    private func request(
        _ message: EventMessage, at now: Date, _ mayStart: @escaping @Sendable () -> Bool
    ) -> HTTPRequest {
        let timestamp = String(Int64(now.timeIntervalSince1970))
        let signed = StandardWebhook.signedBytes(id: message.id, timestamp: timestamp, body: message.body)
        var request = HTTPRequest(
            .post, settings.url,
            headers: [
                HTTPHeader("Content-Type", "application/json"), HTTPHeader("webhook-id", message.id),
                HTTPHeader("webhook-timestamp", timestamp),
                HTTPHeader("webhook-signature", settings.signing.signature(of: signed)),
            ], body: message.body, timeout: settings.timeout, longestAnswer: Self.longestAnswer)
        request.cutsLongAnswer = true
        request.mayStart = mayStart
        return request
    }
}

extension EventOutcome {
    fileprivate init(_ failure: HTTPFailure) {
        func failed(_ why: EventFailure) -> EventOutcome { .failed(why.rawValue) }
        self =
            switch failure {
            case .cancelled: .recalled
            case .unreachable: failed(.unreachable)
            case .insecure: failed(.insecure)
            case .timedOut: failed(.timedOut)
            case .inside: failed(.inside)
            case .garbled, .tooLarge: failed(.garbled)
            case .malformedRequest: failed(.malformed)
            }
    }
}
